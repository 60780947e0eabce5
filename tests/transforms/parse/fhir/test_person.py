"""Whom a resource is about, and which of a patient's identifiers are one person."""

import pytest

from tests.transforms.parse.fhir.fhir_file import PATIENT, bundle, observation, read, seen

MRN = {"system": "urn:oid:1.2.3", "value": "1001"}
V2_0203 = "http://terminology.hl7.org/CodeSystem/v2-0203"


def typed(value, kind, system="urn:oid:1.2.3", **more):
    return {
        "system": system,
        "value": value,
        "type": {"coding": [{"system": V2_0203, "code": kind}]},
        **more,
    }


def whose(rows):
    return [seen(row, "patient_id", "assigning_authority") for row in rows["observation"]]


def patient(*identifiers, **changed):
    return PATIENT | {"identifier": list(identifiers)} | changed


CHOSEN = [
    ([MRN], {}, ("1001", "1.2.3")),
    ([{"system": "http://a.b/mrn", "value": "1001"}], {}, ("1001", "http://a.b/mrn")),
    ([{"value": "1001"}], {}, ("1001", "north")),
    ([typed("A", "AN"), typed("1001", "MR"), typed("X", "SS")], {}, ("1001", "1.2.3")),
    ([typed("old", "MR", use="old"), typed("1001", "MR")], {}, ("1001", "1.2.3")),
    ([typed("1001", "MR"), typed("9", "NH", "https://nhs")], {"type": "NH"}, ("9", "https://nhs")),
    ([typed("1001", "MR"), typed("9", "MR", "urn:oid:9")], {"authority": "urn:oid:9"}, ("9", "9")),
    ([typed("9", "NH", "https://nhs")], {"type": "NH", "issuer": "NHS"}, ("9", "NHS")),
    ([], {}, ("p1", "north/Patient")),
    ([typed("A", "AN")], {}, ("p1", "north/Patient")),
]  # fmt: skip


@pytest.mark.parametrize(("identifiers", "rule", "expected"), CHOSEN)
def test_the_patient_in_the_file_is_known_by_the_rule(tmp_path, identifiers, rule, expected):
    rows = read(tmp_path, observation(), patient(*identifiers), identifier=rule)
    assert whose(rows) == [expected]
    (row,) = rows["observation"]
    assert (str(row["birth_date"]), row["administrative_sex"]) == ("1989-01-05", "female")


REFUSED = [
    ([typed("1", "MR"), typed("2", "MR")], {}, "patient_identifier_ambiguous"),
    ([{"value": "UNKNOWN"}], {}, "patient_identifier_placeholder"),
    ([{"value": "10\u200b01"}], {}, "patient_identifier_hidden_sign"),
    ([MRN], {"type": "NH"}, "patient_identifier_missing"),
    ([], {"authority": "x"}, "patient_identifier_missing"),
]  # fmt: skip


@pytest.mark.parametrize(("identifiers", "rule", "reason"), REFUSED)
def test_nobody_is_guessed(tmp_path, identifiers, rule, reason):
    rows = read(tmp_path, observation(), patient(*identifiers), identifier=rule)
    assert whose(rows) == []
    assert rows["patient"] == []
    assert {reject["reason_code"] for reject in rows["reject"]} == {reason}
    assert "10" not in str([r["found"] for r in rows["reject"]])


REFERENCES = [
    ({"reference": "Patient/7"}, ("7", "north/Patient")),
    ({"reference": "Patient/7/_history/2"}, ("7", "north/Patient")),
    ({"reference": "https://a.b/fhir/Patient/7"}, ("7", "https://a.b/fhir/Patient")),
    ({"reference": "Patient/7", "identifier": MRN}, ("1001", "1.2.3")),
    ({"identifier": MRN}, ("1001", "1.2.3")),
    ({"reference": "Patient?identifier=urn:oid:1.2.3|1001"}, ("1001", "1.2.3")),
    ({"reference": "#c"}, ("1001", "1.2.3")),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "expected"), REFERENCES)
def test_who_is_only_referred_to(tmp_path, reference, expected):
    rows = read(tmp_path, observation(subject=reference, contained=[patient(MRN, id="c")]))
    assert whose(rows) == [expected]


def test_a_reference_within_a_bundle_is_of_the_server_of_its_entry(tmp_path):
    base = "https://a.b/fhir"
    sent = bundle(
        {"fullUrl": f"{base}/Observation/o1", "resource": observation()},
        {"fullUrl": f"{base}/Patient/p1", "resource": patient()},
        {
            "fullUrl": f"{base}/Observation/o2",
            "resource": observation(subject={"reference": "Patient/2"}),
        },
    )
    assert whose(read(tmp_path, sent)) == [("p1", f"{base}/Patient"), ("2", f"{base}/Patient")]


def test_two_messages_that_use_one_id_are_two_patients(tmp_path):
    messages = [
        bundle(observation(), patient({"system": "S", "value": number}), kind="message")
        for number in ("1001", "2002")
    ]
    rows = read(tmp_path, *messages)
    assert whose(rows) == [("1001", "S"), ("2002", "S")]
    assert rows["merge"] == []


def test_one_id_that_stands_for_two_is_nobody(tmp_path):
    rows = read(tmp_path, observation(), patient(MRN), patient({"system": "S", "value": "2"}))
    assert [r["reason_code"] for r in rows["reject"]] == ["patient_stated_twice"]


