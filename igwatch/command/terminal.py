"""What a person sees: tables, one-line faults, progress. Colours only on a terminal (rich)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table

from igwatch.base.printable import printable, printable_all
from igwatch.site.home import Home, home_at
from igwatch.site.settings import Settings

HIDDEN = "·"
"""Stands in a column of numbers for a count too small to be shown."""
NARROW = 22
"""Characters: a column no wider is never broken over lines."""


class SafeConsole(Console):
    """A console on which no sign of a feed moves the cursor, colours or reorders anything."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """What is to be written, each text of it printable; rich's own control codes stay."""
        for segment in super().render(renderable, options):
            is_ours = segment.control or segment.text.isprintable()
            yield segment if is_ours else segment._replace(text=printable(segment.text, kept="\n"))


# what is written to a file or a pipe is not cut to the 80 columns of an absent terminal
screen = SafeConsole(width=None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "140")))
aside = SafeConsole(stderr=True)

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="igwatch home; default $IGWATCH_HOME, else ./var")
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="the clock, for example 2026-11-20")
]
BackdateOption = Annotated[
    int,
    typer.Option(
        "--backdate",
        count=True,
        help="said twice: publish although the clock lies before the live night's, or after today",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="print JSON for scripts")]


def home_of(path: Path | None, settings: Settings) -> Home:
    return home_at(path or settings.home)


def clock_of(as_of: str | None, settings: Settings) -> date:
    """The date asked for, else today in the site's zone. No date is wrong usage (exit 2)."""
    if as_of is None:
        return settings.today
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise typer.BadParameter("write the date as YYYY-MM-DD", param_hint="--as-of") from None


def say_fault(text: str) -> None:
    aside.print(f"[bold red]igwatch:[/] {escape(text)}", soft_wrap=True)


def show_rows(
    title: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], empty: str = "none"
) -> None:
    """A titled table of the named columns, or one line when there is nothing to show."""
    if not rows:
        screen.print(f"{escape(title)}: {empty}")
        return
    table = Table(
        title=escape(title), title_justify="left", title_style="bold", header_style="dim",
        box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False,
    )  # fmt: skip
    for column in columns:
        is_number = all(
            isinstance(row[column], int | float | None) or row[column] == HIDDEN for row in rows
        )
        words = column.replace("_", " ")
        table.add_column(
            words,
            justify="right" if is_number else "left",
            overflow="fold",
            min_width=max(map(len, words.split())),
            no_wrap=is_number or max(len(plain(row[column])) for row in rows) <= NARROW,
        )
    for row in rows:
        table.add_row(*(escape(plain(row[column])) for column in columns))
    screen.print(table)


def show_json(value: Any) -> None:
    """Print it for scripts, no text of it with a sign that a terminal would obey."""
    json.dump(printable_all(value), sys.stdout, default=_text, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def _text(value: Any) -> str:
    return printable(str(value))


def plain(value: Any) -> str:
    """Text of a cell, with control and bidirectional characters made visible."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(plain(part) for part in value)
    if isinstance(value, float):
        return f"{value:g}"
    return printable(str(value))


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A line that says what is being done: a spinner on a terminal, plain lines elsewhere."""
    if not aside.is_terminal:
        yield lambda step: aside.print(escape(step))
        return
    with aside.status("starting") as status:
        yield lambda step: status.update(escape(step))
