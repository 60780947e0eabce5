"""Follow every patient through every rule: panels and exposures in, states and steps out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Any

import pyarrow as pa

from igwatch.base.process_pool import process_pool
from transforms.course.explained import causes_around, is_broad_deficiency, unreviewed_drugs
from transforms.course.exposure import Exposures, read_exposures
from transforms.course.fold_output import PATIENT_FLAG, STEP, Courses
from transforms.course.notice import Notice, notice_of
from transforms.course.panel import Panel, read_panels
from transforms.course.patient_flag import RuleContext, flag_row
from transforms.course.patient_history import History, histories
from transforms.course.rule_settings import SettingsByFacility
from transforms.course.state import NO_EVIDENCE

KEY = "patient_key"
AT_ONCE = 2_000  # patients whose courses are in memory together
SHARED_FROM = 20_000  # patients: of fewer one process is done before another has begun

Cohort = tuple[pa.Table, pa.Table, pa.Table]
"""Panels, exposures and patients of the same people."""


def follow(
    panels: pa.Table,
    exposures: pa.Table,
    patients: pa.Table,
    facilities: pa.Table,
    knowledge: Mapping[str, pa.Table],
    as_of: date,
    processes: int = 1,
) -> Courses:
    """The state of each patient under each rule at the end of as_of, and every step to it.

    panels: rows of core.panel; exposures: of core.exposure; patients: of core.patient;
    facilities: facility, exposure_feed, reference_set; knowledge: the tables of
    transforms/knowledge by name, and `facility_rule` where facilities override (override.py).
    What is dated after as_of is not seen. A patient whose state is no_evidence has no row in
    patient_flag. Rules 9.1 to 9.4b decide. Many patients are shared by up to so many processes;
    the courses are the same, in order of patient_key.
    """
    book = SettingsByFacility.of(knowledge, facilities, as_of)
    cohorts = list(_cohorts(panels, exposures, patients))
    fold = partial(_follow_cohort, book, as_of)
    if processes > 1 and len(cohorts) * AT_ONCE > SHARED_FROM:
        with process_pool(processes) as pool:
            followed = list(pool.map(fold, cohorts))
    else:
        followed = [fold(cohort) for cohort in cohorts]
    return Courses(
        pa.concat_tables([PATIENT_FLAG.empty_table(), *(c.patient_flag for c in followed)]),
        pa.concat_tables([STEP.empty_table(), *(c.step for c in followed)]),
    )


def _cohorts(*tables: pa.Table) -> Iterator[Cohort]:
    """The patients that have panels, so many at a time, with all rows of each."""
    ordered = [table.sort_by(KEY) for table in tables]
    keys = [table[KEY].to_pylist() for table in ordered]
    known = sorted(set(keys[0]))
    edges = [*known[::AT_ONCE], known[-1] + "\0"] if known else []
    for first, end in pairwise(edges):
        spans = (range(bisect_left(k, first), bisect_left(k, end)) for k in keys)
        # taken, not sliced: a slice travels to another process with the whole table
        rows = [pa.array(span, pa.int64()) for span in spans]
        yield tuple(table.take(mine) for table, mine in zip(ordered, rows, strict=True))


def _follow_cohort(book: SettingsByFacility, as_of: date, cohort: Cohort) -> Courses:
    panels, exposures, patients = cohort
    people = {row[KEY]: row for row in patients.to_pylist()}
    exposed = read_exposures(exposures, as_of)
    flags: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    for key, mine in sorted(_by_patient(panels).items()):
        person = _person(people.get(key, {}), key)
        found = histories(mine, exposed.get(key, Exposures()), book, as_of)
        notice = notice_of(found, as_of)
        for history in found.values():
            steps += history.steps(key)
            if history.state.status != NO_EVIDENCE:
                flags.append({**flag_of(history, book.clinic, notice), **person})
    return Courses(pa.Table.from_pylist(flags, PATIENT_FLAG), pa.Table.from_pylist(steps, STEP))


def flag_of(history: History, clinic: RuleContext, notice: Notice) -> dict[str, Any]:
    """The row of flag.patient_flag that a history ends in, without the person."""
    settings, state = history.settings, history.state
    asks = notice.asks_for_electrophoresis
    row = flag_row(history.rule, state, history.exposures, clinic, settings.parameters, asks)
    return {
        **row,
        **notice.columns(),
        "status_reason": settings.reasons.status(state, clinic.as_of),
        "settled_by": settings.reasons.settled_by(state),
        "is_broad_deficiency": is_broad_deficiency(history),
        "causes": causes_around(history),
        "unreviewed_drugs": unreviewed_drugs(history),
    }


def _by_patient(panels: pa.Table) -> dict[str, list[Panel]]:
    patients: dict[str, list[Panel]] = {}
    for panel in read_panels(panels):
        patients.setdefault(panel.patient_key, []).append(panel)
    return patients


def _person(patient: Mapping[str, Any], key: str) -> dict[str, Any]:
    columns = ("patient_id", "assigning_authority", "sex", "birth_date")
    return {"patient_key": key, **{name: patient.get(name) for name in columns}}
