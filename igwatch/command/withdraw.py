"""`igwatch withdraw`: what is lost, and saying of it that it may be so."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer

from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.decision.withdraw import accept_ledger_loss, lost_files
from igwatch.decision.withdraw import withdraw as withdraw_files
from igwatch.site.person import person
from igwatch.site.settings import Settings
from warehouse.chain import ledger_losses

PLACE = 105


def withdraw(
    facility: Annotated[
        str | None, typer.Argument(help="whose lost files; without it: what is lost")
    ] = None,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="records of the ledger, of which there is no backup")
    ] = False,
    why: Annotated[
        str | None, typer.Option(help="why it is gone; kept in the ledger, name no patient")
    ] = None,
    by: Annotated[str | None, typer.Option(help="who decides; default: your account")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that delivered files which are lost were withdrawn on purpose: nights go on without.

    A backup is the better mend: bring it back and run. Only what is lost now: what is lost later is
    told as ever, and a file that is delivered again is taken in again.

    Example: igwatch withdraw northgate --why "the laboratory asked for this delivery to be deleted"
    """
    place = home_of(home, Settings()).prepare()
    if facility is None and not ledger:
        counts = Counter(name for name, _ in lost_files(place))
        rows = [{"facility": name, "files": n} for name, n in sorted(counts.items())]
        records = [{"lost": loss} for loss in ledger_losses(place.root)]
        if as_json:
            show_json({"files": rows, "ledger": records})
            return
        show_rows("Lost files", rows, ("facility", "files"), empty="nothing")
        show_rows("Lost of the ledger", records, ("lost",), empty="nothing")
        return
    if facility is not None and ledger:
        raise typer.BadParameter("name a facility or --ledger", param_hint="--ledger")
    if why is None:
        raise typer.BadParameter("say why it is gone", param_hint="--why")
    who = by or person()
    if facility is None:
        made = accept_ledger_loss(place, why, who)
    else:
        made = withdraw_files(place, facility, why, who)
    if as_json:
        show_json(asdict(made) | {"sources": len(made.sources)})
        return
    what = "losses of the ledger" if ledger else f"files of {facility}"
    screen.print(
        f"withdrawn: {len(made.sources)} {what}, recorded for {made.decided_by}; next: igwatch run",
        markup=False,
        soft_wrap=True,
    )


def add_to(app: typer.Typer) -> None:
    app.command()(withdraw)
