"""HL7 v2 times (data type TS, DTM, DT): to a naive time of the facility's own zone.

Chapter 2A: YYYY[MM[DD[HH[MM[SS[.S...]]]]]][+/-ZZZZ]. The zone of MSH-7 holds for every time of the
message that states none. A time that is coarser than a day is not a time here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.raw.instant import HOUR_SECONDS, Instants, instants

_TS = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d+))?)?)?)?"
    r"(Z|[+-]\d\d:?\d\d|[+-]\d{3})?",
    re.ASCII,
)
_ISO_8601 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_PERIOD = re.compile(r"(\d{4})-?(\d\d)?", re.ASCII)
_BIRTH = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:$|[T ]|\d\d)", re.ASCII)
_DAY_SECONDS = 24 * HOUR_SECONDS
_EXACT_TO_SECONDS = {14: 1, 12: 60, 8: _DAY_SECONDS}  # by the number of digits


def local_time(text: str, zone: tzinfo, default: tzinfo | None = None) -> datetime | None:
    """The time `text` in `zone`, naive; None when it is absent, invalid or coarser than a day.

    A time without a zone of its own is in `default` (the zone of MSH-7), else in `zone`. A date
    without a time of day is never shifted.
    """
    if default is None and len(text) in (12, 14) and text.isdigit():
        try:
            return datetime.fromisoformat(f"{text[:8]}T{text[8:]}")
        except ValueError:
            return None
    stated = _TS.fullmatch(text) or _ISO_8601.fullmatch(text)
    return _shifted(stated, zone, default) if stated else None


def period(text: str) -> tuple[date | None, str | None]:
    """The first day of a year or a month (2023, 202303), and which it is; else (None, None)."""
    stated = _PERIOD.fullmatch(text)
    if not stated:
        return None, None
    day = _date(stated[1], stated[2] or "01", "01")
    return (day, "month" if stated[2] else "year") if day else (None, None)


def zone_of(text: str) -> tzinfo | None:
    """The offset stated at the end of a time, as in 20240315081500-0500; None without one."""
    stated = _TS.fullmatch(text) or _ISO_8601.fullmatch(text)
    return _offset(stated.group(8)) if stated and stated.group(8) else None


def default_zone(text: str, zone: tzinfo) -> tzinfo | None:
    """The zone of the times of a message that state none, by its MSH-7; None for `zone` itself.

    MSH-7 holds one offset, of one day. Where that is the facility's own offset on that day the
    sender keeps local time, and a summer specimen in a winter message is not an hour late.
    """
    offset = zone_of(text)
    at = local_time(text, zone)
    if offset is None or at is None:
        return offset
    return None if at.replace(tzinfo=zone).utcoffset() == offset.utcoffset(None) else offset


def sent_at(texts: pa.StringArray, zone: tzinfo) -> Instants:
    """When messages were sent, by the texts of MSH-7: local_time of each, and the moment meant.

    One coarser than a day has no local time, yet it lies within its month or year.
    """
    n = len(texts)
    local, exact_to = np.full(n, "NaT", "M8[us]"), np.ones(n, np.int64)
    length = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    is_open = length > 0
    for digits, seconds in _EXACT_TO_SECONDS.items():
        rows = np.flatnonzero(length == digits)
        if len(rows):
            local[rows], is_read = _plain_times(texts, rows, digits)
            exact_to[rows] = seconds
            is_open[rows[is_read]] = False
    sent = instants(local, exact_to, zone)
    for row in np.flatnonzero(is_open).tolist():
        at, sent.utc[row], sent.span_seconds[row] = _instant(texts[row].as_py(), zone)
        sent.local[row] = at if at else np.datetime64("NaT")
    return sent


def _instant(text: str, zone: tzinfo) -> tuple[datetime | None, np.datetime64, int]:
    """The local time of a text that is not digits only, the first moment it means, its span."""
    local, exact_to = local_time(text, zone), _DAY_SECONDS
    stated = _TS.fullmatch(text) or _ISO_8601.fullmatch(text)
    if local is None or stated is None:
        return _instant_of_period(text, zone)
    if stated[4]:
        fraction = "0" if stated[7] else None
        parts = zip((0, 1, 60), (fraction, stated[6], stated[5]), strict=True)
        exact_to = next((seconds for seconds, part in parts if part), HOUR_SECONDS)
        if stated[8]:
            return local, np.datetime64(local_time(text, UTC), "us"), exact_to
    return local, *_first_and_span(local, exact_to, zone)


def _instant_of_period(text: str, zone: tzinfo) -> tuple[None, np.datetime64, int]:
    """The same of a month or a year, which is no time."""
    first, kind = period(text)
    if first is None:
        return None, np.datetime64("NaT", "us"), 0
    year, month = (first.year + 1, 1) if kind == "year" else divmod(first.month, 12)
    if kind == "month":
        year, month = first.year + year, month + 1
    try:
        n_days = (date(year, month, 1) - first).days
    except ValueError:  # the year 9999
        return None, np.datetime64("NaT", "us"), 0
    midnight = datetime(first.year, first.month, 1)
    return None, *_first_and_span(midnight, n_days * _DAY_SECONDS, zone)


def _first_and_span(local: datetime, exact_to: int, zone: tzinfo) -> tuple[np.datetime64, int]:
    found = instants(np.array([local], "M8[us]"), np.array([exact_to]), zone)
    return found.utc[0], int(found.span_seconds[0])


def local_times(
    texts: pa.StringArray, zone: tzinfo, defaults: Sequence[tzinfo | None] | None = None
) -> np.ndarray:
    """local_time of each text as datetime64[us], NaT for None; `defaults` are per text."""
    times = np.full(len(texts), "NaT", "M8[us]")
    length = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    is_open = length > 0
    if defaults is None:
        for digits in (14, 12, 8):
            rows = np.flatnonzero(length == digits)
            if len(rows):
                times[rows], is_read = _plain_times(texts, rows, digits)
                is_open[rows[is_read]] = False
    for row in np.flatnonzero(is_open).tolist():
        default = defaults[row] if defaults else None
        times[row] = local_time(texts[row].as_py(), zone, default)
    return times


def _plain_times(texts: pa.StringArray, rows: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The times of texts of n digits, and which of the texts are digits only."""
    _, offsets, characters = texts.buffers()
    start = np.frombuffer(offsets, np.int32)[texts.offset + rows]
    digits = np.frombuffer(characters, np.uint8)[start[:, None] + np.arange(n)] - ord("0")
    is_read = (digits <= 9).all(axis=1)
    digits = digits.astype(np.int32)
    year = digits[:, :4] @ [1000, 100, 10, 1]
    month, day, hour, minute, second = (
        digits[:, k] * 10 + digits[:, k + 1] if k < n else np.zeros(len(rows), np.int32)
        for k in (4, 6, 8, 10, 12)
    )
    first = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    midnight = first.astype("M8[D]") + (day - 1)
    is_valid = is_read & (year > 0) & (month >= 1) & (month <= 12) & (day >= 1)
    is_valid &= (midnight.astype("M8[M]") == first) & (hour < 24) & (minute < 60) & (second < 60)
    time = midnight.astype("M8[us]") + ((hour * 60 + minute) * 60 + second) * np.int64(10**6)
    return np.where(is_valid, time, np.datetime64("NaT")), is_read


