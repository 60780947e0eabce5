"""Dates and times of a delimited feed, a column at a time, in the facility's own zone.

The facility's date_format is read first, with or without its time of day; else ISO 8601. A time
with an offset is brought to the facility's zone; a date is never shifted.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.delimited.time_layout import (
    FIRST_YEAR,
    LAST_YEAR,
    Characters,
    TimeLayout,
    time_layout,
)
from transforms.parse.raw.instant import HOUR_SECONDS, Instants, instants

_TIME = pa.timestamp("us")
_TIME_OF_DAY = re.compile(r"[^%\w]*T?%-?[HIpMSfzZ].*", re.DOTALL)
_ISO_EXTENDED = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
_ISO_BASIC = ("%Y%m%dT%H%M%S", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d")
_TAIL = re.compile(r"(?:[.,](\d{1,9}))?\s?(?:(Z)|([+-])(\d\d):?(\d\d)?)?", re.IGNORECASE)
_ABSENT = re.compile(r"(?i)null|none|n/?a|nan|nat|-|(?:0000-00-00|0001-01-01)(?:[T ][0:.]*)?")
_LOWEST, _HIGHEST = (np.datetime64(f"{y}-01-01", "us") for y in (FIRST_YEAR, LAST_YEAR + 1))
_QUARTER_HOUR_US = 15 * 60 * 1_000_000
_DAY_SECONDS = 24 * HOUR_SECONDS
# how exactly a time is written: by the length of ISO 8601, else by the first that is found in it
_LENGTHS, _EXACT_TO_OF_LENGTH = (10, 13, 16, 19), np.array([_DAY_SECONDS, 3600, 60, 1, 0])
_EXACT_TO_SECONDS = (
    (r"\d:?\d\d:?\d\d[.,]\d", 0),
    (r"\d:\d\d:\d\d|^\d{8}T?\d{6}", 1),
    (r"\d:\d\d|^\d{8}T?\d{4}", 60),
)


@dataclass(frozen=True)
class Timestamps:
    """Times or dates of a column, NULL where there is none, and which texts could not be read.

    `utc` is the moment of a time that states its offset, NaT of any other. `is_cast`: all are ISO
    8601 without one, so that their length says how exact they are.
    """

    values: pa.Array
    is_unreadable: np.ndarray
    utc: np.ndarray
    is_cast: bool = False


class TimestampReader:
    """Reads the dates and times of one feed: its date_format (strptime's, or None) and its zone."""

    def __init__(self, date_format: str | None, zone: ZoneInfo) -> None:
        self._zone = zone
        self._stated = _variants(date_format) if date_format else []
        # %Y-%d-%m would be misread as ISO 8601; a format in ISO's own order cannot be
        written = date_format or ""
        is_rival = written.startswith("%Y") and not written.startswith("%Y-%m-%d")
        iso = [] if is_rival else [*_ISO_EXTENDED]
        iso += [] if date_format else [*_ISO_BASIC]
        stated = [time_layout(variant) for variant in self._stated]
        known = [time_layout(variant, {"T": b"T t"}) for variant in iso]
        self._layouts = [layout for layout in [*stated, *known] if layout]
        self._takes_tail = {id(layout) for layout in known}
        self._is_iso = date_format is None

    def times(self, text: pa.StringArray) -> Timestamps:
        """Naive local times, timestamp[us]. A date alone is its midnight."""
        return self._read(text, is_shifted=True)

    def dates(self, text: pa.StringArray, not_after: date | None = None) -> Timestamps:
        """The dates as written, date32; a time of day is left off.

        With `not_after` (for births) a two-digit year behind it is of the century before.
        """
        read = self._read(text, is_shifted=False)
        days = read.values.cast(pa.date32(), safe=False)
        if not_after and any("%y" in variant for variant in self._stated):
            days = _century_before(days, not_after)
        return Timestamps(days, read.is_unreadable, read.utc)

    def far_day(self, written: str) -> date | None:
        """The day of a year in which nothing happens yet, such as 9999-12-31 for no end."""
        times = [_parsed(written, variant) for variant in self._stated]
        with suppress(ValueError):
            times.append(datetime.fromisoformat(written))
        return next((time.date() for time in times if time and time.year > LAST_YEAR), None)

    def instants(self, text: pa.StringArray, read: Timestamps) -> Instants:
        """The moments that the times read from `text` may stand for."""
        exact_to = _exact_to_seconds(text, read.is_cast)
        local = read.values.to_numpy(zero_copy_only=False).astype("M8[us]")
        of_zone = instants(local, exact_to, self._zone)
        is_stated = ~np.isnat(read.utc)
        utc = np.where(is_stated, read.utc, of_zone.utc)
        return Instants(local, utc, np.where(is_stated, exact_to, of_zone.span_seconds))

    def _read(self, text: pa.StringArray, is_shifted: bool) -> Timestamps:
        """The fastest reading that fits first; `is_shifted`: bring offsets to the feed's zone."""
        if self._is_iso and (values := _cast(text)) is not None:
            return Timestamps(values, np.zeros(len(text), bool), _no_times(len(text)), True)
        found, utc = _no_times(len(text)), _no_times(len(text))
        left = np.flatnonzero(text.is_valid())
        characters = Characters(text)
        for layout in self._layouts:
            left = self._read_in_layout((found, utc), text, characters, layout, left, is_shifted)
        left = self._read_one_by_one((found, utc), text, left, is_shifted)
        is_unreadable = np.zeros(len(text), bool)
        is_unreadable[left] = True
        return Timestamps(pa.array(found, _TIME), is_unreadable, utc)

    def _read_in_layout(
        self,
        found: tuple[np.ndarray, np.ndarray],
        text: pa.StringArray,
        characters: Characters,
        layout: TimeLayout,
        left: np.ndarray,
        is_shifted: bool,
    ) -> np.ndarray:
        """Put in the times, local and UTC, of this layout; return the rows that are still left."""
        length = characters.length[left]
        has_tail = id(layout) in self._takes_tail and layout.has_time_of_day
        fits = left[(length >= layout.width) if has_tail else (length == layout.width)]
        if not len(fits):
            return left
        times, valid = layout.read(characters.rows(fits, layout.width))
        behind = np.flatnonzero(valid & (characters.length[fits] > layout.width))
        if len(behind):
            tails = pc.utf8_slice_codeunits(text.take(pa.array(fits[behind])), layout.width)
            times[behind], valid[behind], found[1][fits[behind]] = self._with_tails(
                times[behind], tails, is_shifted
            )
        found[0][fits[valid]] = times[valid]
        return np.setdiff1d(left, fits[valid], assume_unique=True)

    def _with_tails(
        self, times: np.ndarray, tails: pa.Array, is_shifted: bool
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Times moved by the fractions and offsets that follow them, which could be read, and the
        moments of those with an offset."""
        coded = tails.dictionary_encode()
        read = [_tail(tail) for tail in coded.dictionary.to_pylist()]
        code = coded.indices.to_numpy()
        valid = np.array([tail is not None for tail in read])[code]
        fraction = np.array([tail[0] if tail else 0 for tail in read], "m8[us]")[code]
        offset = np.array([tail[1] if tail else None for tail in read], "m8[us]")[code]
        times = times + fraction
        utc = times - offset
        zoned = ~np.isnat(offset)
        if is_shifted and zoned.any():
            times[zoned] = _local(utc[zoned], self._zone)
        return times, valid, utc

    def _read_one_by_one(
        self,
        found: tuple[np.ndarray, np.ndarray],
        text: pa.StringArray,
        left: np.ndarray,
        is_shifted: bool,
    ) -> np.ndarray:
        """Put in the times of no fixed width, each distinct text read once; return what is left."""
        if not len(left):
            return left
        coded = text.take(pa.array(left)).dictionary_encode()
        code = coded.indices.to_numpy()
        read = [self._read_text(written) for written in coded.dictionary.to_pylist()]
        known = np.array([time is not None for time in read])[code]
        stated = [time if isinstance(time, datetime) else None for time in read]
        local = [time and self._local(time, is_shifted) for time in stated]
        moments = [
            time.astimezone(UTC).replace(tzinfo=None) if time and time.tzinfo else None
            for time in stated
        ]
        for column, times in zip(found, (local, moments), strict=True):
            column[left[known]] = np.array(times, "M8[us]")[code][known]
        return left[~known]

    def _local(self, time: datetime, is_shifted: bool) -> datetime:
        local = time.astimezone(self._zone) if time.tzinfo and is_shifted else time
        return local.replace(tzinfo=None)

    def _read_text(self, written: str) -> datetime | str | None:
        """The time as stated; '' when the text says there is none; None when it cannot be read."""
        if _ABSENT.fullmatch(written):
            return ""
        for variant in self._stated:
            time = _parsed(written, variant)
            if time and FIRST_YEAR <= time.year <= LAST_YEAR:
                return time
        return None


def _parsed(written: str, date_format: str) -> datetime | None:
    try:
        return datetime.strptime(written, date_format)
    except ValueError:
        return None


def local_time(utc: datetime, zone: ZoneInfo) -> datetime:
    """A naive UTC time as the naive time of the zone."""
    return utc.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def _exact_to_seconds(text: pa.StringArray, is_cast: bool) -> np.ndarray:
    """How exactly each time is written, in seconds; 0 is a fraction of a second."""
    if is_cast:
        length = pc.fill_null(pc.binary_length(text), 0).to_numpy(zero_copy_only=False)
        return _EXACT_TO_OF_LENGTH[np.searchsorted(_LENGTHS, length)]
    exact_to = np.full(len(text), _DAY_SECONDS, np.int64)
    is_open = np.ones(len(text), bool)
    for pattern, seconds in _EXACT_TO_SECONDS:
        found = pc.fill_null(pc.match_substring_regex(text, pattern), False)
        found = found.to_numpy(zero_copy_only=False) & is_open
        exact_to[found] = seconds
        is_open &= ~found
    return exact_to


def _no_times(n: int) -> np.ndarray:
    return np.full(n, np.datetime64("NaT"), "M8[us]")


def _variants(date_format: str) -> list[str]:
    """The format; its date alone; its date with an ISO time of day. The date's order is stated."""
    day = _TIME_OF_DAY.sub("", date_format)
    listed = [date_format, day, f"{day} %H:%M", f"{day} %H:%M:%S"]
    return list(dict.fromkeys(listed if "%d" in day or "%-d" in day else [date_format]))


def _cast(text: pa.StringArray) -> pa.Array | None:
    """Arrow's own reading of ISO 8601, which checks every day; None when one text is not that."""
    try:
        values = pc.cast(text, _TIME)
    except pa.ArrowInvalid:
        return None
    span = pc.min_max(values)
    low, high = (np.datetime64(span[edge].as_py() or "1970-01-01", "us") for edge in ("min", "max"))
    return values if low >= _LOWEST and high < _HIGHEST else None


def _tail(text: str) -> tuple[timedelta, timedelta | None] | None:
    """What follows the seconds: a fraction and an offset from UTC, if any; None when neither."""
    stated = _TAIL.fullmatch(text)
    if not stated:
        return None
    fraction, utc, sign, hours, minutes = stated.groups()
    part = timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
    if utc or not sign:
        return part, timedelta() if utc else None
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return part, -offset if sign == "-" else offset


def _local(utc: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """UTC times as times of the zone. Its offset is asked for once in each quarter of an hour."""
    quarters, place = np.unique(utc.astype(np.int64) // _QUARTER_HOUR_US, return_inverse=True)
    shift = [_offset_at(int(quarter) * 900, zone) for quarter in quarters]
    return utc + np.array(shift, "m8[us]")[place]


def _offset_at(epoch_seconds: int, zone: ZoneInfo) -> timedelta:
    then = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch_seconds)
    return then.astimezone(zone).utcoffset() or timedelta()


def _century_before(days: pa.Array, not_after: date) -> pa.Array:
    """Dates behind `not_after`, a hundred years earlier."""
    read = [
        day.replace(year=day.year - 100) if day and day > not_after else day
        for day in days.to_pylist()
    ]
    return pa.array(read, pa.date32())
