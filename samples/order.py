"""One laboratory order as it is reported: who, when, and the results, before any format.

The facilities differ only in how they write an order, so all of them are given the same one.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from samples.data_file import keyed
from samples.limits import printed_range

PER_DECILITRE = 100  # mg/dL in one g/L


@dataclass(frozen=True)
class Patient:
    """An invented identity; `id` is empty where the sender names nobody."""

    id: str
    facility: str
    birth_date: date | None
    sex: str
    hostile: bool = False


class Result(NamedTuple):
    """One result as printed: text value, unit and range; `test` is a key of code.csv."""

    test: str
    value: str
    units: str
    reference_range: str
    abnormal_flag: str
    status: str
    comment: str = ""


@dataclass(frozen=True)
class Order:
    """An order with its results. Times are local to the facility.

    `night` is the number of the delivery that it arrives in, from 1. `oddity` is what is wrong
    with how it is written, '' where nothing is.
    """

    number: str
    patient: Patient
    night: int
    collected_at: datetime
    resulted_at: datetime
    specimen: str
    results: tuple[Result, ...]
    oddity: str = ""


@dataclass(frozen=True)
class Exposure:
    """One exposure of a patient, sent in the night `night`; `key` is a row of exposure.csv."""

    patient: Patient
    night: int
    key: str
    start_on: date
    end_on: date | None


def clock(number: str, day: date) -> datetime:
    """A time between 07:00 and 15:59 on `day`, always the same for one order number."""
    minute = zlib.crc32(number.encode()) % 540
    return datetime.combine(day, time(7)) + timedelta(minutes=minute)


def age_days(patient: Patient, day: date) -> int | None:
    return None if patient.birth_date is None else (day - patient.birth_date).days


def reference_range(
    table: str, test: str, patient: Patient, day: date, units: str
) -> tuple[float, float] | None:
    """The range of `table` in `units` (g/L or mg/dL) for this patient on this day."""
    limits = printed_range(table, test, age_days(patient, day))
    if limits is None:
        return None
    if units == "g/L":
        return limits
    low, high = limits
    return low * PER_DECILITRE, high * PER_DECILITRE


def range_text(limits: tuple[float, float] | None) -> str:
    return "" if limits is None else f"{limits[0]:.4g}-{limits[1]:.4g}"


def abnormal_flag(value: str, range_as_printed: str) -> str:
    """The laboratory's own interpretation (OBX-8), L, N or H; '' where it cannot give one."""
    low, _, high = range_as_printed.partition("-")
    try:
        number, low_limit, high_limit = float(value.lstrip("<")), float(low), float(high)
    except ValueError:
        return ""
    if number < low_limit:
        return "L"
    return "H" if number > high_limit else "N"


def value_text(test: str, grams_per_litre: float, units: str) -> str:
    """A measured value as a laboratory prints it: rounded, `<limit` below the detection limit."""
    row = keyed("code", "test")[test]
    detection_limit = float(row["floor_g_per_l"])
    scale, decimals = (
        (1, int(row["decimals_g_per_l"]))
        if units == "g/L"
        else (PER_DECILITRE, int(row["decimals_mg_per_dl"]))
    )
    if grams_per_litre < detection_limit:
        return f"<{detection_limit * scale:.{decimals}f}"
    return f"{grams_per_litre * scale:.{decimals}f}"
