"""Shapes that a FHIR element comes in, each with the cells of the raw row that it becomes.

A resource is made of one shape of each element; what its row must hold is then known without
reading it. The cells are stated in the columns' own names; HOLDER is who gave a server's ids.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

Shape = tuple[dict[str, Any], dict[str, Any]]

UCUM, LOINC = "http://unitsofmeasure.org", "http://loinc.org"
ATC, SNOMED = "http://www.whocc.no/atc", "http://snomed.info/sct"
V3 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
MEANING = "http://terminology.hl7.org/CodeSystem/referencerange-meaning"
ISSUER = "urn:oid:1.2.3"
SERVER = "https://a.b/fhir"
HOLDER = "(holder)"


def quantity(value: float, **more: str) -> dict[str, Any]:
    return {"value": value, **more}


def ucum(value: float, code: str = "g/L", **more: str) -> dict[str, Any]:
    return quantity(value, unit=code, system=UCUM, code=code, **more)


def concept(*codings: tuple[str, str, str | None], text: str | None = None) -> dict[str, Any]:
    listed = [{"system": s, "code": c, "display": d} for s, c, d in codings]
    coded: dict[str, Any] = {"coding": [{k: v for k, v in c.items() if v} for c in listed]}
    return (coded if codings else {}) | ({"text": text} if text else {})


def person(number: str) -> dict[str, Any]:
    return {"system": ISSUER, "value": number}


def known(number: str, authority: str = "1.2.3") -> dict[str, Any]:
    return {"patient_id": number, "assigning_authority": authority}


def value(kind: str | None, text: str | None, units: str | None = None) -> dict[str, Any]:
    return {"value_type": kind, "observation_value": text, "units": units}


CONTAINED = {"resourceType": "Patient", "id": "c", "identifier": [person("2002")]}
PERSON = {"resourceType": "Patient", "id": "p1", "identifier": [person("1001")]}
SUBJECTS: list[Shape] = [
    ({"subject": {"reference": "Patient/p1"}}, known("1001")),
    ({"subject": {"reference": "Patient/p1/_history/3", "display": "Ann"}}, known("1001")),
    ({"subject": {"reference": "#c"}, "contained": [CONTAINED]}, known("2002")),
    ({"subject": {"identifier": person("3003"), "type": "Patient"}}, known("3003")),
    ({"subject": {"reference": "Patient/p7"}}, known("p7", HOLDER)),
    ({"subject": {"reference": "http://other/r4/Patient/p7"}}, known("p7", "http://other/r4/Patient")),
]  # fmt: skip
VALUES: list[Shape] = [
    ({"valueQuantity": ucum(0.3)}, value("NM", "0.3", "g/L")),
    ({"valueQuantity": ucum(0.05, comparator="<")}, value("NM", "<0.05", "g/L")),
    ({"valueQuantity": ucum(30, "mg/dL", comparator=">=")}, value("NM", ">=30", "mg/dL")),
    ({"valueQuantity": ucum(17, "k[IU]/L")}, value("NM", "17", "k[IU]/L")),
    ({"valueQuantity": quantity(1.25, unit="gram per litre", system=UCUM, code="g/L")}, value("NM", "1.25", "g/L")),
    ({"valueQuantity": quantity(121, unit="mg/dl")}, value("NM", "121", "mg/dl")),
    ({"valueQuantity": quantity(9)}, value("NM", "9")),
    ({"valueInteger": 7}, value("NM", "7")),
    ({"valueString": "< 0.05 g/L"}, value("ST", "< 0.05 g/L")),
    ({"valueCodeableConcept": concept((SNOMED, "260415000", "Not detected"))}, value("CWE", "Not detected")),
    ({"valueRatio": {"numerator": quantity(1), "denominator": quantity(128)}}, value("ST", "1:128")),
    ({"dataAbsentReason": concept(text="haemolysed")}, value("CWE", "haemolysed")),
    ({}, value(None, None)),
]  # fmt: skip
CODES: list[Shape] = [
    ({"code": concept((LOINC, "2472-9", "IgM"))}, {"observation_identifier": "2472-9", "observation_text": "IgM", "alternate_identifier": None}),
    ({"code": concept(("urn:lab", "M17", None), (LOINC, "2465-3", None), text="Immunoglobulin G")}, {"observation_identifier": "2465-3", "observation_text": "Immunoglobulin G", "alternate_identifier": "M17"}),
    ({"code": concept(text="IgA")}, {"observation_identifier": None, "observation_text": "IgA", "alternate_identifier": None}),
]  # fmt: skip
TIMES: list[Shape] = [
    ({"effectiveDateTime": "2024-01-10T08:00:00+01:00"}, {"collected_at": "2024-01-10 08:00:00"}),
    ({"effectiveDateTime": "2024-07-10T23:30:00Z"}, {"collected_at": "2024-07-11 01:30:00"}),
    ({"effectiveDateTime": "2024-01-10"}, {"collected_at": "2024-01-10 00:00:00"}),
    ({"effectiveInstant": "2024-01-10T08:00:00-05:00"}, {"collected_at": "2024-01-10 14:00:00"}),
    ({"effectivePeriod": {"start": "2024-01-10T07:00:00+01:00", "end": "2024-01-11"}}, {"collected_at": "2024-01-10 07:00:00"}),
    ({"effectivePeriod": {"end": "2024-01-11"}}, {"collected_at": "2024-01-11 00:00:00"}),
    ({"effectiveDateTime": "2024-01"}, {"collected_at": "None", "collected_at_source_value": "2024-01"}),
]  # fmt: skip
STATUSES: list[Shape] = [
    ({"status": word}, {"observation_result_status": word.upper()})
    for word in ("registered", "preliminary", "final", "amended", "corrected", "cancelled",
                 "entered-in-error", "unknown")
]  # fmt: skip


def ends(low: float | None, high: float | None, **more: Any) -> dict[str, Any]:
    stated = {"low": low, "high": high}
    return {k: ucum(v) for k, v in stated.items() if v is not None} | more


RANGES: list[Shape] = [
    ({}, {"references_range": None}),
    ({"referenceRange": [ends(0.4, 2.3)]}, {"references_range": "0.4-2.3 g/L"}),
    ({"referenceRange": [ends(0.4, None)]}, {"references_range": ">=0.4 g/L"}),
    ({"referenceRange": [ends(None, 100)]}, {"references_range": "<=100 g/L"}),
    ({"referenceRange": [{"text": "0.4 to 2.3"}]}, {"references_range": "0.4 to 2.3"}),
    ({"referenceRange": [ends(0.4, 2.3, appliesTo=[concept(text="male")]), ends(0.5, 3, appliesTo=[concept(text="female")])]},
     {"references_range": "male: 0.4-2.3 g/L; female: 0.5-3 g/L"}),
    ({"referenceRange": [ends(0.1, None, type=concept((MEANING, "critical", None))), ends(0.4, 2.3, type=concept((MEANING, "normal", None)))]},
     {"references_range": "0.4-2.3 g/L"}),
]  # fmt: skip
FLAGS: list[Shape] = [
    ({}, {"abnormal_flags": None}),
    ({"interpretation": [concept((V3, "L", "Low"))]}, {"abnormal_flags": "L"}),
    ({"interpretation": [concept(("urn:lab", "--", None), (V3, "LL", None)), concept(text="checked")]},
     {"abnormal_flags": "LL~checked"}),
]  # fmt: skip
RESULT = (SUBJECTS, VALUES, CODES, TIMES, STATUSES, RANGES, FLAGS)

RITUXIMAB = concept((ATC, "L01FA01", "Rituximab"), text="MabThera")
A_DRUG = {"resourceType": "Medication", "id": "m", "code": concept((ATC, "L01FA01", "Rituximab"))}
CODED = {"code": "L01FA01", "code_system": ATC, "name": "Rituximab"}
DRUGS: list[Shape] = [
    ({"medicationCodeableConcept": RITUXIMAB}, CODED),
    ({"medicationReference": {"reference": "#m"}, "contained": [A_DRUG]}, CODED),
    ({"medicationReference": {"reference": "Medication/m"}}, CODED),
    ({"medicationReference": {"reference": "Medication/x", "display": "Rituximab"}}, CODED | {"code": None, "code_system": None}),
]  # fmt: skip
ORDERED: list[Shape] = [
    ({"status": "active", "intent": "order", "authoredOn": "2024-02-01T23:30:00Z"},
     {"start_date": "2024-02-02", "end_date": "None", "statements": "status active"}),
    ({"status": "stopped", "intent": "plan", "authoredOn": "2024-02-01", "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"start": "2024-03", "end": "2024-04"}}}}]},
     {"start_date": "2024-03-01", "end_date": "2024-04-30", "statements": "status stopped\nstatus plan"}),
]  # fmt: skip
GIVEN: list[Shape] = [
    ({"status": "completed", "effectiveDateTime": "2024-02-01"}, {"start_date": "2024-02-01", "statements": "status completed"}),
    ({"status": "not-done", "effectivePeriod": {"start": "2024-02-01", "end": "2024-02-03"}},
     {"start_date": "2024-02-01", "end_date": "2024-02-03", "statements": "status not-done"}),
]  # fmt: skip
STANDING = "http://terminology.hl7.org/CodeSystem/condition-"
ILLNESSES: list[Shape] = [
    ({"code": concept((SNOMED, "92814006", "CLL"))}, {"code": "92814006", "code_system": SNOMED, "name": "CLL"}),
    ({"code": concept(text="CLL")}, {"code": None, "code_system": None, "name": "CLL"}),
]  # fmt: skip
COURSES: list[Shape] = [
    ({"clinicalStatus": concept((STANDING + "clinical", "active", None)), "onsetDateTime": "2020-05", "recordedDate": "2020-06-01"},
     {"start_date": "2020-05-01", "end_date": "None", "statements": "status active"}),
    ({"clinicalStatus": concept((STANDING + "clinical", "resolved", None)), "verificationStatus": concept((STANDING + "ver-status", "provisional", None)), "onsetPeriod": {"start": "2020-05-02"}, "abatementDateTime": "2021"},
     {"start_date": "2020-05-02", "end_date": "2021-12-31", "statements": "status resolved\ncertainty provisional"}),
]  # fmt: skip
EXPOSURE = {
    "MedicationRequest": (SUBJECTS, DRUGS, ORDERED),
    "MedicationAdministration": (SUBJECTS, DRUGS, GIVEN),
    "Condition": (SUBJECTS, ILLNESSES, COURSES),
}


def made(kind: str, elements: tuple[list[Shape], ...], n: int, seed: int) -> Iterator[Shape]:
    """`n` resources of random shapes of each element, every shape of the longest list at least
    once, with ids of their own."""
    choose = random.Random(seed)
    for number in range(n):
        shapes = [choose.choice(listed) for listed in elements]
        longest = max(range(len(elements)), key=lambda each: len(elements[each]))
        shapes[longest] = elements[longest][number % len(elements[longest])]
        resource: dict[str, Any] = {"resourceType": kind, "id": f"{kind}-{number}"}
        cells: dict[str, Any] = {}
        for stated, becomes in shapes:
            inner = resource.get("contained", []) + stated.get("contained", [])
            resource |= stated | ({"contained": inner} if inner else {})
            cells |= becomes
        yield resource, cells
