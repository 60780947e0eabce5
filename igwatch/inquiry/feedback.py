"""What each sending laboratory should know of what it sent in a month: counts and shapes, nobody.

It is read from what is published and from raw; counts are rounded and hidden as in the quality
tables, and a text stands where enough patients share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from igwatch.base.error import PipelineError
from igwatch.base.paths import MODELS
from igwatch.base.sql import identifier, quoted, store, value
from igwatch.inquiry.saved_query import answer_table, answers
from igwatch.night.inputs import HIDE_BELOW, duckdb_limits
from igwatch.site.facility_knowledge import small_count
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import settings_in_force
from reports.feedback_page import OF_SENDER, Feedback
from reports.generation import Generation, open_generation
from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.compaction import raw_files
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.transaction import read_lock
from warehouse.build_models import create_macros
from warehouse.ledger import publications

Row = dict[str, Any]
KNOWLEDGE = (
    *("analyte", "canary_loss", "check_threshold", "reject_reason", "result_reason"),
    "unit_spelling",
)
SOURCE = pa.schema([("facility", pa.string()), ("source_sha256", pa.string())])
ASKED = pa.schema(
    [
        *((name, pa.date32()) for name in ("month_before", "month", "month_after")),
        ("facility", pa.string()),
    ]
)
KNOWN_CODE = pa.schema([("facility", pa.string()), ("code", pa.string())])


def month_of(text: str) -> date:
    """The first day of `YYYY-MM`. Raises ValueError."""
    if len(text) != len("YYYY-MM"):
        raise ValueError(text)
    return date.fromisoformat(f"{text}-01")


def month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def month_after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def feedback(
    home: Home, settings: Settings, month: date, facility: str | None = None
) -> list[Feedback]:
    """What is said to each sender of the month that begins on this day, by feed and sender.

    Raises PipelineError where nothing is published, and where nobody sent anything.
    """
    if not home.live.exists():
        raise PipelineError("nothing is published yet", "run: igwatch run")
    with read_lock(home.root), _tables(home, settings) as (con, live):
        _ask(con, month, facility)
        found = {name: answers(con, f"feedback_{name}") for name in (*OF_SENDER, "refused")}
        if not found["came"] and not found["refused"]:
            raise PipelineError(_nothing(con, month, facility), "ask for a month that has results")
        return list(_by_sender(found, month, live))


def _by_sender(found: Mapping[str, list[Row]], month: date, live: Generation) -> Iterator[Feedback]:
    """One for each sender; what a feed refused goes to its only sender, else to those unnamed."""
    senders: dict[str, list[str | None]] = {}
    for row in found["came"]:
        senders.setdefault(row["facility"], []).append(row["sender"])
    for row in found["refused"]:
        if len(set(senders.get(row["facility"], ()))) != 1:
            senders.setdefault(row["facility"], []).append(None)
    for facility, named in sorted(senders.items()):
        several = sorted(set(named), key=lambda name: (name is None, name or ""))
        for sender in several:
            tables = {
                name: [r for r in found[name] if (r["facility"], r["sender"]) == (facility, sender)]
                for name in OF_SENDER
            }
            is_only = len(several) == 1
            refused = [r for r in found["refused"] if r["facility"] == facility]
            tables["refused"] = refused if is_only or sender is None else []
            yield Feedback(
                facility,
                sender,
                is_only,
                month,
                month_before(month),
                live.as_of,
                live.run_id,
                tables,
            )


@contextmanager
def _tables(
    home: Home, settings: Settings
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Generation]]:
    """The published tables, raw, and the knowledge that the questions need."""
    live = open_generation(home.live.resolve(), duckdb_limits(settings))
    sources = next(p.sources for p in publications(home.root) if p.run_id == live.run_id)
    with live.con as con:
        facilities = settings_in_force(home, {name for name, _ in sources}).facilities
        knowledge = load_knowledge()
        for name in KNOWLEDGE:
            store(con, f"knowledge.{name}", knowledge[name])
        con.execute(HIDE_BELOW, [small_count(facilities)])
        create_macros(con, MODELS)
        known = pa.Table.from_pylist(
            [{"facility": f, "source_sha256": s} for f, s in sources], SOURCE
        )
        store(con, "ledger.source", known)
        store(con, "feedback.known_code", _known_codes(facilities, knowledge["code"]))
        con.execute("CREATE SCHEMA raw")
        for name in ("observation", "reject", "source_file"):
            _view_raw(con, home, name)
        yield con, live


def _known_codes(facilities: Iterable[Facility], codes: pa.Table) -> pa.Table:
    """Codes that are nobody's: known to everybody (no facility), or mapped by a facility."""
    of_all = [(None, code) for code in codes["code"].to_pylist()]
    own = [(f.name, code) for f in facilities for code in f.code_map]
    known = dict.fromkeys([*of_all, *own])
    return pa.Table.from_pylist(
        [dict(zip(KNOWN_CODE.names, k, strict=True)) for k in known], KNOWN_CODE
    )


def _view_raw(con: duckdb.DuckDBPyConnection, home: Home, name: str) -> None:
    """A raw table, with the columns that files of an earlier release lack."""
    store(con, f"feedback.{name}", SCHEMAS[name].empty_table())
    files = raw_files(home.root, name)
    landed = f"UNION ALL BY NAME FROM read_parquet({quoted(files)}, union_by_name => true)"
    con.execute(
        f"CREATE VIEW raw.{identifier(name)} AS FROM feedback.{name} {landed if files else ''}"
    )


def _ask(con: duckdb.DuckDBPyConnection, month: date, facility: str | None) -> None:
    asked = {
        "month_before": month_before(month),
        "month": month,
        "month_after": month_after(month),
        "facility": facility,
    }
    store(con, "feedback.asked", pa.Table.from_pylist([asked], ASKED))
    store(con, "feedback.sent", answer_table(con, "feedback_sent"))


def _nothing(con: duckdb.DuckDBPyConnection, month: date, facility: str | None) -> str:
    last = value(
        con,
        "SELECT strftime(max(message_at), '%Y-%m') FROM raw.observation "
        "WHERE facility = coalesce($1, facility)",
        [facility],
    )
    whose = f" by {facility}" if facility else ""
    return f"nothing was sent{whose} in {month:%Y-%m} or the month before; the last is {last}"
