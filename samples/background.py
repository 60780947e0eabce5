"""The healthy and ordinarily ill people of the demonstration, drawn from the courses.

Among a few hundred of them the people of cast.py have to be found, as in a hospital.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from samples.cast import FACILITIES, NIGHTS, night_of
from samples.course import ISOTYPES, Course, Draw, courses, draw
from samples.order import (
    Exposure,
    Order,
    Patient,
    Result,
    abnormal_flag,
    clock,
    range_text,
    reference_range,
    value_text,
)
from samples.ordinary import ordinary_of

BEGIN = NIGHTS[0] - timedelta(days=90)  # the first day on which an ordinary exposure is told
SILENT = "northgate"  # sends no exposures
PREFIXES = {"northgate": "NG8", "riverside": "RV8", "lakeside": "LK8"}


def background(seed: int) -> tuple[list[Order], list[Exposure]]:
    """Orders and exposures of the unnamed people of all courses; the same for the same seed."""
    rng = np.random.default_rng(seed)
    numbers: Counter[str] = Counter()
    orders: list[Order] = []
    exposures: list[Exposure] = []
    for course in courses():
        drawn = draw(course, course.demo_patients, rng)
        for person in range(course.demo_patients):
            facility = _facility(course, sum(numbers.values()))
            numbers[facility] += 1
            patient_id = f"{PREFIXES[facility]}{numbers[facility]:03d}"
            of_person = list(_orders(patient_id, facility, drawn, person, len(orders)))
            orders += of_person
            exposures += _exposures(course, of_person)
    return orders, exposures


def _facility(course: Course, turn: int) -> str:
    """Facilities in turn; northgate sends no exposures, so those who have one go elsewhere."""
    possible = list(FACILITIES)[1 if course.exposure else 0 :]
    return possible[turn % len(possible)]


def _orders(
    patient_id: str, facility: str, drawn: Draw, person: int, n_before: int
) -> Iterator[Order]:
    days = [NIGHTS[-1] - timedelta(days=int(d)) for d in drawn.days_before_end[person]]
    birth_date = days[0] - timedelta(days=int(drawn.age_days[person]))
    patient = Patient(patient_id, facility, birth_date, str(drawn.sex[person]))
    for test, day in enumerate(days):
        number = f"C{n_before + test + 1:05d}"
        taken = clock(number, day)
        values = {isotype: float(drawn.value[isotype][person, test]) for isotype in ISOTYPES}
        results = tuple(_results(values, patient, day))
        reported = taken + timedelta(hours=3)
        yield Order(number, patient, night_of(day), taken, reported, "serum", results)


def _results(values: dict[str, float], patient: Patient, day: date) -> Iterator[Result]:
    facility = FACILITIES[patient.facility]
    for test, grams_per_litre in values.items():
        value = value_text(test, grams_per_litre, facility.UNITS)
        limits = reference_range(facility.TABLE, test, patient, day, facility.UNITS)
        printed = range_text(limits)
        yield Result(test, value, facility.UNITS, printed, abnormal_flag(value, printed), "F")


def _exposures(course: Course, orders: list[Order]) -> Iterator[Exposure]:
    if not course.exposure:
        return
    first, last = orders[0].collected_at.date(), orders[-1].collected_at.date()
    after = course.exposed_after_days
    yield Exposure(
        patient=orders[0].patient,
        night=orders[0].night,
        key=course.exposure,
        start_on=first - timedelta(days=course.exposed_before_days),
        end_on=None if after is None else last + timedelta(days=after),
    )


def ordinary_exposures(orders: list[Order]) -> Iterator[Exposure]:
    """What some of the people with these orders take, renewed until the last night."""
    patients = {order.patient.id: order.patient for order in orders}
    for patient in patients.values():
        if patient.facility == SILENT:
            continue
        for key, start, end in ordinary_of(patient.id, patient.birth_date, BEGIN, NIGHTS[-1]):
            yield Exposure(patient, night_of(start), key, start, end)
