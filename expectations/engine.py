"""Great Expectations, run in this process on a data frame: counts out, never a value.

Importing it costs seconds, so that waits until the first check of a process. It is kept quiet
(its loggers, its progress bars), sends nothing anywhere, and what it says of an exception is
dropped: such a text may quote a value.
"""

from __future__ import annotations

import gc
import logging
import os
import warnings
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache
from itertools import groupby
from string import Template
from types import ModuleType
from typing import Any

import pandas as pd

from expectations.frame import Rows
from expectations.suite import Expectation, Suite
from igwatch.base.error import IgwatchError

COUNTS_ONLY = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}

# A row of core.measurement takes 0.3 kB; above this the columns of a few lines are taken at a time
ROWS_AT_ONCE = 250_000


class CheckError(IgwatchError):
    """Checks that could not be run; the text names suite and kind of error, no value."""


@dataclass(frozen=True)
class Outcome:
    """What became of one line. `n_evaluated` is None when it could not be evaluated at all."""

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
    """What each line of `suite` comes to on `rows`, in the order of the lines.

    Many rows are taken column by column, few at once. Raises CheckError.
    """
    outcomes: dict[int, Outcome] = {}
    for numbers in _groups(suite, rows.n):
        frame = rows.frame(set().union(*(suite.lines[number].needed for number in numbers)))
        told = _run(suite, numbers, frame, as_of)
        outcomes |= {number: _outcome(told[number], rows.n) for number in numbers}
        if rows.n > ROWS_AT_ONCE:
            # its context and batch hold each other, and the columns with them
            del told, frame
            gc.collect()
    return [outcomes[number] for number in range(len(suite.lines))]


def _groups(suite: Suite, n_rows: int) -> list[list[int]]:
    """Line numbers to be evaluated together: all, or those that need the same columns."""
    numbers = range(len(suite.lines))
    if n_rows <= ROWS_AT_ONCE:
        return [list(numbers)]
    by_needed = sorted(numbers, key=lambda number: sorted(suite.lines[number].needed))
    together = groupby(by_needed, key=lambda number: suite.lines[number].needed)
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
    return {result.expectation_config.meta["line"]: result for result in run.results}


def _definition(gx: ModuleType, suite: Suite, numbers: list[int]) -> Any:
    context = _context(gx)
    asset = context.data_sources.add_pandas("build").add_dataframe_asset(suite.table)
    lines = [_expectation(gx, suite.lines[n], meta={"line": n}) for n in numbers]
    return context.validation_definitions.add(
        gx.ValidationDefinition(
            name=suite.table,
            data=asset.add_batch_definition_whole_dataframe("rows"),
            suite=context.suites.add(gx.ExpectationSuite(suite.table, expectations=lines)),
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


def sentence(line: Expectation, as_of: date) -> str:
    """The line in Great Expectations' own words, with the times of the clock filled in.

    Made once in a process, since making one costs some 10 ms.
    """
    clock = _clock(as_of)
    shown = {
        key: clock[value["$PARAMETER"]].date() if isinstance(value, dict) else value
        for key, value in line.arguments.items()
        if key not in ("row_condition", "condition_parser")
    }
    asked = line.expectation, repr(sorted(shown.items()))
    if asked not in _SENTENCES:
        _SENTENCES[asked] = _rendered(replace(line, arguments=shown))
    return _SENTENCES[asked]


_SENTENCES: dict[tuple[str, str], str] = {}


def _rendered(line: Expectation) -> str:
    gx = great_expectations()
    renderer = gx.render.renderer.inline_renderer.InlineRenderer(
        _expectation(gx, line).configuration
    )
    (content,) = renderer.get_rendered_content()
    value = content.to_json_dict()["value"]
    words = {key: param["value"] for key, param in value["params"].items()}
    return Template(value["template"]).safe_substitute(words)


def _expectation(gx: ModuleType, line: Expectation, **more: Any) -> Any:
    kind = gx.expectations.registry.get_expectation_impl(line.expectation)
    return kind(**line.arguments, severity=line.severity, notes=line.why, **more)


def _clock(as_of: date) -> dict[str, datetime]:
    return {
        "clock_start": datetime.combine(as_of, time.min),
        "clock_end": datetime.combine(as_of, time.max),
    }


def _outcome(result: Any, n_rows: int) -> Outcome:
    found = result.result
    if not found:
        # Great Expectations reports a line it could not evaluate as a failure without a result
        return Outcome(False, None, None)
    if "element_count" not in found:
        return Outcome(bool(result.success), n_rows, None)
    n_evaluated = found["element_count"] - found.get("missing_count", 0)
    return Outcome(bool(result.success), int(n_evaluated), int(found["unexpected_count"]))
