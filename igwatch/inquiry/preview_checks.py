"""What the checks of a delivery would say of one file: whether it would be withheld, and why.

The file is judged against what was published of the same facility, as a night judges it: a unit
that changed under its label shows only beside earlier results. Only this file is new.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from expectations.check import CheckResult
from expectations.suite import FOLDER, load_suites
from expectations.verdict import Verdicts
from igwatch.base.paths import MODELS
from igwatch.inquiry.saved_query import FOLDER as QUERIES
from igwatch.inquiry.saved_query import answers
from igwatch.night.build import before_the_fold, begin, build_shared, model_graph
from igwatch.night.check_build import check_read
from igwatch.night.inputs import open_build
from igwatch.night.run import load_run
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.transaction import read_lock
from warehouse.build_models import build_models, tables_read
from warehouse.ledger import last_publication

Source = tuple[str, str]
ONLY_NEW = """
CREATE OR REPLACE TABLE run.source AS
SELECT facility, source_sha256, source_sha256 = $1 AS is_new FROM run.source
WHERE source_sha256 = $1 OR list_contains($2, source_sha256)
"""


def check_file(
    source: Source, home: Home, aside: Home, settings: Settings, as_of: date
) -> dict[str, Any]:
    """Build what the checks look at in `aside`, where the file has landed, and run them.

    The home is only read: what it published of this facility is linked to for the comparison.
    """
    facility, sha256 = source
    before = _published(home, facility) - {sha256}
    if not before:
        return _checked(source, before, aside, settings, as_of)
    with read_lock(home.root):
        _link_raw(home, facility, aside)
        return _checked(source, before, aside, settings, as_of)


def _published(home: Home, facility: str) -> set[str]:
    last = last_publication(home.root) if home.ledger.exists() else None
    return {sha256 for name, sha256 in (last.sources if last else ()) if name == facility}


def _link_raw(home: Home, facility: str, aside: Home) -> None:
    for table in SCHEMAS:
        folder = aside.raw / table / facility
        for path in (home.raw / table / facility).glob("*.parquet"):
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / path.name).exists():
                (folder / path.name).symlink_to(path.absolute())


def _checked(
    source: Source, before: set[str], aside: Home, settings: Settings, as_of: date
) -> dict[str, Any]:
    work = begin(aside, settings, as_of, work=aside.work / "check")
    with open_build(work / "build.duckdb", settings) as con:
        con.execute(ONLY_NEW, [source[1], sorted(before)])
    build_shared(work, settings)
    with open_build(work / "build.duckdb", settings) as con, read_lock(aside.root):
        build_models(con, MODELS, _read_by_checks() - before_the_fold())
    run = replace(load_run(work), new=frozenset([source]))
    failed = [
        result for result in check_read(work, settings, run, Verdicts()) if not result.success
    ]
    with open_build(work / "build.duckdb", settings) as con, read_lock(aside.root):
        causes = answers(con, "preview_cause")
    return {
        "as_of": as_of,
        "compared_with_files": len(before),
        "would_be_withheld": any(result.severity == "critical" for result in failed),
        "failed": list(_failed(failed)),
        "because_of": list(_because(failed, causes)),
    }


def _read_by_checks() -> set[str]:
    """The models that the checks of a delivery and their causes read, and those these need."""
    suites = [suite.table for suite in load_suites().values() if suite.checked == "read"]
    queries = [*(FOLDER / f"{table}.sql" for table in suites), QUERIES / "preview_cause.sql"]
    return model_graph().above(frozenset().union(*(tables_read(path) for path in queries)))


def _failed(results: list[CheckResult]) -> Iterator[dict[str, Any]]:
    """Each check that does not hold, those that withhold first."""
    for result in sorted(results, key=lambda r: r.severity != "critical"):
        yield {
            "severity": result.severity,
            "suite": result.suite,
            "column": result.column_name,
            "expectation": result.expectation,
            "n_evaluated": result.n_evaluated,
            "n_unexpected": result.n_unexpected,
            "why": result.why,
        }


def _because(results: list[CheckResult], causes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The kinds of results that break a check which withholds."""
    critical = {
        (result.suite, (result.column_name or "").split(" ")[0].rstrip(","))
        for result in results
        if result.severity == "critical"
    }
    for cause in causes:
        column = cause.pop("column_name")
        if (cause["suite"], column) in critical:
            yield {"column": column, **cause}
