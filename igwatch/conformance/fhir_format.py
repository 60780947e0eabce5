"""Cases as FHIR R4: a Bundle (collection) for each patient of a facility, a line each (NDJSON)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from igwatch.conformance.isotype import loinc
from igwatch.conformance.pack_case import (
    AUTHORITY,
    CLOCK,
    HOUR,
    SERUM,
    PackCase,
    PackExposure,
    PackResult,
)
from igwatch.conformance.pack_facility import facilities

# URIs of the standard: hl7.org/fhir/R4/terminologies-systems.html
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
SYSTEMS = {"ATC": "http://www.whocc.no/atc", "ICD10": "http://hl7.org/fhir/sid/icd-10"}
CONDITION = "http://terminology.hl7.org/CodeSystem/condition-"
STATUS = {"F": "final", "C": "corrected"}
GENDER = {"F": "female", "M": "male"}
Resource = dict[str, Any]


def fhir_files(cases: Iterable[PackCase]) -> Iterator[tuple[str, str]]:
    """(path, text) of each file."""
    said = [case for case in cases if case.is_said_in("fhir")]
    for facility in facilities(said):
        bundles = [bundle for case in said if (bundle := _bundle(case, facility))]
        lines = (json.dumps(bundle, ensure_ascii=True, separators=(",", ":")) for bundle in bundles)
        yield f"{facility}/patients.ndjson", "".join(f"{line}\n" for line in lines)


def _bundle(case: PackCase, facility: str) -> Resource | None:
    results = [_observation(case, result) for result in case.results if result.facility == facility]
    exposures = []
    if case.facility == facility:
        exposures = [_exposure(case, place, e) for place, e in enumerate(case.exposures, 1)]
    if not results and not exposures:
        return None
    entries = [{"resource": each} for each in (_patient(case), *results, *exposures)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _patient(case: PackCase) -> Resource:
    patient = {
        "resourceType": "Patient",
        "id": case.case_id,
        "identifier": [{"system": f"urn:igwatch:authority:{AUTHORITY}", "value": case.case_id}],
        "gender": GENDER[case.sex],
    }
    return patient | ({"birthDate": str(case.birth_date)} if case.birth_date else {})


def _observation(case: PackCase, result: PackResult) -> Resource:
    code, name = loinc(result.analyte)
    unit = result.unit
    quantity: Resource = {"value": result.value, "unit": unit, "system": UCUM, "code": unit}
    if result.comparator:
        quantity["comparator"] = result.comparator
    found: Resource = {
        "resourceType": "Observation",
        "id": f"{result.order_number}-{result.analyte}",
        "meta": {"lastUpdated": f"{result.sent_at.isoformat()}Z"},
        "status": STATUS[result.status],
        "code": {"coding": [{"system": LOINC, "code": code, "display": name}]},
        "subject": _subject(case),
        "effectiveDateTime": f"{result.day}T{HOUR}:00Z",
        "issued": f"{result.sent_at.isoformat()}Z",
        "performer": [{"type": "Organization", "display": result.laboratory}],
        "valueQuantity": quantity,
    }
    if result.specimen != SERUM:
        found["contained"] = [
            {"resourceType": "Specimen", "id": "s", "type": {"text": result.specimen}}
        ]
        found["specimen"] = {"reference": "#s"}
    limits = result.limits
    if limits and limits.lower_min is not None and limits.upper_max is not None:
        ends = {"low": limits.lower_min, "high": limits.upper_max}
        found["referenceRange"] = [
            {name: {"value": end, "unit": unit} for name, end in ends.items()}
        ]
    return found


def _subject(case: PackCase) -> Resource:
    return {"reference": f"Patient/{case.case_id}"}


def _exposure(case: PackCase, place: int, exposure: PackExposure) -> Resource:
    code = exposure.coded
    concept = {
        "coding": [{"system": SYSTEMS[code.code_system], "code": code.code, "display": code.name}]
    }
    about = {"id": f"{case.case_id}-e{place}", "subject": _subject(case)}
    is_over = exposure.last_day is not None and exposure.last_day <= CLOCK
    if code.kind == "medication" and exposure.last_day is None:
        return {
            "resourceType": "MedicationRequest",
            **about,
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": concept,
            **_days("authoredOn", exposure.first_day, "", None),
        }
    if code.kind == "medication":
        return {
            "resourceType": "MedicationStatement",
            **about,
            "status": "completed" if is_over else "active",
            "medicationCodeableConcept": concept,
            "effectivePeriod": _days("start", exposure.first_day, "end", exposure.last_day),
        }
    certainty = "provisional" if code.is_suspected else "confirmed"
    return {
        "resourceType": "Condition",
        **about,
        "clinicalStatus": _standing("clinical", "resolved" if is_over else "active"),
        "verificationStatus": _standing("ver-status", certainty),
        "code": concept,
        **_days(
            "onsetDateTime",
            exposure.first_day,
            "abatementDateTime",
            exposure.last_day if is_over else None,
        ),
    }


def _standing(system: str, code: str) -> Resource:
    return {"coding": [{"system": f"{CONDITION}{system}", "code": code}]}


def _days(first: str, first_day: date | None, last: str, last_day: date | None) -> Resource:
    stated = {first: first_day, last: last_day}
    return {name: str(day) for name, day in stated.items() if day is not None}
