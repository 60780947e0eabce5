"""Task: a repeat of the test, proposed. From the day it is due to the day it is overdue.

`restriction.period` is the time in which it is sought, as R4 says; `executionPeriod` is the day on
which it was done, and is missing until then. Nobody has ordered it: the intent is a proposal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from igwatch.exchange.fhir.detected_issue import issue_id
from igwatch.exchange.fhir.element import (
    Element,
    code,
    coded,
    concept,
    day,
    named,
    own_coding,
    reference,
    resource,
    said,
)
from igwatch.exchange.fhir.published import PublishedPatient, Row
from igwatch.exchange.fhir.resource_id import ResourceIds

_KIND = "Task"


def repeat_tasks(
    patient: PublishedPatient,
    patient_id: str,
    observation_ids: Mapping[str, str],
    ids: ResourceIds,
    clinic: str,
) -> list[Element]:
    """The repeats of a patient that are ahead, due or overdue, and those that are over."""
    made = [*_open(patient), *_over(patient, observation_ids)]
    tasks: dict[str, Element] = {}
    for rule_id, due_on, members in made:
        task_id = ids.of(_KIND, patient.key, rule_id, due_on)
        about = reference("DetectedIssue", issue_id(patient, rule_id, ids))
        is_flagged = any(flag["rule_id"] == rule_id for flag in patient.flag)
        tasks.setdefault(
            task_id,
            resource(
                _KIND,
                task_id,
                intent=code("Task.intent"),
                code=concept(coded("Task.code", "repeat")),
                focus=about if is_flagged else None,
                for_=reference("Patient", patient_id),
                owner=named("Organization", clinic),
                **members,
            ),
        )
    return [*tasks.values()]


def gone_task(was: Element) -> Element:
    """The Task of an earlier export that nothing asks for any more."""
    kept = ("resourceType", "id", "intent", "code", "for", "owner", "restriction")
    return {
        **{name: was[name] for name in kept if name in was},
        "status": code("Task.status", "gone"),
    }


def _open(patient: PublishedPatient) -> Iterator[tuple[str, object, Element]]:
    for flag in patient.flag:
        status = code("Task.status", flag["status"])
        if not (status and flag["repeat_due_on"]):
            continue
        answered = own_coding("verdict", flag["verdict"]) if flag["is_answered"] else None
        tests = [row for row in patient.request if row["rule_id"] == flag["rule_id"]]
        yield (
            flag["rule_id"],
            flag["repeat_due_on"],
            {
                "status": code("Task.status", "answered") if answered else status,
                "statusReason": concept(answered),
                "businessStatus": concept(own_coding("status", flag["status"])),
                "restriction": _sought(flag),
                "input": [_ordered(row) for row in tests],
            },
        )


def _over(
    patient: PublishedPatient, observation_ids: Mapping[str, str]
) -> Iterator[tuple[str, object, Element]]:
    for row in patient.repeat:
        done_on, result = day(row["repeated_on"]), observation_ids.get(row["repeat_measurement_id"])
        yield (
            row["rule_id"],
            row["due_on"],
            {
                "status": code("Task.status", row["ended_by"]),
                "statusReason": concept(own_coding("task", row["ended_by"])),
                "restriction": {"period": {"start": day(row["due_on"])}},
                "executionPeriod": {"start": done_on, "end": done_on} if done_on else None,
                "output": [
                    {
                        "type": concept(coded("Task.output.type", "repeat")),
                        "valueReference": reference("Observation", result),
                    }
                ]
                if result
                else None,
            },
        )


def _sought(flag: Row) -> Element:
    period = {"start": day(flag["repeat_due_on"]), "end": day(flag["repeat_overdue_on"])}
    return {"period": {name: on for name, on in period.items() if on}}


def _ordered(row: Row) -> Element:
    text = said(f"{row['test']} ({row['tube']})" if row["tube"] else row["test"])
    return {"type": concept(coded("Task.input.type", "order")), "valueString": text}
