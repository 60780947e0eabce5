"""Checks a build by the suites, and keeps what they found with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from expectations.check import CheckResult, carried_warnings, check_frames
from expectations.frame import flag_frames, read_frames
from expectations.verdict import Verdicts
from igwatch.base.paths import MODELS
from igwatch.base.sql import value
from igwatch.night.build import model_graph, store_checks
from igwatch.night.inputs import open_build
from igwatch.night.run import Run
from igwatch.site.home import home_of
from igwatch.site.settings import Settings
from transforms.parse.raw.transaction import read_lock
from warehouse.build_models import build_models
from warehouse.ledger import Findings

# what tonight's checks write: the models below it are built again after them
WRITTEN_BY_CHECKS = ("quality.check_result", "run.delivery_note")
USABLE = "can be used"
CARRY = """
INSERT INTO run.delivery_note
SELECT s.facility, s.source_sha256, $2, TRUE FROM run.source AS s WHERE s.is_new AND s.facility = $1
"""
WARNINGS = "SELECT DISTINCT facility, note FROM run.delivery_note WHERE is_tonight ORDER BY ALL"
CHECKS = """
SELECT facility, n_lines, n_warning, n_critical FROM quality.check_history
SEMI JOIN run.clock ON checked_run_id = run_id ORDER BY ALL
"""


def is_withheld(work: Path, settings: Settings, run: Run) -> bool:
    """Whether checks kept anything out of this build that can be read."""
    with open_build(work / "build.duckdb", settings) as con:
        return value(con, "SELECT count(*) FROM run.withheld") > len(run.unreadable)


def check_faults(run: Run) -> list[CheckResult]:
    """A critical line for each place of which a fault keeps something out of this build."""
    return [
        CheckResult(
            suite=about,
            facility=facility,
            expectation=USABLE,
            column_name=None,
            severity="critical",
            success=False,
            n_evaluated=1,
            n_unexpected=1,
            why=told,
            as_of=run.as_of,
        )
        for facility, about, told in sorted({(f.facility, f.about, f.told) for f in run.faults})
    ]


def check_read(work: Path, settings: Settings, run: Run, verdicts: Verdicts) -> list[CheckResult]:
    """The new rows of each facility that delivered any."""
    results: list[CheckResult] = []
    names = {name for name, _ in run.new - run.unreadable}
    with open_build(work / "build.duckdb", settings) as con, read_lock(home_of(work).root):
        for facility in sorted(names):
            results += check_frames(read_frames(con, facility), facility, run.as_of, verdicts)
    return results


def check_flags(work: Path, settings: Settings, run: Run, verdicts: Verdicts) -> list[CheckResult]:
    """What is to be published, over all facilities."""
    with open_build(work / "build.duckdb", settings) as con:
        return check_frames(flag_frames(con), None, run.as_of, verdicts)


def store_results(work: Path, settings: Settings, results: list[CheckResult]) -> None:
    """Store the results in the build, and carry warnings to the evidence that they touch."""
    with open_build(work / "build.duckdb", settings) as con:
        store_checks(con, results)
        con.execute("DELETE FROM run.delivery_note WHERE is_tonight")
        for facility, why in carried_warnings(results):
            con.execute(CARRY, [facility, why])
        build_models(con, MODELS, model_graph().below(WRITTEN_BY_CHECKS))


def first_failure(results: Iterable[CheckResult]) -> str:
    """In one clause, the first critical line over all facilities that does not hold."""
    broken = sorted(
        {
            f"{r.suite}: {r.expectation} {r.column_name or ''}".strip()
            for r in results
            if not r.success and r.severity == "critical" and r.facility is None
        }
    )
    more = f" (and {len(broken) - 1} more)" if broken[1:] else ""
    return f"{broken[0]} does not hold{more}"


def findings_of(con: duckdb.DuckDBPyConnection, run: Run) -> Findings:
    """What the checks of a build came to, to be remembered with its publication: what cannot be
    read is not theirs, and nobody can let it through."""
    kept_out = con.execute("FROM run.withheld ORDER BY ALL").fetchall()
    return Findings(
        withheld=tuple(source for source in kept_out if source not in run.unreadable),
        warnings=tuple(con.execute(WARNINGS).fetchall()),
        checks=tuple(con.execute(CHECKS).fetchall()),
    )
