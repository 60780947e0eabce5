"""`igwatch access`: who looked at a patient, when and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import duckdb
import typer

from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.inquiry.saved_query import answers
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from warehouse.access_ledger import FILE, Access, accesses

PLACE = 125

COLUMNS = ("at", "who", "command", "about", "what", "why")


def access(
    patient_id: Annotated[
        str | None, typer.Argument(help="identifier as the laboratory sends it; else all records")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who looked: explain, replay, quarantine show, letters, report, exports, release; run where it
    names patients.

    With a patient: whoever asked for this patient by any of the identifiers, and whoever saw
    everybody. A record holds a keyed hash, never an identifier; `igwatch verify` walks the chain.

    Example: igwatch access 4711
    """
    place = home_of(home, Settings()).prepare()
    names = None if patient_id is None else [patient_id, *_same_person(place, patient_id)]
    found = accesses(place.root, names)
    rows = [asdict(record) | {"about": _about(record, patient_id)} for record in found]
    if as_json:
        show_json([{name: row[name] for name in ("seq", *COLUMNS)} for row in rows])
        return
    show_rows("Who looked (UTC)", rows, COLUMNS, empty="nobody so far")
    screen.print(f"kept in {place.root / FILE}", soft_wrap=True, style="dim")


def _about(record: Access, patient_id: str | None) -> str:
    if record.patients is None:
        return "everybody"
    if not record.patients:
        return "no patient by name"
    return "a patient" if patient_id is None else "this patient"


def _same_person(home: Home, patient_id: str) -> set[str]:
    """The identifiers of the persons whom this one means now; none where nothing is published."""
    if not home.catalogue.exists():
        return set()
    with duckdb.connect(str(home.catalogue), read_only=True) as con:
        found = answers(con, "explain_identifier", {"patient_id": patient_id, "authority": None})
        people = [answers(con, "explain_person", {"patient_key": r["patient_key"]}) for r in found]
    return {row["patient_id"] for person in people for row in person}


def add_to(app: typer.Typer) -> None:
    app.command()(access)
