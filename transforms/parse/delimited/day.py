"""Days of which a sender may know only the year or the month: `2019`, `2019-03`, `03/2019`."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.delimited.row import truth
from transforms.parse.delimited.time_layout import FIRST_YEAR, LAST_YEAR
from transforms.parse.delimited.timestamp import TimestampReader

_DATE, _TEXT = pa.date32(), pa.string()
_PERIOD = r"^(?:([0-9]{4})(?:[-/.]([0-9]{1,2}))?|([0-9]{1,2})[-/.]([0-9]{4}))$"
_STATED = re.compile(_PERIOD)
_LONGEST_PERIOD = 7
Reading = Callable[[str], tuple[date | None, str | None]]


@dataclass(frozen=True)
class Days:
    """Days of a column, how exactly they are known, and which texts could not be read.

    `precision` is `year`, `month`, `unread` (filled, and no day), or NULL: to the day, or no day.
    """

    values: pa.Array
    precision: pa.Array
    is_unreadable: np.ndarray


def first_days(text: pa.StringArray, reader: TimestampReader) -> Days:
    """The days; a year or a month begins on its first."""
    return _days(text, reader, is_end=False)


def last_days(text: pa.StringArray, reader: TimestampReader) -> Days:
    """The days; a year or a month ends on its last, and 9999-12-31 is a day like any other."""
    return _days(text, reader, is_end=True)


def earliest(columns: Sequence[Days]) -> Days:
    """Of each row the earliest day that can be read; unread where one is filled and none can be."""
    if len(columns) == 1:
        return columns[0]
    values = pc.min_element_wise(*(days.values for days in columns))
    is_filled = np.any([days.is_unreadable for days in columns], axis=0)
    is_unreadable = is_filled & ~truth(pc.is_valid(values))
    precision = pc.if_else(pa.array(is_unreadable), "unread", pa.scalar(None, _TEXT))
    for days in reversed(columns):
        precision = pc.if_else(
            pc.fill_null(pc.equal(days.values, values), False), days.precision, precision
        )
    return Days(values, precision, is_unreadable)


def no_days(n: int) -> Days:
    """A column that the file does not have."""
    return Days(pa.nulls(n, _DATE), pa.nulls(n, _TEXT), np.zeros(n, bool))


def _days(text: pa.StringArray, reader: TimestampReader, is_end: bool) -> Days:
    """Periods first: strptime's lenient %y%m%d would make a day of 2019."""
    is_period = _is_period(text)
    whole = pc.if_else(pa.array(is_period), None, text) if is_period.any() else text
    read = reader.dates(whole)
    values, is_unreadable = read.values, read.is_unreadable.copy()
    precision = pa.nulls(len(text), _TEXT)
    if is_period.any():
        days, names = _in_rows(text, is_period, lambda written: _period(written, is_end))
        values = pc.coalesce(values, days)
        precision = names
        is_unreadable |= is_period & ~truth(pc.is_valid(days))
    if is_end and is_unreadable.any():
        days, _ = _in_rows(text, is_unreadable, lambda written: (reader.far_day(written), None))
        values = pc.coalesce(values, days)
        is_unreadable &= ~truth(pc.is_valid(days))
    if is_unreadable.any():
        precision = pc.if_else(pa.array(is_unreadable), "unread", precision)
    return Days(values, precision, is_unreadable)


def _is_period(text: pa.StringArray) -> np.ndarray:
    is_period = truth(pc.less_equal(pc.binary_length(text), _LONGEST_PERIOD)).copy()
    if is_period.any():
        is_period[is_period] = truth(
            pc.match_substring_regex(text.filter(pa.array(is_period)), _PERIOD)
        )
    return is_period


def _in_rows(text: pa.StringArray, rows: np.ndarray, read: Reading) -> tuple[pa.Array, pa.Array]:
    """What `read` makes of the texts of these rows, each distinct one read once; else NULL."""
    coded = pc.if_else(pa.array(rows), text, pa.scalar(None, _TEXT)).dictionary_encode()
    days, names = zip(*map(read, coded.dictionary.to_pylist()), strict=True)
    return pa.array(days, _DATE).take(coded.indices), pa.array(names, _TEXT).take(coded.indices)


def _period(written: str, is_end: bool) -> tuple[date | None, str | None]:
    """The first or last day of a year or a month, and which it is."""
    year, month, month_first, year_last = _STATED.findall(written)[0]
    year, month = year or year_last, month or month_first
    last_year = 9999 if is_end else LAST_YEAR
    if not FIRST_YEAR <= int(year) <= last_year or not 1 <= int(month or 1) <= 12:
        return None, None
    if not month:
        return date(int(year), *((12, 31) if is_end else (1, 1))), "year"
    first = date(int(year), int(month), 1)
    return first.replace(day=monthrange(*first.timetuple()[:2])[1] if is_end else 1), "month"
