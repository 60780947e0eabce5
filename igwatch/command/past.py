"""`igwatch replay`: the flags of a past date, and what differs from now."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from igwatch.command.screen import (
    HomeOption,
    JsonOption,
    clock_of,
    dicts,
    home_of,
    show_json,
    show_rows,
)
from igwatch.past import opened
from igwatch.settings import Settings

FLAGS = """
SELECT patient_key, patient_id, facility, rule_id, status, status_reason
FROM flag.patient_flag ORDER BY rule_id, status, patient_id
"""


def replay(
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="the date to go back to")],
    known_by: Annotated[
        datetime | None,
        typer.Option("--known-by", help="only files landed by this time (UTC)"),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The flags as they would be on a past date, and what differs from the live generation.

    Example: igwatch replay --as-of 2026-03-01 --known-by 2026-03-02T05:00:00
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    with opened(place, settings, None) as con:
        now = {(f["patient_key"], f["rule_id"]): f for f in dicts(con.execute(FLAGS))}
    with opened(place, settings, clock_of(as_of, settings), known_by) as con:
        then = {(f["patient_key"], f["rule_id"]): f for f in dicts(con.execute(FLAGS))}
    changes = [
        _change(then.get(key), now.get(key))
        for key in sorted(then.keys() | now.keys())
        if _status(then.get(key)) != _status(now.get(key))
    ]
    if as_json:
        show_json({"as_of": as_of, "flags": list(then.values()), "differs_from_now": changes})
        return
    columns = ("patient_id", "facility", "rule_id", "status", "status_reason")
    show_rows(f"Flags as of {as_of}", list(then.values()), columns, empty="nobody")
    show_rows(
        "Differs from now",
        changes,
        ("patient_id", "rule_id", "then", "now", "why_now"),
        empty="nothing",
    )


def _status(flag: dict | None) -> str:
    return flag["status"] if flag else "no_evidence"


def _change(then: dict | None, now: dict | None) -> dict[str, str]:
    known = now or then or {}
    return {
        "patient_id": known["patient_id"],
        "rule_id": known["rule_id"],
        "then": _status(then),
        "now": _status(now),
        "why_now": now["status_reason"] if now else "no result is evidence any more",
    }


def add_to(app: typer.Typer) -> None:
    app.command()(replay)
