"""The people of the demonstration that are described one by one: published and invented.

cast.csv holds the invented results, published_case.csv the published ones, placement.csv where
and when a published patient is tested here. Every row becomes one order.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from samples import lakeside, northgate, riverside
from samples.course import ISOTYPES
from samples.data_file import keyed, rows
from samples.order import (
    Exposure,
    Order,
    Patient,
    Result,
    abnormal_flag,
    age_days,
    clock,
    range_text,
    reference_range,
)

FACILITIES = {"northgate": northgate, "riverside": riverside, "lakeside": lakeside}
NIGHTS = tuple(
    date.fromisoformat(day)
    for day in ("2024-06-03", "2024-07-15", "2024-09-16", "2024-12-16", "2025-03-31", "2025-08-04")
)


def night_of(day: date) -> int:
    """The first night, counted from 1, on or after `day`."""
    return next(number for number, night in enumerate(NIGHTS, 1) if day <= night)


def cast_orders() -> Iterator[Order]:
    """The invented orders of cast.csv."""
    for number, row in enumerate(rows("cast"), 1):
        patient = Patient(
            id=row["patient_id"],
            facility=row["facility"],
            birth_date=_day(row["birth_date"]),
            sex=row["sex"],
            hostile="hostile name" in row["shows"],
        )
        yield _order(row, patient, row["order_number"] or f"A{number:05d}")


def _order(row: dict[str, str], patient: Patient, number: str) -> Order:
    night, day = int(row["night"]), date.fromisoformat(row["collected_on"])
    oddity, _, titre = row["extra"].partition("=")
    results = list(_cast_results(row, patient, day))
    if titre:
        results.append(Result(oddity, titre, "index", "", "", row["status"]))
    taken = clock(number, day)
    arrived = taken if night_of(day) == night else clock(number, NIGHTS[night - 1])
    reported = arrived + timedelta(hours=3)
    return Order(number, patient, night, taken, reported, row["specimen"], tuple(results), oddity)


def _cast_results(row: dict[str, str], patient: Patient, day: date) -> Iterator[Result]:
    facility = FACILITIES[row["facility"]]
    sent = [test for test in (*ISOTYPES, "ige") if row[test]]
    # One letter is the status of every result; three are those of IgG, IgA and IgM.
    for test, status in zip(sent, row["status"] * len(sent), strict=False):
        units = row["unit_igm"] if test == "igm" and row["unit_igm"] else facility.UNITS
        limits = None
        if row["specimen"] == "serum":
            limits = reference_range(facility.TABLE, test, patient, day, facility.UNITS)
        printed = row["range_igm"] if test == "igm" and row["range_igm"] else range_text(limits)
        code = row["code_igm"] if test == "igm" else test
        comment = row["comment"] if test == sent[-1] else ""
        flag = abnormal_flag(row[test], printed)
        yield Result(code, row[test], units, printed, flag, status, comment)


def published_orders() -> Iterator[Order]:
    """The published patients, values and units as printed, on the days of placement.csv."""
    places = keyed("placement", "patient")
    for number, case in enumerate(rows("published_case"), 1):
        if not case["days_since_first"] and "#" in case["case_id"]:
            continue  # a later test whose interval the paper does not print
        place = places[case["patient"]]
        first = date.fromisoformat(place["first_collected_on"])
        day = first + timedelta(days=int(case["days_since_first"] or 0))
        birth_date = _day(place["birth_date"])
        patient = Patient(place["patient_id"], place["facility"], birth_date, case["sex"])
        taken = clock(f"B{number:05d}", day)
        results = tuple(_published_results(case, patient, day))
        reported = taken + timedelta(hours=3)
        yield Order(f"B{number:05d}", patient, night_of(day), taken, reported, "serum", results)


def _published_results(case: dict[str, str], patient: Patient, day: date) -> Iterator[Result]:
    facility = FACILITIES[patient.facility]
    for test in (*ISOTYPES, "ige"):
        if not case[test]:
            continue
        units = case[f"unit_{test}"]
        printed = case.get(f"ref_{test}", "")
        if not printed and units == facility.UNITS and age_days(patient, day) is not None:
            printed = range_text(reference_range(facility.TABLE, test, patient, day, units))
        flag = abnormal_flag(case[test], printed)
        comment = f"published case {case['case_id']}"
        yield Result(test, case[test], units, printed, flag, "F", comment)


def patients(orders: list[Order]) -> dict[str, Patient]:
    """Each patient of these orders by identifier."""
    return {order.patient.id: order.patient for order in orders}


def cast_exposures(known: dict[str, Patient]) -> list[Exposure]:
    """The exposures of cast_exposure.csv."""
    return [
        Exposure(
            patient=known[row["patient_id"]],
            night=int(row["night"]),
            key=row["exposure"],
            start_on=date.fromisoformat(row["start_on"]),
            end_on=_day(row["end_on"]),
        )
        for row in rows("cast_exposure")
    ]


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None
