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
        WAYS[self.way](frame, suite.expectations[self.line])


def harms(suite: Suite) -> list[Harm]:
    """Every way to break every line; a range is broken at each of its ends."""
    return [
        Harm(n, way)
        for n, expectation in enumerate(suite.expectations)
        for way in _ways(expectation)
    ]


def rounds(suite: Suite) -> Iterator[list[Harm]]:
    """The harms in groups that touch no column twice, so that each group fits in one frame."""
    left = harms(suite)
    while left:
        touched: set[str] = set()
        group = []
        for harm in left:
            if touched.isdisjoint(suite.expectations[harm.line].needed):
                group.append(harm)
                touched |= suite.expectations[harm.line].needed
        left = [harm for harm in left if harm not in group]
        yield group


def _ways(expectation: Expectation) -> list[str]:
    ends = [way for way in ("min_value", "max_value") if way in expectation.arguments]
    return ends or [expectation.type]


def _row(frame: pd.DataFrame, expectation: Expectation) -> int:
    """The first row that the line looks at."""
    condition = expectation.arguments.get("row_condition")
    looked_at = frame.query(condition) if condition else frame
    return (
        looked_at.dropna(subset=list(expectation.columns)[:1]).index[0]
        if _needs_value(expectation)
        else (looked_at.index[0])
    )


def _needs_value(expectation: Expectation) -> bool:
    return expectation.type != "expect_column_values_to_be_null"


def _empty(frame: pd.DataFrame, expectation: Expectation) -> None:
    row = _row(frame, expectation)
    frame[expectation.columns[0]] = frame[expectation.columns[0]].astype(object)
    frame.loc[row, expectation.columns[0]] = None


def _filled(frame: pd.DataFrame, expectation: Expectation) -> None:
    column = expectation.columns[0]
    is_text = isinstance(frame[column].dtype, pd.StringDtype)
    frame.loc[_row(frame, expectation), column] = "9" if is_text else 9


def _repeated(frame: pd.DataFrame, expectation: Expectation) -> None:
    for column in expectation.columns:
        frame.loc[frame.index[1], column] = frame.loc[frame.index[0], column]


def _unknown(frame: pd.DataFrame, expectation: Expectation) -> None:
    known = expectation.arguments["value_set"][0]
    other = not known if isinstance(known, bool) else "other"
    frame.loc[_row(frame, expectation), expectation.columns[0]] = other


def _forbidden(frame: pd.DataFrame, expectation: Expectation) -> None:
    frame.loc[_row(frame, expectation), expectation.columns[0]] = expectation.arguments[
        "value_set"
    ][0]


def _outside(end: str, sign: int) -> Callable[[pd.DataFrame, Expectation], None]:
    def harm(frame: pd.DataFrame, expectation: Expectation) -> None:
        limit = expectation.arguments[end]
        limit = CLOCK[limit["$PARAMETER"]] if isinstance(limit, dict) else limit
        step = timedelta(seconds=1) if isinstance(limit, datetime) else 1
        frame.loc[_row(frame, expectation), expectation.columns[0]] = limit + sign * step

    return harm


def _matched(frame: pd.DataFrame, expectation: Expectation) -> None:
    frame.loc[_row(frame, expectation), expectation.columns[0]] = "1.67683E+15"


def _crossed(frame: pd.DataFrame, expectation: Expectation) -> None:
    greater, lesser = expectation.columns
    row = frame.dropna(subset=[greater, lesser]).index[0]
    value = frame.loc[row, lesser]
    step = timedelta(days=1) if isinstance(value, pd.Timestamp) else 0.1
    frame.loc[row, greater] = value - step


def _different(frame: pd.DataFrame, expectation: Expectation) -> None:
    frame.loc[_row(frame, expectation), expectation.columns[1]] = f"other {next(NUMBERS)}"


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
