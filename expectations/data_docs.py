"""Data Docs without data: one page of a run's checks, in Great Expectations' own sentences.

The site that Great Expectations makes needs scripts and styles from the network and shows observed
values. This page needs nothing but itself, forbids its reader's browser to fetch anything, and
shows only what quality.check_result holds: counts, rounded, and none that is small.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from expectations.check import CheckResult, check_result_table, worst_severity
from expectations.sentence import sentence
from expectations.suite import FOLDER, Expectation, load_suites
from igwatch.base.printable import printable
from igwatch.base.shown_count import ShownCount

ALL = "all facilities"
LONGEST = 1_000
"""Characters of a text: a site's settings may be quoted in the why of a fault."""
STATES = ("not evaluated", "fails", "nothing to evaluate", "holds")


def write_data_docs(results: Iterable[CheckResult], out: Path, shown: ShownCount) -> Path:
    """Write `out`/index.html for the results of one run; return its path.

    The folder is made 0700 and the file 0600.
    """
    results = list(results)
    page = (
        _environment()
        .get_template("data_docs.html")
        .render(
            as_of=max((result.as_of for result in results), default=None),
            facilities=list(_facilities(results, shown)),
        )
    )
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = out / "index.html"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(page)
    return path


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_readable,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _readable(value: object) -> object:
    """Text without a sign that hides or turns what follows, and no longer than a page may show."""
    if not isinstance(value, str):
        return value
    return printable(value if len(value) <= LONGEST else f"{value[:LONGEST]}…")


def _facilities(results: list[CheckResult], shown: ShownCount) -> Iterator[dict[str, Any]]:
    worst = worst_severity(results)
    table = check_result_table(results, shown).to_pylist()
    rows = sorted(
        (row | {"state": _state(result)} for result, row in zip(results, table, strict=True)),
        key=lambda row: (row["facility"] or "", row["suite"], STATES.index(row["state"])),
    )
    sentences = _sentences(results)
    for facility, of_facility in groupby(rows, key=lambda row: row["facility"]):
        suites = [
            {
                "table": table,
                "rows": [
                    row | {"sentence": sentences.get(_key(row), row["expectation"])}
                    for row in of_suite
                ],
            }
            for table, of_suite in groupby(of_facility, key=lambda row: row["suite"])
        ]
        yield {
            "name": facility or ALL,
            "worst_severity": worst[facility or "*"],
            "n_lines": sum(len(suite["rows"]) for suite in suites),
            "n_failed": sum(not row["success"] for suite in suites for row in suite["rows"]),
            "suites": suites,
        }


def _state(result: CheckResult) -> str:
    if result.n_evaluated == 0:
        return "nothing to evaluate" if result.success else "not evaluated"
    return "holds" if result.success else "fails"


def _sentences(results: list[CheckResult]) -> dict[tuple, str]:
    clocks: dict[str, date] = {result.suite: result.as_of for result in results}
    return {
        (table, *_identity(expectation)): sentence(expectation, as_of)
        for table, as_of in clocks.items()
        if table in load_suites()  # else what a night found without a suite: see check_faults
        for expectation in load_suites()[table].expectations
    }


def _identity(expectation: Expectation) -> tuple[str | None, ...]:
    return (expectation.type, expectation.column_name, expectation.severity, expectation.why)


def _key(row: Mapping[str, Any]) -> tuple[str | None, ...]:
    return tuple(row[c] for c in ("suite", "expectation", "column_name", "severity", "why"))
