"""The checks: every suite is run on its rows, and what each expectation came to is counted.

An expectation fails when it does not hold, when it could not be evaluated, and when there was
nothing to evaluate although the suite does not allow for that. Only counts leave this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from expectations.engine import CheckError, Outcome
from expectations.frame import Rows, rows_of
from expectations.suite import Expectation, Suite, SuiteError, load_suites
from expectations.verdict import Verdicts

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CheckError",
    "CheckResult",
    "SuiteError",
    "carried_warnings",
    "check_frames",
    "check_result_table",
    "unbalanced",
    "worst_severity",
]

CHECK_RESULT = pa.schema(
    [
        ("suite", pa.string()),
        ("facility", pa.string()),
        ("expectation", pa.string()),
        ("column_name", pa.string()),
        ("severity", pa.string()),
        ("success", pa.bool_()),
        ("n_evaluated", pa.int64()),
        ("n_unexpected", pa.int64()),
        ("why", pa.string()),
        ("as_of", pa.date32()),
    ]
)


@dataclass(frozen=True)
class CheckResult:
    """What one expectation came to; `n_evaluated` 0 with `success` False is not evaluated.

    `facility` None is all of them. `n_unexpected` is None where the expectation counts no rows.
    """

    suite: str
    facility: str | None
    expectation: str
    column_name: str | None
    severity: str
    success: bool
    n_evaluated: int
    n_unexpected: int | None
    why: str
    as_of: date
    touches_flags: bool = False


def check_frames(
    frames: Mapping[str, Rows | pd.DataFrame],
    facility: str | None,
    as_of: date,
    verdicts: Verdicts | None = None,
) -> list[CheckResult]:
    """Run the suite of each table in `frames` on its rows; `facility` None stands for all.

    `as_of` is the clock that times are compared with, to the end of its day; `verdicts` has what
    was judged before.
    Raises SuiteError for a table without a suite, CheckError when checks cannot be run.
    """
    suites = load_suites()
    unknown = sorted(frames.keys() - suites.keys())
    if unknown:
        raise SuiteError(
            f"no suite for {', '.join(unknown)}:", f"add expectations/{unknown[0]}.yaml"
        )
    results: list[CheckResult] = []
    verdicts = verdicts or Verdicts()
    for table, frame in frames.items():
        suite = suites[table]
        rows = frame if isinstance(frame, Rows) else rows_of(frame)
        outcomes = verdicts.outcomes(suite, rows, as_of)
        for expectation, outcome in zip(suite.expectations, outcomes, strict=True):
            success = _holds(suite, expectation, outcome, is_empty=rows.n == 0)
            results.append(_result(suite, expectation, outcome, success, facility, as_of))
    return results


def _holds(suite: Suite, expectation: Expectation, outcome: Outcome, is_empty: bool) -> bool:
    if outcome.n_evaluated == 0 or is_empty:
        may_be_empty = suite.may_be_empty if is_empty else expectation.may_be_empty
        return may_be_empty and outcome.n_evaluated is not None
    return outcome.success


def _result(
    suite: Suite,
    expectation: Expectation,
    outcome: Outcome,
    success: bool,
    facility: str | None,
    as_of: date,
) -> CheckResult:
    return CheckResult(
        suite.table,
        facility,
        expectation.type,
        expectation.column_name,
        expectation.severity,
        success,
        outcome.n_evaluated or 0,
        outcome.n_unexpected,
        expectation.why,
        as_of,
        expectation.touches_flags,
    )


def worst_severity(results: Iterable[CheckResult]) -> dict[str, str]:
    """The worst of each facility: ok, warning or critical; `*` for what was checked over all."""
    order = ("ok", "warning", "critical")
    worst: dict[str, str] = {}
    for result in results:
        severity = "ok" if result.success else result.severity
        key = result.facility or "*"
        worst[key] = max(worst.get(key, "ok"), severity, key=order.index)
    return worst


def carried_warnings(results: Iterable[CheckResult]) -> list[tuple[str, str]]:
    """(facility, why) of each warning that is shown beside the flags it touches."""
    return sorted(
        {
            (result.facility, result.why)
            for result in results
            if result.touches_flags and not result.success and result.facility
        }
    )


def check_result_table(results: Iterable[CheckResult], small_count: float) -> pa.Table:
    """The rows of quality.check_result, without run_id; a small count is NULL."""
    rows = [
        asdict(result)
        | {
            "n_evaluated": _large_count(result.n_evaluated, small_count),
            "n_unexpected": _large_count(result.n_unexpected, small_count),
        }
        for result in results
    ]
    return pa.Table.from_pylist(rows, CHECK_RESULT)


def _large_count(count: int | None, small_count: float) -> int | None:
    """The count, None where it is so small that a person could be recognised."""
    return None if count is None or 0 < count < small_count else count


def unbalanced(sums: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Where what was read is not the sum of what became of it.

    `sums` are rows of tally.conservation (facility, unit, outcome, n, balance). Returns
    facility, unit, n_read, n_accounted_for and balance of each pair that does not add up.
    """
    totals: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sums:
        total = totals.setdefault(
            (row["facility"], row["unit"]), {"n_read": 0, "n_accounted_for": 0, "balance": 0}
        )
        total["n_read" if row["outcome"] == "read" else "n_accounted_for"] += row["n"]
        total["balance"] = row.get("balance") or total["balance"]
    return [
        {"facility": facility, "unit": unit, **total}
        for (facility, unit), total in sorted(totals.items())
        if total["balance"] or total["n_read"] != total["n_accounted_for"]
    ]
