"""Clock times in a column of their own, beside one of dates: `08:15`, `8.15`, `0815`, `8:15 PM`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.delimited.row import Rows

# Excel and Access write a time without a day on the first day of their calendar
_NO_DAY = r"(?:(?:1899-12-3[01]|1900-01-0[01])[T ])?"
_CLOCK = re.compile(
    _NO_DAY + r"(\d{1,2})(?:[:.h](\d{2})|(?<=\d\d)(\d{2}))(?:[:.]?(\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?:Uhr|h)?\s*([ap])?\.?(?:m\.?)?",
    re.IGNORECASE,
)
_NONE = re.compile(r"(?i)null|none|n/?a|nan|nat|-+|\\\\n")
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Clocks:
    """Times of day as microseconds from midnight, NULL where none is stated."""

    values: pa.Array
    is_unreadable: np.ndarray


def clocks(text: pa.Array) -> Clocks:
    """The clock times of a column, each distinct text read once."""
    coded = text.dictionary_encode()
    written = coded.dictionary.to_pylist()
    read = [clock_of(one) for one in written]
    is_lost = [one is None and not _NONE.fullmatch(w) for one, w in zip(read, written, strict=True)]
    times = [None if one is None else one // _MICROSECOND for one in read]
    values = pa.array(times, pa.int64())
    lost = pa.array(is_lost, pa.bool_()).take(coded.indices).fill_null(False)
    return Clocks(values.take(coded.indices), lost.to_numpy(zero_copy_only=False))


def clock_of(written: str) -> timedelta | None:
    """The time of day, 24:00 too; None for what is none."""
    found = _CLOCK.fullmatch(written.strip())
    if not found:
        return None
    hour, minute, second = int(found[1]), int(found[2] or found[3]), int(found[4] or 0)
    if found[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[5].lower() == "p" else 0)
    read = timedelta(hours=hour, minutes=minute, seconds=second)
    return read if minute < 60 and second < 60 and read <= timedelta(hours=24) else None


def at_clock(times: pa.Array, clock: Clocks) -> pa.Array:
    """The times, midnights moved to their clock; what states a time of day keeps it."""
    if clock.values.null_count == len(clock.values):
        return times
    is_midnight = pc.equal(times, pc.floor_temporal(times, unit="day"))
    moved = pc.add(times, clock.values.cast(pa.duration("us")))
    return pc.if_else(pc.and_(is_midnight, pc.is_valid(clock.values)), moved, times)


def written_with_clock(rows: Rows) -> pa.Array:
    """The date and the clock as sent, one behind the other."""
    date = rows.text("collected_at")
    if "collected_time" not in rows.cells:
        return date
    both = pc.binary_join_element_wise(
        date, rows.trimmed("collected_time"), " ", null_handling="skip"
    )
    return pc.if_else(pc.is_null(date), None, both)
