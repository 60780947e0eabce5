"""The smallest harm that makes a line fail: one cell or one row of a good frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count

import pandas as pd

from expectations.suite import Expectation, Suite
from tests.expectations.good import AS_OF

CLOCK = {
    "clock_start": datetime.combine(AS_OF, time.min),
    "clock_end": datetime.combine(AS_OF, time.max),
}


@dataclass(frozen=True)
class Harm:
    """One way to break one line of a suite."""

    line: int
    way: str

    def apply(self, frame: pd.DataFrame, suite: Suite) -> None:
        WAYS[self.way](frame, suite.lines[self.line])


def harms(suite: Suite) -> list[Harm]:
    """Every way to break every line; a range is broken at each of its ends."""
    return [Harm(n, way) for n, line in enumerate(suite.lines) for way in _ways(line)]


def rounds(suite: Suite) -> Iterator[list[Harm]]:
    """The harms in groups that touch no column twice, so that each group fits in one frame."""
    left = harms(suite)
    while left:
        touched: set[str] = set()
        group = []
        for harm in left:
            if touched.isdisjoint(suite.lines[harm.line].needed):
                group.append(harm)
                touched |= suite.lines[harm.line].needed
        left = [harm for harm in left if harm not in group]
        yield group


def _ways(line: Expectation) -> list[str]:
    ends = [way for way in ("min_value", "max_value") if way in line.arguments]
    return ends or [line.expectation]


def _row(frame: pd.DataFrame, line: Expectation) -> int:
    """The first row that the line looks at."""
    condition = line.arguments.get("row_condition")
    looked_at = frame.query(condition) if condition else frame
    return (
        looked_at.dropna(subset=list(line.columns)[:1]).index[0]
        if _needs_value(line)
        else (looked_at.index[0])
    )


def _needs_value(line: Expectation) -> bool:
    return line.expectation != "expect_column_values_to_be_null"


def _empty(frame: pd.DataFrame, line: Expectation) -> None:
    row = _row(frame, line)
    frame[line.columns[0]] = frame[line.columns[0]].astype(object)
    frame.loc[row, line.columns[0]] = None


def _filled(frame: pd.DataFrame, line: Expectation) -> None:
    frame.loc[_row(frame, line), line.columns[0]] = 9


def _repeated(frame: pd.DataFrame, line: Expectation) -> None:
    for column in line.columns:
        frame.loc[frame.index[1], column] = frame.loc[frame.index[0], column]


def _unknown(frame: pd.DataFrame, line: Expectation) -> None:
    is_truth = isinstance(line.arguments["value_set"][0], bool)
    frame.loc[_row(frame, line), line.columns[0]] = True if is_truth else "other"


def _forbidden(frame: pd.DataFrame, line: Expectation) -> None:
    frame.loc[_row(frame, line), line.columns[0]] = line.arguments["value_set"][0]


def _outside(end: str, sign: int) -> Callable[[pd.DataFrame, Expectation], None]:
    def harm(frame: pd.DataFrame, line: Expectation) -> None:
        limit = line.arguments[end]
        limit = CLOCK[limit["$PARAMETER"]] if isinstance(limit, dict) else limit
        step = timedelta(seconds=1) if isinstance(limit, datetime) else 1
        frame.loc[_row(frame, line), line.columns[0]] = limit + sign * step

    return harm


def _matched(frame: pd.DataFrame, line: Expectation) -> None:
    frame.loc[_row(frame, line), line.columns[0]] = "1.67683E+15"


def _crossed(frame: pd.DataFrame, line: Expectation) -> None:
    greater, lesser = line.columns
    row = frame.dropna(subset=[greater, lesser]).index[0]
    value = frame.loc[row, lesser]
    step = timedelta(days=1) if isinstance(value, pd.Timestamp) else 0.1
    frame.loc[row, greater] = value - step


def _different(frame: pd.DataFrame, line: Expectation) -> None:
    frame.loc[_row(frame, line), line.columns[1]] = f"other {next(NUMBERS)}"


NUMBERS = count()
WAYS: dict[str, Callable[[pd.DataFrame, Expectation], None]] = {
    "min_value": _outside("min_value", -1),
    "max_value": _outside("max_value", +1),
    "expect_column_values_to_not_be_null": _empty,
    "expect_column_values_to_be_null": _filled,
    "expect_column_values_to_be_unique": _repeated,
    "expect_compound_columns_to_be_unique": _repeated,
    "expect_column_values_to_be_in_set": _unknown,
    "expect_column_values_to_not_be_in_set": _forbidden,
    "expect_column_values_to_match_regex": _matched,
    "expect_column_values_to_not_match_regex": _matched,
    "expect_column_pair_values_a_to_be_greater_than_b": _crossed,
    "expect_column_pair_values_to_be_equal": _different,
}
