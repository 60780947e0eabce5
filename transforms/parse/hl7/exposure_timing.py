"""When a drug is to be given: TQ (ORC-7, RXE-1, RXG-3) and TQ1, one or several together.

A course of several parts, as a taper, runs from the first start to the last end. Its length is that
of all parts, or of the longest where they run side by side (conjunction A of HL7 table 0472).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.duration import duration_days
from transforms.parse.hl7.er7 import COMPONENT, REPETITION

_BESIDE = "A"  # asynchronous


class Timing(NamedTuple):
    """One specification as sent: first and last time, duration, conjunction with the next."""

    start: str = ""
    end: str = ""
    duration: str = ""
    conjunction: str = ""


class Course(NamedTuple):
    """First and last time as sent, '' where not said; days None where no length is."""

    start: str = ""
    end: str = ""
    days: int | None = None


def timings_of_tq(field: str) -> list[Timing]:
    """One for each repetition: the fourth, fifth, third and ninth component."""
    if not field:
        return []
    stated = ([*each.split(COMPONENT, 9), *[""] * 9] for each in field.split(REPETITION))
    return [Timing(part[3], part[4], part[2], part[8]) for part in stated]


def timing_of_tq1(fields: Sequence[str]) -> Timing:
    """TQ1-7, TQ1-8, TQ1-6, TQ1-12."""
    return Timing(fields[7], fields[8], fields[6], fields[12])


def course_of(timings: Sequence[Timing]) -> Course:
    """What several timings say together; an end or a length only where each part has one."""
    starts = [timing.start for timing in timings if timing.start]
    ends = [timing.end for timing in timings if timing.end]
    end = max(ends) if ends and len(ends) == len(timings) else ""
    return Course(min(starts, default=""), end, _days(timings))


def _days(timings: Sequence[Timing]) -> int | None:
    lengths = [duration_days(timing.duration) for timing in timings]
    days = [length for length in lengths if length is not None]
    if not days or len(days) < len(lengths):
        return None
    is_beside = any(datatype.first(timing.conjunction) == _BESIDE for timing in timings)
    return (max(days) if is_beside else sum(days)) or None
