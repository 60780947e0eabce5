"""Follow every patient through both rules: panels and exposures in, states and steps out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from transforms.course.courses import PATIENT_FLAG, STEP, Courses
from transforms.course.exposure import Exposures, read_exposures
from transforms.course.flag import Clinic, flag_row
from transforms.course.history import History, histories
from transforms.course.panel import Panel, read_panels
from transforms.course.rulebook import Rulebook
from transforms.course.state import NO_EVIDENCE
from transforms.course.urgent import is_urgent


def follow(
    panels: pa.Table,
    exposures: pa.Table,
    patients: pa.Table,
    facilities: pa.Table,
    knowledge: Mapping[str, pa.Table],
    as_of: date,
) -> Courses:
    """The state of each patient under each rule at the end of as_of, and every step to it.

    panels: rows of core.panel; exposures: of core.exposure; patients: of core.patient;
    facilities: facility, exposure_feed, reference_set; knowledge: the tables of
    transforms/knowledge by name, and `facility_rule` where facilities override (override.py).
    What is dated after as_of is not seen. A patient whose state is no_evidence has no row in
    patient_flag. Rules 9.1 to 9.4b decide.
    """
    book = Rulebook.of(knowledge, facilities, as_of)
    people = {row["patient_key"]: row for row in patients.to_pylist()}
    exposed = read_exposures(exposures, as_of)
    flags: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    for key, mine in sorted(_by_patient(panels).items()):
        person = _person(people.get(key, {}), key)
        found = histories(mine, exposed.get(key, Exposures()), book, as_of)
        urgent = urgent_of(found)
        for history in found.values():
            steps += history.steps(key)
            if history.state.status != NO_EVIDENCE:
                flags.append({**flag_of(history, book.clinic), **person, "urgent": urgent})
    return Courses(pa.Table.from_pylist(flags, PATIENT_FLAG), pa.Table.from_pylist(steps, STEP))


def flag_of(history: History, clinic: Clinic) -> dict[str, Any]:
    """The row of flag.patient_flag that a history ends in, without the person and the notice."""
    ruling, state = history.ruling, history.state
    row = flag_row(history.rule, state, history.exposures, clinic, ruling.parameters)
    return {**row, "status_reason": ruling.reasons.status(state, clinic.as_of)}


def urgent_of(found: Mapping[str, History]) -> bool:
    higm = found["hyper_igm"]
    return is_urgent(higm.events, higm.ruling.parameters)


def _by_patient(panels: pa.Table) -> dict[str, list[Panel]]:
    patients: dict[str, list[Panel]] = {}
    for panel in read_panels(panels):
        patients.setdefault(panel.patient_key, []).append(panel)
    return patients


def _person(patient: Mapping[str, Any], key: str) -> dict[str, Any]:
    columns = ("patient_id", "assigning_authority", "sex", "birth_date")
    return {"patient_key": key, **{name: patient.get(name) for name in columns}}
