"""Drugs, conditions and procedures, and the rows of raw.exposure that they become."""

import pytest

from tests.transforms.parse.fhir.fhir_file import bundle, read, seen

WHO = {"subject": {"reference": "Patient/7"}}
ATC = "http://www.whocc.no/atc"
SNOMED = "http://snomed.info/sct"
RITUXIMAB = {"coding": [{"system": ATC, "code": "L01FA01", "display": "Rituximab"}]}


def resource(kind, **members):
    return {"resourceType": kind, "id": "e1", **WHO, **members}


def drug(kind, **members):
    return resource(kind, medicationCodeableConcept=RITUXIMAB, **members)


def the_row(folder, *sent, **settings):
    (row,) = read(folder, *sent, **settings)["exposure"]
    return row


def bounds(**period):
    return [{"timing": {"repeat": {"boundsPeriod": period}}}]


DAYS = [
    (drug("MedicationRequest", authoredOn="2024-02-01T23:30:00Z"), "ordered 2024-02-02 day None None"),
    (drug("MedicationRequest", authoredOn="2024-02"), "ordered 2024-02-01 month None None"),
    (drug("MedicationRequest", authoredOn="2024-02-01", dosageInstruction=bounds(start="2024-03-01", end="2024-04")), "ordered 2024-03-01 day 2024-04-30 month"),
    (drug("MedicationRequest", authoredOn="2024-02-01", dosageInstruction=bounds(start="2024-03-01")), "ordered 2024-03-01 day None None"),
    (drug("MedicationRequest"), "ordered None None None None"),
    (drug("MedicationDispense", whenPrepared="2024-02-01"), "dispensed 2024-02-01 day None None"),
    (drug("MedicationAdministration", effectiveDateTime="2024-02-01"), "administered 2024-02-01 day None None"),
    (drug("MedicationAdministration", effectivePeriod={"start": "2024-02-01", "end": "2024-02-03"}), "administered 2024-02-01 day 2024-02-03 None"),
    (drug("MedicationStatement", effectivePeriod={"start": "2019", "end": "9999-12-31"}), "listed 2019-01-01 year 9999-12-31 None"),
    (drug("MedicationStatement", effectivePeriod={"start": "2019", "end": "soon"}), "listed 2019-01-01 year None unread"),
    (resource("Condition", code={"text": "CLL"}, onsetDateTime="2020-05", abatementDateTime="2021"), "listed 2020-05-01 month 2021-12-31 year"),
    (resource("Condition", code={"text": "CLL"}, onsetString="in spring", recordedDate="2020-05-07"), "listed 2020-05-07 unread None None"),
    (resource("Condition", code={"text": "CLL"}, onsetAge={"value": 50}), "listed 2024-05-02 unread None None"),
    (resource("Condition", code={"text": "CLL"}, recordedDate="2020-05-07"), "listed 2020-05-07 message None None"),
    (resource("Condition", code={"text": "CLL"}, onsetDateTime="2020", abatementString="last year"), "listed 2020-01-01 year None unread"),
    (resource("Procedure", code={"text": "splenectomy"}, performedDateTime="2018-03-04"), "administered 2018-03-04 day None None"),
    (resource("Procedure", code={"text": "splenectomy"}, meta={"lastUpdated": "2018-03-05T00:00:00Z"}), "administered 2018-03-05 message None None"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "expected"), DAYS)
def test_days(tmp_path, sent, expected):
    row = the_row(tmp_path, sent, zone="Europe/Berlin")
    names = ("event_kind", "start_date", "start_date_precision", "end_date", "end_date_precision")
    assert " ".join(map(str, seen(row, *names))) == expected


def standing(code):
    return {
        "coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": code}
        ]
    }


STATEMENTS = [
    (drug("MedicationRequest", status="active", intent="order"), "status active"),
    (drug("MedicationRequest", status="active", intent="plan"), "status active\nstatus plan"),
    (drug("MedicationRequest", status="active", doNotPerform=True), "status active\nstatus not-done"),
    (drug("MedicationAdministration", status="not-done"), "status not-done"),
    (drug("MedicationStatement"), None),
    (resource("Condition", code=RITUXIMAB, clinicalStatus=standing("resolved"), verificationStatus=standing("refuted")), "status resolved\ncertainty refuted"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "statements"), STATEMENTS)
def test_what_is_said_of_its_standing(tmp_path, sent, statements):
    assert the_row(tmp_path, sent)["statements"] == statements


