"""What somebody can work out who has all quality tables of a night, and knows how they are made.

Each count that is shown or hidden is an unknown between the least and the greatest that is shown
so; what is a part of what is said as well. What has no row may be anything that has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.privacy.unknowns import Name, Range, Unknowns
from tests.shown import SHOWN
from transforms.knowledge import check_threshold, load_knowledge
from warehouse.disclosure import published_numbers

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]
HALF = SHOWN.step // 2
# whose counts are of the same people or results, so that they are held against each other
RELATED = (
    *("conservation", "unusable_reason", "identity", "unmapped_code", "feed_daily", "low_share"),
    *("flag_rate", "exposure_feed", "unmapped_exposure"),
)
# whose counts no other is a part or a sum of, or none is told twice
ALONE = {
    "check_result": "how many rows a facility delivered is not told; all rows of a table, its own way",
    "precision": "verdict_outcome under its old name",
    "unit_shift": "months and counts of low_share, from one model",
    "unmeasured": "two parts of people on a drug; nothing else counts them",
    "verdict_outcome": "parts of what was ever published, over all feeds; now fewer or others stand",
    "waiting_share": "waits over all feeds; tests/transforms/models/quality/test_waiting_share.py",
}
# the greatest count that is hidden
HIDDEN_TO = {
    "rounded": SHOWN.small_count - 1,
    "beyond one": 2 * SHOWN.step + HALF,
    "beyond a text": check_threshold("text_min_results") + SHOWN.small_count - 1,
}
SHOWN_AS = {(n.table, n.column): n.shown for n in published_numbers()}
REASONS = [
    row["reason_code"]
    for row in load_knowledge()["result_reason"].to_pylist()
    if row["disposition"] == "unusable"
]
OUTCOMES = ("measured", "superseded", "not_immunoglobulin", "unusable", "quarantined")


def limits(table: str, column: str, n: int | None) -> Range:
    """Between what a count lies that is shown so."""
    if n is None:
        return 0, HIDDEN_TO[SHOWN_AS[table, column]]
    return n - HALF, n + HALF


def unknowns(tables: Tables, facility: str) -> Unknowns:
    """All counts of a facility."""
    of = {name: [row for row in tables[name] if row["facility"] == facility] for name in RELATED}
    told = Unknowns()
    _ends(told, of)
    _reasons(told, of)
    _days(told, of["feed_daily"])
    _months(told, of["low_share"])
    _flags(told, of["flag_rate"])
    _exposures(told, of)
    return told


def _count(told: Unknowns, table: str, column: str, row: Row, *key: Any) -> Name:
    return told.between((table, column, *key), *limits(table, column, row.get(column)))


def _ends(told: Unknowns, of: Tables) -> None:
    """Where results ended; a unit without a row is hidden whole. read is a sum of what is shown."""
    shown = {
        (row["unit"], row["outcome"]): row for row in of["conservation"] if row["outcome"] != "read"
    }
    for outcome in OUTCOMES:
        _count(told, "conservation", "n", shown.get(("result", outcome), {}), outcome)
    for (unit, outcome), row in shown.items():
        if unit != "result":
            _count(told, "conservation", "n", row, unit, outcome)


def _reasons(told: Unknowns, of: Tables) -> None:
    shown = {row["reason_code"]: row for row in of["unusable_reason"]}
    reasons = {
        reason: _count(told, "unusable_reason", "n_results", shown.get(reason, {}), reason)
        for reason in REASONS
    }
    told.is_sum(("conservation", "n", "unusable"), list(reasons.values()))
    for row in of["identity"]:
        for column in row.keys() - {"facility", "run_id", "data_to"}:
            _count(told, "identity", column, row)
        least, most = limits("identity", "n_results_held", row["n_results_held"])
        told.between(reasons["patient_identity_held"], least, most)
    for reason in ("unmapped_code", "unmapped_unit", "code_and_name_disagree"):
        texts = [row for row in of["unmapped_code"] if row["reason_code"] == reason]
        names = []
        for n, row in enumerate(texts):
            name = _count(told, "unmapped_code", "n_results", row, reason, n)
            told.between(name, check_threshold("text_min_results"), float("inf"))
            names.append(name)
        if names:
            told.is_within(reasons[reason], names)


def _days(told: Unknowns, rows: Iterable[Row]) -> None:
    days: dict[str, list[Name]] = {"n_results": [], "n_measured": [], "n_unusable": []}
    for row in rows:
        counts = {
            column: _count(told, "feed_daily", column, row, row["day"])
            for column in (*days, "n_messages", "n_low_igm")
        }
        told.is_within(counts["n_results"], [counts["n_measured"], counts["n_unusable"]])
        told.is_within(counts["n_measured"], [counts["n_low_igm"]])
        told.is_within(counts["n_results"], [counts["n_messages"]])
        for column, names in days.items():
            names.append(counts[column])
    rest = {column: ("days without a row", column) for column in days}
    told.is_sum(("conservation", "n", "measured"), [*days["n_measured"], rest["n_measured"]])
    told.is_sum(("conservation", "n", "unusable"), [*days["n_unusable"], rest["n_unusable"]])
    told.is_sum(("tally", "results"), [*days["n_results"], rest["n_results"]])
    kept = [("conservation", "n", outcome) for outcome in OUTCOMES[:4]]
    told.is_sum(("tally", "in all"), kept)
    told.is_within(("tally", "in all"), [("tally", "results")])


def _months(told: Unknowns, rows: Iterable[Row]) -> None:
    """quality.unit_shift has the same months and counts."""
    months = []
    for row in rows:
        key = (row["analyte"], row["month"])
        months.append(_count(told, "low_share", "n_results", row, *key))
        told.is_within(months[-1], [_count(told, "low_share", "n_low", row, *key)])
    if months:
        told.is_within(("conservation", "n", "measured"), months)


def _flags(told: Unknowns, rows: Iterable[Row]) -> None:
    tested = ("flag_rate", "n_tested")
    told.between(tested, *limits(*tested, None))
    for row in rows:
        told.limits[tested] = limits(*tested, row["n_tested"])
        told.is_within(tested, [_count(told, "flag_rate", "n_flagged", row, row["rule_id"])])


def _exposures(told: Unknowns, of: Tables) -> None:
    for row in of["exposure_feed"]:
        patients = _count(told, "exposure_feed", "n_patients", row)
        rows = _count(told, "exposure_feed", "n_rows", row)
        told.between(patients, 1, float("inf"))
        for whole, share, part in (
            (patients, "share_known", "known"),
            (rows, "share_read", "read"),
        ):
            told.is_within(whole, [_part(told, row, whole[1], share, part)])
        for n, text in enumerate(of["unmapped_exposure"]):
            if text["reason_code"] != "rare_text":
                name = _count(told, "unmapped_exposure", "n_patients", text, n)
                told.between(name, check_threshold("text_min_patients"), float("inf"))
                told.is_within(patients, [name])


def _part(told: Unknowns, row: Row, whole: str, share: str, part: str) -> Name:
    """A part that is told as a share of what is shown of the whole."""
    name = ("exposure_feed", part)
    if row[share] is None:
        return told.between(name, 0, SHOWN.small_count - 1)
    shown = round(row[share] * row[whole] / SHOWN.step) * SHOWN.step
    return told.between(name, shown - HALF, shown + HALF)
