"""How long a supply lasts, in whole days (Duration and Quantity with units of time)."""

from __future__ import annotations

from typing import Any

from transforms.parse.fhir.element import member, text_of
from transforms.parse.hl7.duration import LONGEST_DAYS, duration_days
from transforms.parse.hl7.er7 import COMPONENT

_MOST_REPEATS = 99


def days_of(duration: Any) -> int | None:
    """The days, rounded up; None without a number or a unit of time."""
    number, unit = text_of(duration, "value"), text_of(duration, "code")
    unit = unit or text_of(duration, "unit")
    return duration_days(f"{number}{COMPONENT}{unit}") if number and unit else None


def days_supply(content: dict[str, Any]) -> int | None:
    """daysSupply of a dispensing; of a prescription the supply with all its repeats."""
    if dispensed := member(content, "daysSupply"):
        return days_of(dispensed)
    request = member(content, "dispenseRequest")
    days = days_of(member(request, "expectedSupplyDuration"))
    if days is None:
        return None
    repeats = text_of(request, "numberOfRepeatsAllowed") or "0"
    is_count = repeats.isascii() and repeats.isdigit() and int(repeats[:4]) <= _MOST_REPEATS
    return min(days * (1 + (int(repeats) if is_count else 0)), LONGEST_DAYS)
