"""How long a service goes on, in whole days: TQ-3 and CQ as in TQ1-6.

TQ-3 (chapter 4.3.3) begins with its unit: D14, W2, L1 (months), H12, M30 (minutes), S45; INDEF is
without end, X3 and T5 are how often and how much. CQ is a number and its unit: 14^D. Senders write
each where the other belongs. duration_unit.csv has the units by form: M is months as a unit of its
own and minutes beside its number (M30, 30M); a month is a twelfth of a year of 365.25 days.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from math import ceil
from pathlib import Path

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.er7 import COMPONENT, SUBCOMPONENT

LONGEST_DAYS = 36_525  # a century is said where there is no end, as the year 9999 is
_DAY_SECONDS = 86_400
_PARTS = re.compile(rf"[{re.escape(COMPONENT + SUBCOMPONENT)}]")
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,6})?", re.ASCII)
_PREFIXED = re.compile(rf"([A-Z]) ?({_NUMBER.pattern})", re.ASCII)
_COUNTED = re.compile(rf"({_NUMBER.pattern}) ?([A-Z]+)", re.ASCII)


def duration_days(stated: str) -> int | None:
    """The days, rounded up; 0 of what is done once, None of what says no length."""
    parts = [(datatype.leaf(part) or "").upper() for part in _PARTS.split(stated)[:2]]
    number, unit = [*parts, ""][:2]
    if unit:
        return _days(number, "unit", unit)
    if ("word", number) in _units():
        return 0
    if found := _PREFIXED.fullmatch(number):
        return _days(found[2], "prefix", found[1])
    if found := _COUNTED.fullmatch(number):
        is_letter = ("prefix", found[2]) in _units()
        return _days(found[1], "prefix" if is_letter else "unit", found[2])
    return None


def _days(number: str, form: str, unit: str) -> int | None:
    seconds = _units().get((form, unit))
    if not seconds or not _NUMBER.fullmatch(number):
        return None
    days = ceil(float(number) * seconds / _DAY_SECONDS)
    return days if 0 < days <= LONGEST_DAYS else None


@cache
def _units() -> dict[tuple[str, str], int]:
    """Seconds by form and unit as sent."""
    with Path(__file__).with_name("duration_unit.csv").open(encoding="utf-8") as file:
        return {(r["form"], r["as_sent"]): int(r["seconds"]) for r in csv.DictReader(file)}
