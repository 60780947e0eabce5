"""Great Expectations, run in this process on a data frame: counts out, never a value.

Importing it takes seconds, so that waits until the first check of a process. Its loggers and
progress bars are silent, it sends nothing anywhere, and its texts of exceptions are dropped,
because such a text may quote a value.
"""

from __future__ import annotations

import gc
import logging
import os
import warnings
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from itertools import groupby
from string import Template
from types import ModuleType
from typing import TYPE_CHECKING, Any

from expectations.frame import ROWS_AT_ONCE, Rows
from expectations.suite import Expectation, Suite
from igwatch.base.error import IgwatchError

if TYPE_CHECKING:
    import pandas as pd

COUNTS_ONLY = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}


class CheckError(IgwatchError):
    """Checks that could not be run; the text names suite and kind of error, no value."""


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation; `n_evaluated` is None when it could not be evaluated."""

    success: bool
    n_evaluated: int | None
    n_unexpected: int | None


@cache
def great_expectations() -> ModuleType:
    """The package, imported once and quietly."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations
    import great_expectations.render.renderer.inline_renderer

    for name in list(logging.Logger.manager.loggerDict):
        if name.startswith("great_expectations."):
            # one of its modules sets a level of its own
            logging.getLogger(name).setLevel(logging.NOTSET)
    return great_expectations


def evaluate(suite: Suite, rows: Rows, as_of: date) -> list[Outcome]:
    """What each expectation of `suite` comes to on `rows`, in their order.

    Many rows are taken a few columns at a time, few rows all at once. Raises CheckError.
    """
    outcomes: dict[int, Outcome] = {}
    for numbers in _groups(suite, rows.n):
        frame = rows.frame(set().union(*(suite.expectations[number].needed for number in numbers)))
        results = _run(suite, numbers, frame, as_of)
        outcomes |= {number: _outcome(results[number], rows.n) for number in numbers}
        if rows.n > ROWS_AT_ONCE:
            # its context and batch refer to each other and keep the columns in memory
            del results, frame
            gc.collect()
    return [outcomes[number] for number in range(len(suite.expectations))]


def _groups(suite: Suite, n_rows: int) -> list[list[int]]:
    """Numbers of the expectations run together: all, or those that need the same columns."""
    numbers = range(len(suite.expectations))
    if n_rows <= ROWS_AT_ONCE:
        return [list(numbers)]
    by_needed = sorted(numbers, key=lambda number: sorted(suite.expectations[number].needed))
    together = groupby(by_needed, key=lambda number: suite.expectations[number].needed)
    return [list(group) for _, group in together]


def _run(suite: Suite, numbers: list[int], frame: pd.DataFrame, as_of: date) -> dict[int, Any]:
    gx = great_expectations()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run = _definition(gx, suite, numbers).run(
                batch_parameters={"dataframe": frame},
                expectation_parameters=_clock(as_of),
                result_format=COUNTS_ONLY,
            )
    except (gx.exceptions.GreatExpectationsError, TypeError, ValueError, KeyError) as error:
        kind = type(error).__name__
        raise CheckError(
            f"{suite.table}: the checks could not be run ({kind})",
            f"look at expectations/{suite.table}.yaml",
        ) from None
    return {result.expectation_config.meta["number"]: result for result in run.results}


def _definition(gx: ModuleType, suite: Suite, numbers: list[int]) -> Any:
    context = _context(gx)
    asset = context.data_sources.add_pandas("build").add_dataframe_asset(suite.table)
    expectations = [
        _gx_expectation(gx, suite.expectations[number], meta={"number": number})
        for number in numbers
    ]
    return context.validation_definitions.add(
        gx.ValidationDefinition(
            name=suite.table,
            data=asset.add_batch_definition_whole_dataframe("rows"),
            suite=context.suites.add(gx.ExpectationSuite(suite.table, expectations=expectations)),
        )
    )


def _context(gx: ModuleType) -> Any:
    """In memory, without a site for pages, progress bars or telemetry."""
    config = gx.data_context.types.base
    return gx.get_context(
        mode="ephemeral",
        project_config=config.DataContextConfig(
            store_backend_defaults=config.InMemoryStoreBackendDefaults(),
            progress_bars=config.ProgressBarsConfig(globally=False, metric_calculations=False),
            analytics_enabled=False,
        ),
    )


def render(expectation: Expectation) -> str:
    """The expectation in Great Expectations' own words."""
    gx = great_expectations()
    renderer = gx.render.renderer.inline_renderer.InlineRenderer(
        _gx_expectation(gx, expectation).configuration
    )
    (content,) = renderer.get_rendered_content()
    value = content.to_json_dict()["value"]
    parameters = {name: param["value"] for name, param in value["params"].items()}
    return Template(value["template"]).safe_substitute(parameters)


def _gx_expectation(gx: ModuleType, expectation: Expectation, **more: Any) -> Any:
    implementation = gx.expectations.registry.get_expectation_impl(expectation.type)
    return implementation(
        **expectation.arguments, severity=expectation.severity, notes=expectation.why, **more
    )


def _clock(as_of: date) -> dict[str, datetime]:
    return {
        "clock_start": datetime.combine(as_of, time.min),
        "clock_end": datetime.combine(as_of, time.max),
    }


def _outcome(result: Any, n_rows: int) -> Outcome:
    counts = result.result
    if not counts:
        # Great Expectations reports what it could not evaluate as a failure without a result
        return Outcome(False, None, None)
    if "element_count" not in counts:
        return Outcome(bool(result.success), n_rows, None)
    n_evaluated = counts["element_count"] - counts.get("missing_count", 0)
    return Outcome(bool(result.success), int(n_evaluated), int(counts["unexpected_count"]))
