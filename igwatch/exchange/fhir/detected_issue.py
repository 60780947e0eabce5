"""DetectedIssue: a flag. A pattern in laboratory results that a doctor looks at, never a diagnosis.

Its code says which pattern and where its course stands; status is FHIR's, of how settled that is.
Each step of the course that cites results is evidence, and the results that count are implicated.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from igwatch.base.knowledge import knowledge_rows, rule_rows
from igwatch.exchange.fhir.element import (
    Element,
    code,
    concept,
    day,
    own_coding,
    reference,
    resource,
    said,
    system,
)
from igwatch.exchange.fhir.published import PublishedPatient, Row
from igwatch.exchange.fhir.resource_id import ResourceIds

_KIND = "DetectedIssue"
_HPO_OF = {"low": "hpo_low", "very_low": "hpo_low", "high": "hpo_high"}


def issue_id(patient: PublishedPatient, rule_id: str, ids: ResourceIds) -> str:
    """The id of a patient's flag under a rule."""
    return ids.of(_KIND, patient.key, rule_id)


def detected_issues(
    patient: PublishedPatient,
    patient_id: str,
    observation_ids: Mapping[str, str],
    ids: ResourceIds,
    author: Element,
) -> list[Element]:
    """The flags of a patient; `observation_ids` are those of normalised results by measurement."""
    return [
        resource(
            _KIND,
            issue_id(patient, flag["rule_id"], ids),
            status=code("DetectedIssue.status", flag["status"]),
            code=_code(flag),
            severity=code("DetectedIssue.severity", flag["severity"]),
            patient=reference("Patient", patient_id),
            identifiedDateTime=day(flag["published_on"]),
            author=author,
            **_results(patient, flag["rule_id"], observation_ids),
            detail=said(flag["status_reason"]),
            mitigation=_verdict(flag),
        )
        for flag in patient.flag
    ]


def gone_issue(was: Element) -> Element:
    """The DetectedIssue of an earlier export whose flag stands no more."""
    kept = ("resourceType", "id", "code", "patient")
    gone = {name: was[name] for name in kept if name in was}
    rule = was["code"]["coding"][0]
    return gone | {
        "status": code("DetectedIssue.status", "no_evidence"),
        "code": concept(rule, own_coding("status", "no_evidence"), text=rule["display"]),
    }


def _code(flag: Row) -> Element | None:
    name = next(rule["name"] for rule in rule_rows() if rule["rule_id"] == flag["rule_id"])
    state = own_coding("status", flag["status"])
    grade = own_coding("grade", flag["grade"]) if flag["grade"] else None
    rule = own_coding("rule", flag["rule_id"], name)
    return concept(rule, state, grade, text=f"{name}: {state['display']}")


def _results(
    patient: PublishedPatient, rule_id: str, observation_ids: Mapping[str, str]
) -> dict[str, Any]:
    """`evidence` and `implicated`."""
    cited = [row for row in patient.evidence if row["rule_id"] == rule_id]
    steps = groupby(cited, key=lambda row: row["event_number"])
    counted = [row["measurement_id"] for row in cited if row["is_counted"] and _is_index(row)]
    implicated = counted or [row["measurement_id"] for row in cited if _is_index(row)][-1:]
    return {
        "implicated": _references(implicated, observation_ids),
        "evidence": [_evidence([*rows], observation_ids) for _, rows in steps],
    }


def _evidence(rows: list[Row], observation_ids: Mapping[str, str]) -> Element:
    """One step: why it was read as it was, which results were abnormal, all that it cites."""
    reason = own_coding("course_reason", rows[0]["reason_code"])
    terms = [term for row in rows if (term := _hpo(row))]
    codes = [concept(reason, text=rows[0]["reason"])]
    codes += [concept({"system": system("hpo"), "code": term}) for term in dict.fromkeys(terms)]
    detail = _references([row["measurement_id"] for row in rows], observation_ids)
    return {"code": codes, "detail": detail}


def _hpo(row: Row) -> str | None:
    """The HPO term of an abnormal result."""
    end = _HPO_OF.get(row["class"])
    terms = next(r for r in knowledge_rows("analyte") if r["analyte"] == row["analyte"])
    return (terms[end] or None) if end else None


def _references(measurement_ids: list[str], observation_ids: Mapping[str, str]) -> list[Element]:
    found = dict.fromkeys(observation_ids[each] for each in measurement_ids)
    return [reference("Observation", each) for each in found]


def _is_index(row: Row) -> bool:
    return row["role"] == "index"


def _verdict(flag: Row) -> list[Element] | None:
    """What the clinic said of it; who said so, and the note, stay with the clinic."""
    if not flag["verdict"]:
        return None
    answer = concept(own_coding("verdict", flag["verdict"]))
    return [{"action": answer, "date": day(flag["reviewed_on"])}]
