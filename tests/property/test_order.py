"""The order, the cutting into files and the repetition of messages change nothing that is said.

What legitimately differs is left out of the comparison: where a row came from (file, message, line,
position, and the identifiers made from them), and how often an equal row was sent (a message sent
twice is superseded twice, held twice). Everything else must be equal, row for row.
"""

from __future__ import annotations

import hashlib
import os
from datetime import date
from functools import cache

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from igwatch.base.sql import store
from tests.property.history import EXPOSURES, MERGES, RESULTS, WITHDRAWALS
from tests.warehouse_in_memory import MODELS, core
from transforms.course import follow
from transforms.knowledge import load_knowledge
from warehouse.build_models import build_models

pytestmark = pytest.mark.heavy

AS_OF = date(2025, 1, 1)
WHERE_FROM = {
    "source_sha256",
    "source_name",
    "message_number",
    "line_number",
    "position",
    "superseded_by",
    "result_number",
    "run_id",
}
SAID = (
    "core.measurement",
    "core.unusable",
    "core.superseded",
    "core.panel",
    "core.patient",
    "core.patient_alias",
    "core.merge_refused",
    "core.identifier_alike",
    "core.exposure",
    "flag.patient_flag",
    "flag.step",
    "flag.evidence",
    "mart.cohort",
    "mart.feed_funnel",
    "mart.funnel",
    "mart.patient_timeline",
)
MESSAGES = sorted({int(row["message"]) for row in RESULTS + WITHDRAWALS + MERGES + EXPOSURES})


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[int]]:
    """Files, each a list of messages: every message at least once, in any order."""
    again = draw(st.lists(st.sampled_from(MESSAGES), max_size=8))
    order = draw(st.permutations(MESSAGES + again))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=5)))
    return [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True) if a < b]


def warehouse(files: list[list[int]]) -> duckdb.DuckDBPyConnection:
    """Core, flags and the marts without a past, from the history delivered so."""
    con = core(
        _drawn(RESULTS, files),
        as_of=AS_OF,
        order_withdrawal=_drawn(WITHDRAWALS, files),
        merge=_drawn(MERGES, files),
        exposure=_drawn(EXPOSURES, files),
    )
    build_models(con, MODELS, {"panel.followed"})
    followed = "SEMI JOIN panel.followed USING (patient_key)"
    courses = follow(
        *(
            con.sql(query).to_arrow_table()
            for query in (
                "FROM panel.followed",
                f"FROM core.exposure {followed}",
                f"FROM core.patient {followed}",
                "FROM knowledge.facility",
            )
        ),
        load_knowledge(),
        AS_OF,
    )
    store(con, "flag.standing", courses.patient_flag)
    store(con, "flag.step", courses.step)
    # nobody has given a verdict
    con.execute("CREATE TABLE flag.patient_flag AS SELECT *, NULL AS seen_at FROM flag.standing")
    evidence = {"flag.result_note", "flag.evidence"}
    funnels = {"mart.feed_funnel", "mart.funnel"}
    marts = {"mart.cohort", "flag.sent_verdict", "mart.patient_timeline"} | funnels
    changes = {"flag.transition", "flag.last_change"}
    build_models(con, MODELS, evidence | changes | marts)
    return con


def _drawn(history: list[dict[str, str | None]], files: list[list[int]]) -> str:
    """The rows of the history as the table that these files hold."""
    columns = [name for name in history[0] if name != "message"]
    lines = [" | ".join(["source_sha256", "message_number", "position", *columns])]
    for number, messages in enumerate(files):
        position = 0
        for place, message in enumerate(messages, 1):
            for row in (row for row in history if int(row["message"]) == message):
                position += 1
                cells = [
                    hashlib.sha256(repr((number, messages)).encode()).hexdigest(),
                    str(place),
                    str(position),
                    *(row[name] or "" for name in columns),
                ]
                lines.append(" | ".join(cells))
    if "retired_id" in columns:
        head, *rest = lines
        lines = [
            f"{head} | retired_assigning_authority | surviving_assigning_authority",
            *(f"{line} | NORTH | NORTH" for line in rest),
        ]
    return "\n".join(lines)


def said(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Each table's distinct rows without where they came from, as sorted text."""
    return {table: _rows(con, table) for table in SAID}


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    kept = [
        name
        for name in con.sql(f"FROM {table}").columns
        if name not in WHERE_FROM and not name.endswith("measurement_id")
    ]
    # a repeated message is a further version that says nothing new
    new = "WHERE reason_code <> 'resent_unchanged'" if table == "core.superseded" else ""
    distinct = "" if table == "core.measurement" else "DISTINCT"
    found = con.execute(f"SELECT {distinct} {', '.join(kept)} FROM {table} {new}").fetchall()
    return sorted(map(repr, found))


@cache
def in_order() -> dict[str, list[str]]:
    """What is said when each message comes once and in order, in one file."""
    return said(warehouse([MESSAGES]))


def check(files: list[list[int]]) -> None:
    told = said(warehouse(files))
    for table, rows in in_order().items():
        assert told[table] == rows, table


def test_the_history_holds_what_it_is_to_test():
    told = in_order()
    assert len(told["flag.patient_flag"]) >= 4
    assert len(told["core.merge_refused"]) == 6
    for reason in ("merge_contradicts_identity", "merge_time_unknown"):
        assert any(reason in row for row in told["core.merge_refused"]), reason
    unas = [row for row in told["core.patient"] if "una" in row]
    assert len(unas) == 4  # of two universal ids, of a namespace alone, and of a national number
    assert any("ugo" in row and "ute" in row for row in told["core.patient_alias"])
    for reason in ("corrected", "withdrawn", "finalised", "provisional_after_final"):
        assert any(reason in row for row in told["core.superseded"]), reason
    assert any("moved_to_another_patient" in row for row in told["core.superseded"])
    for reason in (
        "correction_without_predecessor",
        "patient_identity_held",
        "unit_contradicted_by_history",
        "unmapped_unit",
    ):
        assert any(reason in row for row in told["core.unusable"]), reason


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(deliveries())
def test_order_does_not_matter(files):
    check(files)


@settings(
    max_examples=int(os.environ.get("IGWATCH_SHUFFLES", "500")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(deliveries())
def test_order_does_not_matter_in_many_shuffles(files):
    check(files)