def triplets(row):
    names = (
        "code",
        "code_system",
        "name",
        "alternate_code",
        "alternate_code_system",
        "alternate_name",
    )
    return seen(row, *names)


def coded(*listed, text=None):
    return {
        "coding": [dict(zip(("system", "code", "display"), each, strict=False)) for each in listed],
        "text": text,
    }


MEANINGS = [
    (coded((SNOMED, "1", "a"), (ATC, "L01FA01", "b")), ("L01FA01", ATC, "b", "1", SNOMED, "a")),
    (coded((ATC, "L01FA01"), text="MabThera"), ("L01FA01", ATC, "MabThera", None, None, None)),
    (coded((ATC, "L01FA01", "b"), text="MabThera"), ("L01FA01", ATC, "b", None, None, "MabThera")),
    (coded(text="MabThera"), (None, None, "MabThera", None, None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("concept", "expected"), MEANINGS)
def test_codes_of_systems_that_are_read_stand_first(tmp_path, concept, expected):
    sent = resource("MedicationRequest", medicationCodeableConcept=concept)
    assert triplets(the_row(tmp_path, sent)) == expected


MEDICATION = {"resourceType": "Medication", "id": "m", "code": RITUXIMAB}
BY_REFERENCE = [
    ({"reference": "#m"}, {"contained": [MEDICATION]}, "L01FA01 Rituximab"),
    ({"reference": "Medication/m"}, {}, "L01FA01 Rituximab"),
    ({"reference": "Medication/9", "display": "Rituximab"}, {}, "None Rituximab"),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "more", "expected"), BY_REFERENCE)
def test_a_drug_in_a_medication(tmp_path, reference, more, expected):
    sent = resource("MedicationAdministration", medicationReference=reference, **more)
    assert " ".join(map(str, seen(the_row(tmp_path, sent, MEDICATION), "code", "name"))) == expected


REFUSED = [
    (resource("MedicationRequest", medicationReference={"reference": "Medication/9"}), "medication_reference_lost"),
    (resource("MedicationRequest"), "exposure_code_missing"),
    (resource("Condition", code={}), "exposure_code_missing"),
    (drug("MedicationRequest", subject={"display": "Ann"}), "exposure_patient_missing"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "reason"), REFUSED)
def test_what_says_nothing_or_of_nobody_is_told(tmp_path, sent, reason):
    (reject,) = read(tmp_path, sent)["reject"]
    assert seen(reject, "unit", "reason_code", "n_results") == ("exposure", reason, 0)


def days(value, code="d"):
    return {"value": value, "system": "http://unitsofmeasure.org", "code": code}


SUPPLIES = [
    (drug("MedicationDispense", daysSupply=days(30)), 30, None),
    (drug("MedicationRequest", dispenseRequest={"expectedSupplyDuration": days(4, "wk")}), 28, None),
    (drug("MedicationRequest", dispenseRequest={"expectedSupplyDuration": days(30), "numberOfRepeatsAllowed": 2}), 90, None),
    (drug("MedicationRequest", dosageInstruction=[{"timing": {"repeat": {"boundsDuration": days(10)}}}]), None, 10),
    (drug("MedicationDispense", daysSupply={"value": "many"}), None, None),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "supply", "duration"), SUPPLIES)
def test_how_long_it_lasts(tmp_path, sent, supply, duration):
    assert seen(the_row(tmp_path, sent), "days_supply", "duration_days") == (supply, duration)


def test_a_dose_of_nothing_is_told_as_sent(tmp_path):
    sent = drug("MedicationAdministration", dosage={"dose": {"value": 0, "unit": "mg"}})
    assert the_row(tmp_path, sent)["amount"] == "0 mg"


def test_a_row_is_known_by_its_server_s_id_and_its_day(tmp_path):
    sent = drug(
        "MedicationRequest",
        meta={"lastUpdated": "2024-03-04T00:00:00Z"},
        encounter={"reference": "Encounter/4"},
    )
    row = the_row(tmp_path, sent)
    names = (
        "record_id",
        "message_number",
        "message_at",
        "effective_date",
        "encounter_number",
        "segment",
    )
    assert list(map(str, seen(row, *names))) == [
        *(
            "MedicationRequest/e1",
            "None",
            "2024-05-01 22:30:00",
            "2024-03-04",
            "4",
            "MedicationRequest",
        ),
    ]
    in_exchange = bundle(sent | {"identifier": [{"system": "S", "value": "9"}]}, kind="batch")
    rows = read(tmp_path, in_exchange)
    assert [r["reason_code"] for r in rows["reject"]] == ["exposure_patient_missing"]
