"""`igwatch forget`: take a person out of everything, when they ask; or hold them by law."""

from __future__ import annotations

from typing import Annotated

import typer

from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    progress,
    screen,
    show_json,
    show_rows,
)
from igwatch.site.home_lock import hold_home
from igwatch.site.person import person
from igwatch.site.settings import Settings

PLACE = 106


def forget(
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="one of the person's numbers")],
    facility: Annotated[str, typer.Option("--facility", help="whose feed calls them so")],
    why: Annotated[str, typer.Option(help="why; kept in the ledger, so name no patient")],
    authority: Annotated[
        str | None, typer.Option("--authority", help="where several persons have the number")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="only say what would be removed")
    ] = False,
    hold: Annotated[
        bool, typer.Option("--hold", help="a legal hold: keep the person until it is released")
    ] = False,
    release_hold: Annotated[
        bool, typer.Option("--release-hold", help="end the legal hold of the person")
    ] = False,
    by: Annotated[str | None, typer.Option(help="who decides; default: your account")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget a person who asks for it: every message, row and resource, under all merged numbers.

    Raw, archive, inbox, ledger, all generations and reports; the bytes of others stay as they are,
    and the last night is published anew. What a feed sends of the person later is held. Needs the
    site's key (IGWATCH_PSEUDONYM_KEY_FILE): only keyed hashes are kept. It cannot be undone, and
    backups of before are yours to replace. Where it is killed the next igwatch run goes on.

    Example: igwatch forget 1007 --facility northgate --why "asked for it in writing" --dry-run
    """
    if hold + release_hold + dry_run > 1:
        raise typer.BadParameter("choose one of --dry-run, --hold, --release-hold")
    from igwatch.decision.forget import Asked
    from igwatch.decision.forget import forget as forget_person
    from igwatch.decision.legal_hold import hold as hold_person
    from warehouse.person_record import HOLD, RELEASED

    settings = Settings()
    place = home_of(home, settings).prepare()
    asked = Asked(patient, facility, authority, why, by or person())
    with progress() as say, hold_home(place):
        if hold or release_hold:
            kind = HOLD if hold else RELEASED
            say("looking for the person")
            made = hold_person(place, settings, asked, kind)
            removed = {}
        else:
            made = None
            removed = forget_person(place, settings, asked, say, dry_run)
    if as_json:
        show_json({"kind": made.kind, "record": made.seq} if made else removed)
    elif made:
        what = "held by law until --release-hold" if hold else "held no longer"
        screen.print(f"the person is {what}; recorded for {made.decided_by}", markup=False)
    else:
        rows = [{"what": kind.replace("_", " "), "n": n} for kind, n in removed.items()]
        show_rows("Would be removed" if dry_run else "Removed", rows, ("what", "n"))


def add_to(app: typer.Typer) -> None:
    app.command()(forget)
