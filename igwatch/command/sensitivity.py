"""`igwatch sensitivity`: how this site's cohort moves when a parameter is another."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from igwatch.command.access_note import note_access
from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    progress,
    screen,
    show_json,
    show_rows,
)
from igwatch.inquiry.sensitivity import sensitivity as measure
from igwatch.site.settings import Settings

PLACE = 80


def sensitivity(
    home: HomeOption = None,
    who: Annotated[bool, typer.Option("--who", help="also name who would leave and come")] = False,
    as_json: JsonOption = False,
) -> None:
    """The live night's flags again with each parameter varied; nothing is published.

    Counts; with --who also the identifiers, for those who may see them.

    Example: igwatch sensitivity --home /srv/igwatch
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    with progress() as say:
        found = measure(place, settings, say)
    if who:
        note_access(place, "sensitivity --who")
    else:
        found.pop("people")
    show_json(found) if as_json else _show(found)


def _show(found: dict[str, Any]) -> None:
    moved = [row for row in found["moves"] if row["gained"] or row["lost"]]
    columns = ("parameter", "value", "rule_id", "status", "baseline", "variant", "gained", "lost")
    shown, before = [], None
    for row in moved:
        name = (row["parameter"], row["value"])
        shown.append({**row, **({"parameter": "", "value": ""} if name == before else {})})
        before = name
    show_rows(f"What moves, as of {found['as_of']}", shown, columns, empty="nothing moves")
    tried = list(dict.fromkeys((r["parameter"], r["value"]) for r in found["moves"]))
    still = [f"{p} {v}" for p, v in tried if (p, v) not in {(m["parameter"], m["value"])
                                                            for m in moved}]  # fmt: skip
    if still:
        screen.print(f"\nmoves nobody: {'; '.join(still)}")
    if "people" in found:
        who = ("parameter", "value", "patient_id", "assigning_authority", "rule_id",
               "status", "becomes")  # fmt: skip
        screen.print()
        show_rows("Who would leave and come", found["people"], who, empty="nobody")


def add_to(app: typer.Typer) -> None:
    app.command()(sensitivity)
