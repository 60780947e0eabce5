"""Follow every patient through both rules: panels and exposures in, states and steps out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from transforms.course.courses import PATIENT_FLAG, STEP, Courses
from transforms.course.event import Event, ReplacementStarted, Result, events
from transforms.course.exposure import Exposures, read_exposures
from transforms.course.flag import Clinic, flag_row
from transforms.course.panel import ANALYTES, Panel, read_panels
from transforms.course.parameter import Parameters, load_parameters
from transforms.course.reason import Reasons, load_reasons
from transforms.course.rule import RULES, Rule
from transforms.course.state import NO_EVIDENCE, State
from transforms.course.urgent import is_urgent


@dataclass(frozen=True)
class _Knowledge:
    parameters: Mapping[str, Parameters]
    reasons: Mapping[str, Reasons]
    clinic: Clinic


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
    transforms/knowledge by name. What is dated after as_of is not seen. A patient whose state is
    no_evidence has no row in patient_flag. Rules 9.1 to 9.4b decide.
    """
    known = _load(knowledge, facilities, as_of)
    people = {row["patient_key"]: row for row in patients.to_pylist()}
    exposed = read_exposures(exposures, as_of)
    flags: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    for key, mine in sorted(_by_patient(panels).items()):
        histories = _histories(mine, exposed.get(key, Exposures()), known, as_of)
        urgent = is_urgent(histories["hyper_igm"], known.parameters["hyper_igm"])
        for rule in RULES:
            p = known.parameters[rule.rule_id]
            course = rule.course(histories[rule.rule_id], p)
            _, state = course[-1]
            steps += _steps(key, rule, course, known.reasons[rule.rule_id])
            if state.status != NO_EVIDENCE:
                mine_exposed = exposed.get(key, Exposures()).of_rule(rule.rule_id)
                row = flag_row(rule, state, mine_exposed, known.clinic, p)
                row["status_reason"] = known.reasons[rule.rule_id].status(state, as_of)
                flags.append({**row, **_person(people.get(key, {}), key), "urgent": urgent})
    return Courses(pa.Table.from_pylist(flags, PATIENT_FLAG), pa.Table.from_pylist(steps, STEP))


def _load(knowledge: Mapping[str, pa.Table], facilities: pa.Table, as_of: date) -> _Knowledge:
    numbers = knowledge["rule_parameter"]
    parameters = {rule.rule_id: load_parameters(numbers, rule.rule_id) for rule in RULES}
    sentences = knowledge["course_reason"]
    reasons = {rule_id: load_reasons(sentences, p) for rule_id, p in parameters.items()}
    return _Knowledge(parameters, reasons, Clinic.of(knowledge, facilities, as_of))


def _by_patient(panels: pa.Table) -> dict[str, list[Panel]]:
    patients: dict[str, list[Panel]] = {}
    for panel in read_panels(panels):
        patients.setdefault(panel.patient_key, []).append(panel)
    return patients


def _histories(
    panels: list[Panel], exposed: Exposures, known: _Knowledge, as_of: date
) -> dict[str, list[Event]]:
    return {
        rule.rule_id: events(
            [panel for panel in panels if panel.index_analyte == rule.index_analyte],
            exposed.of_rule(rule.rule_id),
            known.clinic.screened_facilities,
            as_of,
            known.parameters[rule.rule_id],
        )
        for rule in RULES
    }


def _steps(
    key: str, rule: Rule, course: Iterable[tuple[Event, State]], reasons: Reasons
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    before = NO_EVIDENCE
    for event, state in course:
        if isinstance(event, Result) or _changed(event, before, state):
            result = event if isinstance(event, Result) else None
            rows.append(
                {
                    "patient_key": key,
                    "rule_id": rule.rule_id,
                    "event_number": len(rows) + 1,
                    "event_on": event.day,
                    "event": state.step.event,
                    "is_counted": state.step.is_counted,
                    "reason_code": state.step.reason_code,
                    "reason": reasons.step(state, result or state.decided_by, event.day),
                    "status_after": state.status,
                    **_measurement_ids(result),
                }
            )
        before = state.status
    return rows


def _changed(event: Event, before: str, state: State) -> bool:
    """Whether an event that is no result is worth a step: it changed the state, or will."""
    if isinstance(event, ReplacementStarted):
        return state.is_replaced_since
    return state.status != before


def _measurement_ids(result: Result | None) -> dict[str, str | None]:
    if result is None:
        return {}
    ids = {f"{a}_measurement_id": getattr(result.panel, a).measurement_id for a in ANALYTES}
    return {"measurement_id": result.panel.measurement_id, **ids}


def _person(patient: Mapping[str, Any], key: str) -> dict[str, Any]:
    columns = ("patient_id", "assigning_authority", "sex", "birth_date")
    return {"patient_key": key, **{name: patient.get(name) for name in columns}}
