"""One Observation, and the rows of raw.observation that it becomes."""

import pytest

from igwatch.site.facility_knowledge import message_filter_of
from tests.transforms.parse.delivery import delivered, facility
from tests.transforms.parse.fhir.fhir_file import (
    IGM,
    PATIENT,
    bundle,
    digits,
    ndjson,
    observation,
    read,
    seen,
)
from transforms.parse.fhir import read_fhir

UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"


def the_row(folder, **changed):
    (row,) = read(folder, PATIENT, observation(**changed), zone="Europe/Berlin")["observation"]
    return row


VALUES = [
    ({"valueQuantity": {"value": digits("1.50"), "code": "g/L", "system": UCUM}}, "NM", "1.50"),
    ({"valueQuantity": {"value": digits("5.0e-02"), "unit": "g/L"}}, "NM", "5.0e-02"),
    ({"valueQuantity": {"value": 0.05, "comparator": "<"}}, "NM", "<0.05"),
    ({"valueQuantity": {"value": "0.3"}}, "NM", "0.3"),
    ({"valueQuantity": {"unit": "g/L"}}, "NM", None),
    ({"valueQuantity": None, "valueInteger": 7}, "NM", "7"),
    ({"valueQuantity": None, "valueString": "< 0.05 g/L"}, "ST", "< 0.05 g/L"),
    ({"valueQuantity": None, "valueCodeableConcept": {"text": "low"}}, "CWE", "low"),
    ({"valueQuantity": None, "valueBoolean": True}, "ID", "true"),
    ({"valueQuantity": None, "valueRange": {"low": {"value": 1}, "high": {"value": 5}}}, "NR", "1-5"),
    ({"valueQuantity": None, "valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, "ST", "1:128"),
    ({"valueQuantity": None, "valueDateTime": "2024-01-01"}, "DTM", "2024-01-01"),
    ({"valueQuantity": None, "valueAttachment": {"data": "AAAA"}}, "ED", None),
    ({"valueQuantity": None, "dataAbsentReason": {"coding": [{"code": "not-performed", "display": "Not Performed"}]}}, "CWE", "Not Performed"),
    ({"valueQuantity": None}, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "kind", "value"), VALUES)
def test_value(tmp_path, changed, kind, value):
    row = the_row(tmp_path, **changed)
    assert seen(row, "value_type", "observation_value") == (kind, value)


UNITS = [
    ({"unit": "g/L", "code": "g/L", "system": UCUM}, "g/L", None),
    ({"unit": "gram per litre", "code": "g/L", "system": UCUM}, "g/L", "Quantity.unit gram per litre"),
    ({"unit": "g/L", "code": "mg/dL", "system": UCUM}, "mg/dL", "Quantity.unit g/L"),
    ({"unit": "g/L", "code": "258796002", "system": SNOMED}, "g/L", "Quantity.code 258796002"),
    ({"code": "g/L"}, "g/L", None),
    ({"unit": " g/L "}, "g/L", None),
    ({}, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("quantity", "units", "further"), UNITS)
def test_unit(tmp_path, quantity, units, further):
    row = the_row(tmp_path, valueQuantity={"value": 1, **quantity})
    assert seen(row, "units", "further_units") == (units, further)


def coding(code, display=None, system="http://loinc.org"):
    return {"system": system, "code": code, "display": display}


CODES = [
    ([coding("M17", "IgM", "urn:x"), coding("2472-9", "IgM S")], None,
     ("2472-9", "IgM S", "http://loinc.org", "M17", "IgM", "urn:x", None)),
    ([coding("M17", None, None)], "IgM", ("M17", "IgM", None, None, None, None, None)),
    ([coding("a", "A"), coding("b", "B"), coding("c", "C")], "D",
     ("a", "A", "http://loinc.org", "b", "B", "http://loinc.org",
      "Observation.code.coding[3].code c\nObservation.code.coding[3].display C\n"
      "Observation.code.text D")),
    ([], "IgM", (None, "IgM", None, None, None, None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("listed", "text", "expected"), CODES)
def test_code(tmp_path, listed, text, expected):
    row = the_row(tmp_path, code={"coding": listed, "text": text})
    columns = ("observation_identifier", "observation_text", "coding_system")
    others = ("alternate_identifier", "alternate_text", "alternate_coding_system")
    assert seen(row, *columns, *others, "further_identifiers") == expected


def end(value, **unit):
    return {"value": value, **(unit or {"unit": "g/L"})}


MALE, FEMALE = ({"coding": [{"code": sex, "display": sex}]} for sex in ("male", "female"))
RANGES = [
    ([{"low": end(0.4), "high": end(digits("2.30"))}], "0.4-2.30 g/L"),
    ([{"low": {"value": 0.4}, "high": {"value": 2.3}}], "0.4-2.3"),
    ([{"low": end(0.4)}], ">=0.4 g/L"),
    ([{"high": end(100, code="k[IU]/L", system=UCUM)}], "<=100 k[IU]/L"),
    ([{"text": "0.4 - 2.3"}], "0.4 - 2.3"),
    ([{"low": end(40, unit="mg/dL"), "high": end(2.3)}], "40 mg/dL-2.3 g/L"),
    ([{"low": end(0.4), "high": end(2.3), "appliesTo": [MALE]},
      {"low": end(0.5), "high": end(3), "appliesTo": [FEMALE]}],
     "male: 0.4-2.3 g/L; female: 0.5-3 g/L"),
    ([{"low": end(0.4), "high": end(2.3)}, {"low": end(9), "type": {"coding": [{"code": "critical"}]}}],
     "0.4-2.3 g/L"),
    ([], None),
]  # fmt: skip


@pytest.mark.parametrize(("ranges", "printed"), RANGES)
def test_reference_range(tmp_path, ranges, printed):
    assert the_row(tmp_path, referenceRange=ranges)["references_range"] == printed


def test_interpretation_and_status_are_kept_in_the_senders_words(tmp_path):
    v3 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    flags = [
        {"coding": [{"code": "9", "system": "urn:x"}, {"code": "L", "system": v3}]},
        {"text": "low"},
    ]
    row = the_row(tmp_path, interpretation=flags, status="entered-in-error")
    assert seen(row, "abnormal_flags", "observation_result_status") == ("L~low", "ENTERED-IN-ERROR")


TIMES = [
    ({"effectiveDateTime": "2024-01-10T08:00:00Z"}, "2024-01-10 09:00:00", "effectiveDateTime"),
    ({"effectiveDateTime": "2024-01-10"}, "2024-01-10 00:00:00", "effectiveDateTime"),
    ({"effectiveDateTime": None, "effectiveInstant": "2024-07-10T08:00:00.5Z"}, "2024-07-10 10:00:00.500000", "effectiveInstant"),
    ({"effectiveDateTime": None, "effectivePeriod": {"start": "2024-01-10", "end": "2024-01-11"}}, "2024-01-10 00:00:00", "effectivePeriod.start"),
    ({"effectiveDateTime": "2024-01"}, "None", "effectiveDateTime"),
    ({"effectiveDateTime": None}, "None", None),
    # before the birth, and after it was said
    ({"effectiveDateTime": "1900-01-01", "specimen": {"reference": "#s"}}, "2024-01-09 00:00:00", "Specimen.collection.collectedDateTime"),
    ({"effectiveDateTime": "2099-01-01", "specimen": {"reference": "#s"}}, "2024-01-09 00:00:00", "Specimen.collection.collectedDateTime"),
]  # fmt: skip
SPECIMEN = {
    "resourceType": "Specimen",
    "id": "s",
    "accessionIdentifier": {"value": "S-9"},
    "type": {"coding": [coding("119364003", "Serum specimen", SNOMED)], "text": "Serum"},
    "collection": {"collectedDateTime": "2024-01-09"},
}


@pytest.mark.parametrize(("changed", "time", "field"), TIMES)
def test_time_of_collection(tmp_path, changed, time, field):
    row = the_row(tmp_path, contained=[SPECIMEN], **changed)
    assert (str(row["collected_at"]), row["collected_at_field"]) == (time, field)


def test_specimen(tmp_path):
    row = the_row(tmp_path, contained=[SPECIMEN], specimen={"reference": "#s"})
    assert seen(row, "specimen_id", "specimen_type") == ("S-9", "119364003")
    assert row["further_specimens"].split("\n") == [
        "Specimen.type.coding[1].code 119364003",
        "Specimen.type.coding[1].display Serum specimen",
        "Specimen.type.text Serum",
    ]


def test_a_specimen_of_the_server_is_known_by_its_id_whether_it_came_along_or_not(tmp_path):
    reference = {"specimen": {"reference": "Specimen/77"}}
    with_it = read(tmp_path, observation(**reference), SPECIMEN | {"id": "77"})
    assert with_it["observation"][0]["specimen_type"] == "119364003"
    assert with_it["observation"][0]["specimen_id"] == the_row(tmp_path, **reference)["specimen_id"]


def component(code, value):
    return {"code": {"coding": [coding(code)]}, "valueQuantity": {"value": value}}


def test_each_component_is_a_result_and_a_panel_without_value_is_none(tmp_path):
    parts = [component("2465-3", 9), component("2472-9", 1), component("2472-9", 2)]
    rows = read(tmp_path, observation(valueQuantity=None, component=parts))["observation"]
    shown = [
        seen(row, "observation_identifier", "observation_value", "observation_sub_id")
        for row in rows
    ]
    assert shown == [("2465-3", "9", None), ("2472-9", "1", "1"), ("2472-9", "2", "2")]


def test_members_are_not_counted_twice(tmp_path):
    panel = observation(id="panel", valueQuantity=None, hasMember=[{"reference": "Observation/o1"}])
    rows = read(tmp_path, panel, observation())
    assert [row["observation_value"] for row in rows["observation"]] == ["0.3"]
    assert rows["source_file"][0]["n_results"] == 1


def test_the_server_s_id_is_the_number_of_a_result(tmp_path):
    request = {"resourceType": "ServiceRequest", "id": "r", "code": {"text": "Immunoglobulins"}}
    request["identifier"] = [{"value": "P-1", "type": {"coding": [{"code": "PLAC"}]}}]
    rows = read(tmp_path, observation(basedOn=[{"reference": "ServiceRequest/r"}]), request)
    columns = ("filler_order_number", "placer_order_number", "universal_service_identifier")
    assert seen(rows["observation"][0], *columns) == ("o1", "P-1", "Immunoglobulins")


def test_who_asked_is_named_by_the_request_where_the_facility_shows_it(tmp_path):
    request = {"resourceType": "ServiceRequest", "id": "r"}
    request["requester"] = {"reference": "Practitioner/7", "display": "Dr  Marta Bergen"}
    request["locationReference"] = [{"reference": "Location/1", "display": "Ward 5"}]
    sent = observation(basedOn=[{"reference": "ServiceRequest/r"}])
    columns = ("ordering_provider_name", "assigned_patient_location")
    shown = read(tmp_path, sent, request, show_requester=True)["observation"][0]
    assert seen(shown, *columns) == ("Dr Marta Bergen", "Ward 5")
    assert seen(read(tmp_path, sent, request)["observation"][0], *columns) == (None, None)


def test_a_place_may_be_named_by_a_code_and_a_requester_without_a_name_is_nobody(tmp_path):
    request = {"resourceType": "ServiceRequest", "id": "r"}
    request["requester"] = {"reference": "Practitioner/7"}
    request["locationCode"] = [{"coding": [{"code": "PEDC", "display": "Pediatric clinic"}]}]
    sent = observation(basedOn=[{"reference": "ServiceRequest/r"}])
    row = read(tmp_path, sent, request, show_requester=True)["observation"][0]
    columns = ("ordering_provider_name", "assigned_patient_location")
    assert seen(row, *columns) == (None, "Pediatric clinic")


def test_in_an_exchange_the_order_s_numbers_are(tmp_path):
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "issued": "2024-01-12T00:00:00Z",
        "identifier": [{"value": "F-1", "type": {"coding": [{"code": "FILL"}]}}],
        "result": [{"reference": "urn:uuid:2"}],
    }
    sent = bundle(
        {"fullUrl": "urn:uuid:1", "resource": PATIENT},
        {"fullUrl": "urn:uuid:2", "resource": observation(subject={"reference": "urn:uuid:1"})},
        {"fullUrl": "urn:uuid:3", "resource": report},
        kind="message",
        timestamp="2024-01-13T00:00:00Z",
    )
    (row,) = read(tmp_path, sent)["observation"]
    assert seen(row, "filler_order_number", "patient_id") == ("F-1", "1001")
    assert [str(row[name]) for name in ("resulted_at", "message_at")] == [
        "2024-01-12 00:00:00",
        "2024-01-13 00:00:00",
    ]


def test_only_an_organization_is_a_laboratory(tmp_path):
    person = {"reference": "Practitioner/1", "display": "A. Person"}
    house = {"reference": "Organization/1", "display": "Central"}
    assert the_row(tmp_path, performer=[person, house])["producer"] == "Central"
    assert the_row(tmp_path, performer=[person])["producer"] is None


REFUSED = [
    ({"subject": None}, "subject_missing"),
    ({"subject": {"display": "Ann"}}, "subject_missing"),
    ({"subject": {"reference": "urn:uuid:9"}}, "patient_reference_lost"),
    ({"subject": {"reference": "Device/1"}}, "subject_no_patient"),
    ({"subject": {"reference": "Patient/unknown"}}, "patient_identifier_placeholder"),
    ({"code": None}, "code_missing"),
    ({"valueString": "x"}, "value_stated_twice"),
    ({"component": [7], "valueQuantity": None}, "component_unread"),
    ({"modifierExtension": [{"url": "x"}]}, "modifier_not_known"),
    ({"meta": {"security": [{"code": "HTEST"}]}}, "not_production"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "reason"), REFUSED)
def test_a_refusal_has_its_reason_and_counts_its_results(tmp_path, changed, reason):
    rows = read(tmp_path, observation(**changed))
    assert rows["observation"] == []
    assert [seen(r, "reason_code", "unit", "n_results") for r in rows["reject"]] == [
        (reason, "result", 1)
    ]


def test_what_is_of_no_interest_is_counted_and_not_kept(tmp_path):
    message_filter = message_filter_of(facility())
    others = [
        IGM | {"code": {"coding": [coding("2951-2", "Sodium")]}, "subject": s}
        for s in (IGM["subject"], None)
    ]
    rows = delivered(
        tmp_path,
        ndjson(*others, IGM),
        read=lambda source, feed: read_fhir(source, feed, message_filter),
    )
    (file,) = rows["source_file"]
    assert (len(rows["observation"]), rows["reject"]) == (1, [])
    assert (file["n_results"], file["n_results_skipped"]) == (3, 2)
