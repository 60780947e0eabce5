"""`igwatch replay`: the flags of a past date, and what differs from now."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    clock_of,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.inquiry.replay import replay_night
from igwatch.site.settings import Settings

PLACE = 70


def replay(
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="the date to go back to")],
    known_by: Annotated[
        datetime | None,
        typer.Option("--known-by", help="only files landed by this time (UTC)"),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was known and said on a past date, what differs from now, and why.

    Without --known-by: from the files that the night of that date was built from.
    Example: igwatch replay --as-of 2026-03-01 --known-by 2026-03-02T05:00:00
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    replayed = replay_night(place, settings, clock_of(as_of, settings), known_by)
    show_json(replayed) if as_json else _show(replayed, known_by)


def _show(replayed: dict[str, Any], known_by: datetime | None) -> None:
    columns = ("patient_id", "facility", "rule_id", "status", "status_reason")
    show_rows(f"Flags as of {replayed['as_of']}", replayed["flags"], columns, empty="nobody")
    screen.print(_against_published(replayed, known_by))
    if replayed["forgotten_since"]:
        screen.print(
            f"[bold yellow]persons forgotten since, at their wish: {replayed['forgotten_since']}[/]"
            "; nothing of them is shown"
        )
    if replayed["rules_moved"]:
        _show_rules_moved(replayed)
    changes = [c | {"because": "; ".join(r["said"] for r in c["reasons"])}
               for c in replayed["differs_from_now"]]  # fmt: skip
    screen.print()
    columns = ("patient_id", "rule_id", "then", "now", "because")
    show_rows("Differs from now", changes, columns, empty="nothing")


def _show_rules_moved(replayed: dict[str, Any]) -> None:
    """What today's rules make of that night otherwise: of how many by reason, and of whom."""
    columns = ("rule_id", "published", "again", "patients", "in_words")
    screen.print()
    show_rows("What today's rules say instead", replayed["rules_moved_by_reason"], columns)
    of_whom = ("patient_id", "rule_id", "published", "published_version", "again",
               "again_version", "again_reason")  # fmt: skip
    screen.print()
    show_rows("Of whom", replayed["rules_moved"], of_whom)


def _against_published(replayed: dict[str, Any], known_by: datetime | None) -> str:
    run_id, differing = replayed["published_run_id"], replayed["differs_from_published"]
    if run_id is None and known_by is not None:
        return "built from the files landed by then; no night was published from just these"
    if run_id is None:
        return (
            "no night of that date was published: this is what the files known now say of it; "
            "--known-by leaves out what came later"
        )
    if differing:
        return (
            f"[bold yellow]{differing} flags differ from what run {run_id} published:[/] "
            "the rules or a facility's settings changed since"
        )
    return f"the same, row by row, as run {run_id} published that night"


def add_to(app: typer.Typer) -> None:
    app.command()(replay)
