"""FHIR's times (date, dateTime, instant): local to the facility, and the moment that is meant."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from transforms.parse.fhir.element import member, text
from transforms.parse.hl7.timestamp import local_time, period, zone_of
from transforms.parse.raw.instant import HOUR_SECONDS, instants

_FIRST_YEAR, _LAST_YEAR = 1, 9999
_FORMS_OF_TIME = (("DateTime",), ("Instant",), ("Period", "start"), ("Period", "end"))
_DAY_CHARS = len("2024-01-31")
_MINUTE_CHARS = len("2024-01-31T08:15")


class Moment(NamedTuple):
    """A time: naive and local, the earliest moment in UTC that it may mean, and how many seconds
    later that may have been. All None where it cannot be read to the day."""

    local: datetime | None = None
    utc: datetime | None = None
    span_seconds: int | None = None


@lru_cache(maxsize=1 << 14)
def moment(written: str, zone: tzinfo) -> Moment:
    """The moment of an instant or dateTime; one without an offset is in `zone`."""
    local = local_time(written, zone)
    if local is None or not _FIRST_YEAR < local.year < _LAST_YEAR:
        return Moment(local)  # no moment is known of what fills a field, as 9999-12-31
    exact_to = 0 if "." in written else 60 if len(written) == _MINUTE_CHARS else 1
    if len(written) <= _DAY_CHARS:
        exact_to = 24 * HOUR_SECONDS
    elif zone_of(written):
        return Moment(local, local_time(written, UTC), exact_to)
    found = instants(np.array([local], "M8[us]"), np.array([exact_to]), zone)
    return Moment(local, found.utc[0].item(), int(found.span_seconds[0]))


class Day(NamedTuple):
    """A day, and how exactly it is known: `day`, `month`, `year`, `unread` (stated, and none);
    both None where nothing was stated."""

    day: date | None = None
    precision: str | None = None


UNREAD = Day(None, "unread")


def first_day(written: str | None, zone: tzinfo) -> Day:
    """The day; of a month or a year its first."""
    return _day(written, zone)


def last_day(written: str | None, zone: tzinfo) -> Day:
    """The day; of a month or a year its last."""
    found = _day(written, zone)
    if found.day and found.precision != "day":
        year, month = found.day.year, 12 if found.precision == "year" else found.day.month
        return Day(date(year, month, monthrange(year, month)[1]), found.precision)
    return found


@lru_cache(maxsize=1 << 14)
def _day(written: str | None, zone: tzinfo) -> Day:
    if not written:
        return Day()
    if time := local_time(written, zone):
        return Day(time.date(), "day")
    day, precision = period(written)
    return Day(day, precision) if day else UNREAD


def stated_time(resource: Any, name: str) -> tuple[str | None, str | None]:
    """The time of a choice such as effective[x], the start of a period, and the element's name."""
    if not resource:
        return None, None
    for form, *below in _FORMS_OF_TIME:
        if stated := text(member(resource, name + form, *below)):
            return stated, ".".join([name + form, *below])
    return None, None
