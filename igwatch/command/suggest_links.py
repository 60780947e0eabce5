"""`igwatch suggest-links`: records of two hospitals that may be one person's, to compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from igwatch.command.access_note import WhyOption, note_access
from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.site.settings import Settings

PLACE = 54
SHOWN = 50
COLUMNS = (
    *("probability", "patient_id", "assigning_authority", "linked_patient_id"),
    *("linked_assigning_authority", "birth_date", "linked_birth_date", "sex", "shared_numbers"),
    *("statuses", "linked_statuses"),
)


def suggest_links(
    home: HomeOption = None,
    out: Annotated[
        Path | None,
        typer.Option(help="write them as lines of link.csv, decided_by left empty (0600)"),
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="also pairs of whom no rule follows either")
    ] = False,
    least: Annotated[
        float | None, typer.Option(min=0, max=1, help="the least probability that is listed")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="how many to show; 0 shows all")] = SHOWN,
    why: WhyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which records of two hospitals may be one person's: a list to compare by hand.

    By birth date, sex and other numbers of PID-3, with splink over DuckDB. Nothing is ever linked
    by it: a person compares the records, fills decided_by and takes the line over into link.csv.

    Example: igwatch suggest-links --out compare.csv
    """
    from igwatch.base.atomic_file import write_whole
    from igwatch.exchange.link_suggestion import as_links, suggested_links

    settings = Settings()
    place = home_of(home, settings).prepare()
    note_access(place, "suggest-links", why=why)
    found = suggested_links(place, settings, everybody, least)
    written = write_whole(out, as_links(found)) if out else None
    if as_json:
        show_json(found)
        return
    _show(found[: limit or None], len(found))
    if written:
        screen.print(f"{written}: nothing is linked by it", soft_wrap=True, markup=False)


def _show(shown: list[dict[str, Any]], n: int) -> None:
    title = "Records that may be one person's; nobody decided"
    show_rows(title, [row | {"probability": f"{row['probability']:.3f}"} for row in shown], COLUMNS)
    if len(shown) < n:
        screen.print(f"and {n - len(shown)} more: --limit 0 shows all")


def add_to(app: typer.Typer) -> None:
    app.command("suggest-links")(suggest_links)
