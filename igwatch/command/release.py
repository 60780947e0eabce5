"""`igwatch release`: let through a delivery that a critical check withheld."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from igwatch.command.access_note import note_access
from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.decision.release import release_delivery, release_rows
from igwatch.site.person import person
from igwatch.site.settings import Settings

PLACE = 100

WITHHELD = ("facility", "files", "withheld_on", "run")
RELEASED = ("facility", "files", "withheld_run", "released_by", "released_at", "why")


def release(
    facility: Annotated[
        str | None, typer.Argument(help="whose withheld delivery; without it: what is withheld")
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(help="why it may go through: every reader sees it, so name no patient"),
    ] = None,
    by: Annotated[str | None, typer.Option(help="who decides; default: your account")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let through the delivery that a critical check withheld; the next run takes it in.

    Only the files that the last night withheld: what comes later is checked as ever. Who, why and
    when are kept in the ledger and shown on reports, the quality page and in quality.release.
    Look before: reports/checks/index.html says what failed.

    Example: igwatch release northgate --why "laboratory confirmed the new unit by telephone"
    """
    place = home_of(home, Settings()).prepare()
    if facility is None:
        rows = release_rows(place)
        if as_json:
            show_json(rows)
            return
        show_rows("Withheld", rows["withheld"], WITHHELD, empty="nothing")
        show_rows("Released by hand", rows["released"], RELEASED, empty="nothing so far")
        return
    if why is None:
        raise typer.BadParameter("say why it may go through", param_hint="--why")
    made = release_delivery(place, facility, why, by or person())
    note_access(place, "release", patients=(), what=facility, why=why)
    if as_json:
        show_json(asdict(made) | {"sources": len(made.sources)})
        return
    screen.print(
        f"released: {len(made.sources)} files of {facility}, recorded for {made.decided_by}; "
        "next: igwatch run",
        markup=False,
        soft_wrap=True,
    )


def add_to(app: typer.Typer) -> None:
    app.command()(release)
