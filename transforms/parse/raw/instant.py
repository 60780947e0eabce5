"""The instant of a local time: which moments in UTC a time written in a zone may stand for.

A time is as exact as it is written: a minute is any moment of that minute. In the hour that a zone
repeats when summer ends, and in the one it leaves out when summer begins, a time without an offset
may be either of two moments.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

_EPOCH = datetime(1970, 1, 1)
_LAST_QUARTER = (datetime(9999, 12, 30) - _EPOCH) // timedelta(minutes=15)
_QUARTERS_A_DAY = 24 * 4
_QUARTER_HOUR_US = 15 * 60 * 1_000_000
_DAY_US = _QUARTERS_A_DAY * _QUARTER_HOUR_US
_SECOND = np.timedelta64(1, "s")
HOUR_SECONDS = 3600


class Instants(NamedTuple):
    """Times of a column. `local` and `utc` (the earliest moment meant) are datetime64[us], NaT for
    none; `span_seconds` is how long after `utc` the moment may have been, 0 where it is exact."""

    local: np.ndarray
    utc: np.ndarray
    span_seconds: np.ndarray


def instants(local: np.ndarray, exact_to_seconds: np.ndarray, zone: tzinfo) -> Instants:
    """Local times without an offset, written as exactly as this (0: a fraction of a second)."""
    earliest, latest = _bounds(local, zone)
    span = exact_to_seconds + _seconds(latest - earliest)
    coarse = np.flatnonzero(exact_to_seconds >= HOUR_SECONDS)
    if len(coarse):  # an hour or a day ends when the next begins, however long it was
        behind, _ = _bounds(local[coarse] + exact_to_seconds[coarse] * _SECOND, zone)
        span[coarse] = _seconds(behind - earliest[coarse])
    return Instants(local, earliest, np.where(np.isnat(earliest), 0, span))


def _bounds(local: np.ndarray, zone: tzinfo) -> tuple[np.ndarray, np.ndarray]:
    """The earliest and the latest moment in UTC. A zone is asked once for a day in which it keeps
    its offset, else once in a quarter of an hour."""
    local = local.astype("M8[us]")
    longest, shortest = (np.zeros(len(local), "m8[us]") for _ in range(2))
    is_open = ~np.isnat(local)
    for length_us, offsets in ((_DAY_US, _offset_of_day), (_QUARTER_HOUR_US, _offsets)):
        rows = np.flatnonzero(is_open)
        if not len(rows):
            break
        coded = pa.array(local[rows].astype(np.int64) // length_us).dictionary_encode()
        place = coded.indices.to_numpy()
        found = [offsets(span, zone) for span in coded.dictionary.to_pylist()]
        is_found = np.array([pair is not None for pair in found])[place]
        pairs = np.array([pair or (0, 0) for pair in found], "m8[us]")[place]
        longest[rows], shortest[rows] = pairs.max(axis=1), pairs.min(axis=1)
        is_open[rows[is_found]] = False
    return local - longest, local - shortest


@lru_cache(maxsize=1 << 14)
def _offset_of_day(day: int, zone: tzinfo) -> tuple[timedelta, timedelta] | None:
    """The offset of a local day since 1970; None where it is not one from its start to its end."""
    quarters = range(day * _QUARTERS_A_DAY, (day + 1) * _QUARTERS_A_DAY + 1, _QUARTERS_A_DAY // 4)
    found = {offset for quarter in quarters for offset in _offsets(quarter, zone)}
    first = found.pop()
    return None if found else (first, first)


@lru_cache(maxsize=1 << 14)
def _offsets(quarter: int, zone: tzinfo) -> tuple[timedelta, timedelta]:
    """The offsets that a local time within this quarter of an hour since 1970 may have."""
    # what lies behind the calendar's last days has the offset of these
    local = _EPOCH + timedelta(minutes=15 * min(quarter, _LAST_QUARTER))
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first or timedelta(), second or timedelta()


def _seconds(length: np.ndarray) -> np.ndarray:
    return np.where(np.isnat(length), np.timedelta64(0, "us"), length) // _SECOND