def test_of_two_versions_the_newer_counts(tmp_path):
    old, new = (
        patient(
            MRN, birthDate=born, meta={"lastUpdated": f"{said}T00:00:00Z", "versionId": version}
        )
        for born, said, version in (
            ("1989-01-05", "2024-01-01", "1"),
            ("1989-05-01", "2024-02-01", "2"),
        )
    )
    rows = read(tmp_path, new, observation(), old)
    assert str(rows["observation"][0]["birth_date"]) == "1989-05-01"
    assert {row["event"] for row in rows["patient"]} == {"A28", "A31"}


def merges(rows):
    names = (
        "retired_id",
        "retired_assigning_authority",
        "surviving_id",
        "surviving_assigning_authority",
    )
    return [seen(row, *names) for row in rows["merge"]]


def test_a_patient_is_told_to_be_the_one_of_its_server_s_id(tmp_path):
    rows = read(tmp_path, patient(MRN))
    assert merges(rows) == [("p1", "north/Patient", "1001", "1.2.3")]
    assert {str(row["birth_date"]) for row in rows["patient"]} == {"1989-01-05"}
    assert read(tmp_path, patient())["merge"] == []
    assert read(tmp_path, bundle(patient(MRN), kind="transaction"))["merge"] == []


LINKS = [
    ({"type": "replaced-by", "other": {"reference": "Patient/p2"}}, [("1001", "1.2.3", "2002", "S")]),
    ({"type": "replaces", "other": {"reference": "Patient/p2"}}, [("2002", "S", "1001", "1.2.3")]),
    ({"type": "replaced-by", "other": {"reference": "Patient/9"}}, [("1001", "1.2.3", "9", "north/Patient")]),
    ({"type": "seealso", "other": {"reference": "Patient/p2"}}, []),
    ({"type": "replaced-by", "other": {"display": "x"}}, []),
]  # fmt: skip


@pytest.mark.parametrize(("link", "expected"), LINKS)
def test_links_that_merge(tmp_path, link, expected):
    other = patient({"system": "S", "value": "2002"}, id="p2")
    rows = read(tmp_path, patient(MRN, link=[link]), other)
    assert [merge for merge in merges(rows) if merge[0] not in ("p1", "p2")] == expected
    refused = [(r["unit"], r["reason_code"]) for r in rows["reject"]]
    is_told = link["type"] == "replaced-by" and not expected
    assert refused == [("merge", "merge_identifier_missing")] * is_told


@pytest.mark.parametrize(
    ("born", "date"), [("1987", "None"), ("1987-03", "None"), ("1987-03-04", "1987-03-04")]
)
def test_a_birth_date_known_in_part_is_kept_as_sent(tmp_path, born, date):
    row = read(tmp_path, patient(birthDate=born))["patient"][0]
    assert (row["birth_date_source_value"], str(row["birth_date"])) == (born, date)


NHS_SYSTEM, NHS_OID = "https://fhir.nhs.uk/Id/nhs-number", "urn:oid:2.16.840.1.113883.2.1.4.1"
NHS = {"value": "943 476 5005", "system": NHS_SYSTEM}
BY_SYSTEM = {"scheme": "nhs_number", "authority": NHS_SYSTEM}
BY_TYPE = {"scheme": "nhs_number", "type": "nh"}
NATIONAL = [  # identifiers beside the hospital's number, what the facility says, what is read
    ([NHS], BY_SYSTEM, "943 476 5005"),
    ([NHS], None, None),
    ([NHS], BY_TYPE, None),
    ([typed("9434765005", "NH", NHS_SYSTEM)], BY_TYPE, "9434765005"),
    ([typed("9434765005", "NH", NHS_SYSTEM)], BY_TYPE | BY_SYSTEM, "9434765005"),
    ([typed("9434765005", "NH", "https://other")], BY_TYPE | BY_SYSTEM, None),
    ([NHS | {"system": NHS_OID}], BY_SYSTEM | {"authority": NHS_OID[8:]}, "943 476 5005"),
    ([NHS | {"system": NHS_OID}], BY_SYSTEM | {"authority": NHS_OID}, "943 476 5005"),
    ([NHS | {"use": "old"}], BY_SYSTEM, None),
    ([NHS | {"value": "unknown"}], BY_SYSTEM, None),
    ([NHS, NHS], BY_SYSTEM, "943 476 5005"),
    ([NHS, NHS | {"value": "9434765013"}], BY_SYSTEM, "943 476 5005~9434765013"),
]  # fmt: skip


@pytest.mark.parametrize(("beside", "stated", "read_as"), NATIONAL)
def test_a_national_number_is_the_one_that_the_facility_means(tmp_path, beside, stated, read_as):
    rule = {"authority": "urn:oid:1.2.3"}
    sent = (observation(), patient(MRN, *beside))
    rows = read(tmp_path, *sent, identifier=rule, national_identifier=stated)
    assert whose(rows) == [("1001", "1.2.3")]
    (result,) = rows["observation"]
    assert result["national_number"] == read_as
    # raw.patient: the Patient by its number, and by its server's id, which the number joins
    told = {row["patient_id"]: row["national_number"] for row in rows["patient"]}
    assert told == {"1001": read_as, "p1": None}


def test_whom_only_a_national_number_names_has_it_too(tmp_path):
    sent = observation(subject={"identifier": NHS})
    (result,) = read(tmp_path, sent, national_identifier=BY_SYSTEM)["observation"]
    columns = ("patient_id", "assigning_authority", "national_number")
    assert seen(result, *columns) == ("943 476 5005", NHS_SYSTEM, "943 476 5005")


def test_of_a_scheme_alone_no_identifier_is_the_number(tmp_path):
    stated = {"columns": {"national_number": "NHS No"}, "national_identifier": {"scheme": "nir"}}
    (result,) = read(tmp_path, observation(), patient(MRN), **stated)["observation"]
    assert result["national_number"] is None
