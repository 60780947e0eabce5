"""How the dates of a sample are written: every usual order, tried by the feed's own reader."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from transforms.parse.delimited.timestamp import TimestampReader

_NUMERIC = [
    sign.join(parts)
    for sign in (".", "/", "-")
    for parts in (
        ("%d", "%m", "%Y"),
        ("%m", "%d", "%Y"),
        ("%Y", "%m", "%d"),
        ("%Y", "%d", "%m"),
        ("%d", "%m", "%y"),
        ("%m", "%d", "%y"),
        ("%y", "%m", "%d"),
    )
]
_DAYS = (*_NUMERIC, "%d-%b-%Y", "%d %b %Y", "%d-%b-%y", "%d %B %Y", "%d%m%Y", "%m%d%Y", "%d%m%y")
_CLOCKS = ("", " %H.%M", " %Hh%M", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p", "T%H:%M", " - %H:%M")
_CLOCK_ALONE = re.compile(r"\s*\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?\s*(?:[ap]m)?\s*", re.IGNORECASE)
_N_FIRST = 200
_ANY_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True)
class DateOrder:
    """The formats under which every date of the sample is a day; `is_iso` when none is needed.

    `n_dates` are the different dates, `n_unreadable` those that no usual format reads.
    """

    formats: tuple[str, ...] = ()
    is_iso: bool = False
    n_dates: int = 0
    n_unreadable: int = 0


def date_order(dates: Sequence[str]) -> DateOrder:
    """Judged by all the dates of a sample together: one day above 12 settles its order."""
    written = Counter(date.strip() for date in dates if date.strip())
    text, times = pa.array(written.keys(), pa.string()), np.array([*written.values()])
    if not written:
        return DateOrder()
    for listed in ((None,), *([day + clock for day in _DAYS] for clock in _CLOCKS)):
        formats = _promising(listed, text)
        if not formats:
            continue
        unreadable = np.array([_is_unreadable(one, text) for one in formats])
        is_lost = unreadable.all(axis=0)
        if 2 * times[is_lost].sum() < times.sum():
            fitting = (unreadable == is_lost).all(axis=1)
            named = tuple(f for f, fits in zip(formats, fitting, strict=True) if fits and f)
            return DateOrder(named, formats == (None,), len(text), int(is_lost.sum()))
    return DateOrder((), False, len(text), len(text))


def _promising(formats: Sequence[str | None], text: pa.StringArray) -> Sequence[str | None]:
    """The formats that read some of the first dates: none of the others reads them all."""
    first = text[:_N_FIRST]
    if len(first) == len(text) or formats == (None,):
        return formats
    return [one for one in formats if not _is_unreadable(one, first).all()]


def is_clock(cells: Sequence[str]) -> bool:
    """True for a column of clock times alone, such as 08:15: no day is in it."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(_CLOCK_ALONE.fullmatch(cell) for cell in filled)


def _is_unreadable(date_format: str | None, text: pa.StringArray) -> np.ndarray:
    return TimestampReader(date_format, _ANY_ZONE).times(text).is_unreadable
