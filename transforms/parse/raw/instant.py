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

_EPOCH = datetime(1970, 1, 1)
_QUARTER_HOUR_US = 15 * 60 * 1_000_000
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
    """The earliest and the latest moment in UTC. A zone is asked once in a quarter of an hour."""
    is_known = ~np.isnat(local)
    known = local[is_known].astype("M8[us]")
    quarters, place = np.unique(known.astype(np.int64) // _QUARTER_HOUR_US, return_inverse=True)
    offset = np.array([_offsets(int(q), zone) for q in quarters], "m8[us]").reshape(-1, 2)[place]
    first, second = offset[:, 0], offset[:, 1]
    earliest, latest = local.astype("M8[us]"), local.astype("M8[us]")
    earliest[is_known] = known - np.maximum(first, second)
    latest[is_known] = known - np.minimum(first, second)
    return earliest, latest


@lru_cache(maxsize=1 << 14)
def _offsets(quarter: int, zone: tzinfo) -> tuple[timedelta, timedelta]:
    """The offsets that a local time within this quarter of an hour since 1970 may have."""
    local = _EPOCH + timedelta(minutes=15 * quarter)
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first or timedelta(), second or timedelta()


def _seconds(length: np.ndarray) -> np.ndarray:
    return np.where(np.isnat(length), np.timedelta64(0, "us"), length) // _SECOND