def birth_date(text: str) -> date | None:
    """The date part of PID-7 as written, never shifted by a zone; None when partial or invalid."""
    if len(text) == 8 and text.isdigit():
        return _date(text, text[4:6], text[6:])
    if not (_TS.fullmatch(text) or _ISO_8601.fullmatch(text)):
        return None
    written = _BIRTH.match(text)
    return _date(*written.groups()) if written else None


def birth_dates(texts: pa.StringArray) -> pa.Date32Array:
    """birth_date of each text."""
    length = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    born = np.full(len(texts), "NaT", "M8[us]")
    is_open = length > 0
    rows = np.flatnonzero(length == 8)
    if len(rows):
        born[rows], is_read = _plain_times(texts, rows, 8)
        is_open[rows[is_read]] = False
    for row in np.flatnonzero(is_open).tolist():
        born[row] = birth_date(texts[row].as_py())
    return pa.array(born.astype("M8[D]"))


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year[:4]), int(month), int(day))
    except ValueError:
        return None


def _shifted(stated: re.Match, zone: tzinfo, default: tzinfo | None) -> datetime | None:
    """The matched time, brought to `zone` from its own offset, else from `default`."""
    year, month, day, hour, minute, second, fraction, offset = stated.groups()
    try:
        time = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0")[:6].ljust(6, "0")),
        )
        sent_in = _offset(offset) if offset else default
        if offset and sent_in is None:
            return None
        if hour is None or sent_in is None:
            return time
        return time.replace(tzinfo=sent_in).astimezone(zone).replace(tzinfo=None, fold=0)
    except (ValueError, OverflowError):
        return None


def _offset(text: str) -> tzinfo | None:
    """-0500, -05:00, -500 (seen without its leading zero) and Z; None beyond a day."""
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "").zfill(4)
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if shift >= timedelta(days=1):
        return None
    return timezone(-shift if text[0] == "-" else shift)
