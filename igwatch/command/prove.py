"""`igwatch prove`: would a patient from each feed be found tonight."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from igwatch.command.terminal import (
    AsOfOption,
    HomeOption,
    JsonOption,
    clock_of,
    home_of,
    progress,
    say_fault,
    show_json,
    show_rows,
)
from igwatch.night.landing import delivered_before
from igwatch.prove.prove import prove as ask
from igwatch.site.settings import Settings

PLACE = 115
COLUMNS = ("facility", "canary", "way", "state", "lost_at", "field", "why")


def prove(
    facility: Annotated[
        list[str] | None, typer.Option(help="only this feed; may be given several times")
    ] = None,
    home: HomeOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Invented patients in each feed's own dialect: are they found; if not, where are they lost.

    They are written after the newest results that landed, read and followed in a folder that is
    thrown away. Every night asks them; this asks again, by the settings as they are now. Exit 1
    where one is lost.

    Example: igwatch prove --facility north --home /srv/igwatch
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    unknown = sorted({*(facility or ())} - delivered_before(place))
    if unknown:
        raise typer.BadParameter(
            f"nothing has landed from {', '.join(unknown)}", param_hint="--facility"
        )
    with progress() as say:
        say("asking the canaries")
        proof = ask(place, settings, clock_of(as_of, settings), only=facility or ())
    rows = [asdict(one) for one in proof.outcomes]
    if as_json:
        show_json(rows)
    else:
        show_rows("Canaries", rows, COLUMNS, "no feed has sent a result yet")
    for line in proof.alarms:
        say_fault(line)
    if proof.lost:
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    app.command()(prove)
