"""`igwatch facility new` from a sample of FHIR: what it shows, what it asks, what it proves."""

import gzip
import json

import pytest

from igwatch.draft import DraftError, draft_facility
from igwatch.inquiry.preview import preview_file
from tests.home import SETTINGS, new_home
from tests.igwatch.command_line import command
from tests.transforms.parse.fhir.fhir_file import PATIENT, as_json, bundle, ndjson, observation

LOCAL = {"coding": [{"system": "urn:lab", "code": "MIG", "display": "Immunoglobulin M"}]}
GRAMS = {"value": 0.3, "unit": "g/L"}


def drafted(folder, *resources, name="sample.ndjson"):
    path = folder / name
    path.write_text(ndjson(*resources), encoding="utf-8")
    return draft_facility(path, "north")


def asked(draft) -> dict[str, tuple[str, ...]]:
    return {question.path: question.choices for question in draft.questions}


def shown(draft) -> dict[str, tuple[str, str]]:
    return {column.header: (column.cells, column.guess) for column in draft.columns}


def test_every_element_is_shown_with_its_cells_and_the_guess(tmp_path):
    draft = drafted(
        tmp_path,
        PATIENT,
        *(observation(id=f"o{n}", interpretation=[{"text": "low"}]) for n in range(3)),
        observation(id="o3", code=LOCAL, referenceRange=[{"low": GRAMS}]),
    )
    assert draft.seen == "a FHIR file: 4 Observation, 1 Patient"
    assert shown(draft) == {
        "Observation.code": (
            "4 filled, 2 different words",
            "code: 3 in a LOINC code that is known",
        ),
        "Observation.effectiveDateTime": ("4 of 4 are times", "collected_at"),
        "Observation.interpretation": ("3 filled, 1 different word", "abnormal_flag"),
        "Observation.referenceRange": ("1 filled, 1 different word", "reference_range"),
        "Observation.status": ("4 filled, 1 different word", "status"),
        "Observation.valueQuantity": ("4 of 4 are numbers", "value"),
        "Observation.valueQuantity.unit": ("4 filled, 1 different word", "units"),
        "Patient.birthDate": ("1 of 1 are times", "birth_date"),
        "Patient.gender": ("1 filled, 1 different word", "sex"),
        "Patient.identifier 1.2.3": ("1 of 1 Patients", "patient_id"),
    }
    assert asked(draft) == {"zone": (), "code_map.MIG": ("igm",)}


ZONES = [
    ("2024-01-10T08:00:00+01:00", "all of 1 times carry an offset"),
    ("2024-01-10T08:00:00Z", "all of 1 times carry an offset"),
    ("2024-01-10T08:00:00", "1 of 1 times carry no offset"),
    ("2024-01-10", "1 of 1 times carry no offset"),
]


@pytest.mark.parametrize(("written", "said"), ZONES)
def test_the_zone_is_asked_with_how_many_times_rest_on_it(tmp_path, written, said):
    (zone,) = drafted(tmp_path, observation(effectiveDateTime=written)).questions
    assert (zone.path, said in zone.note) == ("zone", True)


def typed(value, kind, system="urn:oid:1"):
    return {"system": system, "value": value, "type": {"coding": [{"code": kind}]}}


IDENTIFIERS = [
    ([typed("1", "MR"), typed("2", "AN")], {}),
    ([typed("1", "MR"), typed("2", "NH", "urn:oid:2")], {}),
    ([typed("1", "HOS"), typed("2", "NH")], {"identifier.type": ("HOS", "NH")}),
    ([{"system": "urn:oid:1", "value": "1"}, {"system": "http://nhs", "value": "2"}], {"identifier.authority": ("1", "http://nhs")}),
]  # fmt: skip


@pytest.mark.parametrize(("identifiers", "questions"), IDENTIFIERS)
def test_which_identifier_names_the_patient_is_asked_where_it_is_not_sure(
    tmp_path, identifiers, questions
):
    draft = drafted(tmp_path, *(PATIENT | {"id": i, "identifier": identifiers} for i in "ab"))
    assert {k: v for k, v in asked(draft).items() if k.startswith("identifier")} == questions
    assert "1001" not in draft.yaml()


def test_units_words_and_codes_that_nobody_knows_are_asked(tmp_path):
    none, digit = {"value": 0.3}, {"value": 0.3, "unit": "2"}
    odd = [observation(id=f"a{n}", valueQuantity=none) for n in range(3)]
    odd += [observation(id="b", valueQuantity=digit, status="signed"), PATIENT | {"gender": "1"}]
    draft = drafted(tmp_path, *odd)
    assert {*asked(draft)} == {
        *("zone", "sex_map.1", "status_map.signed", "unit_map.2"),
        *("unit_default.2472-9.unit", "unit_default.2472-9.approved_by"),
    }


def test_it_says_loudly_that_no_code_is_an_immunoglobulin_s(tmp_path):
    sodium = {"coding": [{"system": "http://loinc.org", "code": "2951-2", "display": "Sodium"}]}
    (line,) = drafted(tmp_path, observation(code=sodium)).loud
    assert line.startswith("NO CODE OF THIS FILE IS KNOWN")
    assert "2951-2 Sodium (1)" in line


def test_how_many_can_be_classed_and_why_the_others_cannot(tmp_path):
    lost = observation(id="o2", subject={"reference": "Patient/9"})
    late = observation(id="o3", effectiveDateTime=None)
    draft = drafted(tmp_path, PATIENT, observation(), lost, late)
    assert draft.outcome[0] == (
        "Of 3 IgM, 1 can be classed; 1 has no birth date; 1 has no time of collection."
    )
    assert "1 Observations name the id of a Patient that is not in the file." in draft.remarks


def drug(number, coding, **more):
    concept = {"coding": [coding], "text": "MabThera"}
    about = {"subject": {"reference": "Patient/p1"}, "medicationCodeableConcept": concept}
    return {"resourceType": "MedicationRequest", "id": f"m{number}", **about, **more}


def test_exposures_are_asked_for_systems_words_and_delivery(tmp_path):
    bare, strange = {"code": "RTX"}, {"system": "urn:house", "code": "RTX"}
    draft = drafted(
        tmp_path,
        drug(1, bare, status="Given up", authoredOn="2024-02-01"),
        drug(2, bare, status="active", authoredOn="2024-02-01"),
        drug(3, strange, status="active"),
    )
    questions = asked(draft)
    assert {*questions} == {
        *("zone", "exposure_system.medication", "exposure_delivery"),
        "exposure_status_map.Given up",
    }
    assert draft.loud[0].startswith("A coding NAMES SYSTEMS THAT ARE NOT READ: urn:house (1)")
    assert draft.outcome == ("The commonest codes: RTX MabThera (3).",)
    assert shown(draft)["MedicationRequest.authoredOn"] == ("2 of 2 are times", "start_date")


def test_an_answered_draft_reads_what_it_was_made_of(tmp_path):
    home = new_home(tmp_path)
    path = tmp_path / "export.json.gz"
    path.write_bytes(gzip.compress(as_json(bundle(PATIENT, observation(code=LOCAL))).encode()))
    draft = draft_facility(path, "north")
    answers = {key: choices[0] for key, choices in asked(draft).items() if choices}
    done = draft.answered(answers | {"zone": "Europe/Berlin"})
    (home.facility / "north.yaml").write_text(done.yaml(), encoding="utf-8")
    assert preview_file(path, "north", home, SETTINGS)["outcomes"]["measured"] == 1


def test_the_command_shows_it_and_names_nobody(tmp_path):
    home = new_home(tmp_path)
    path = tmp_path / "sample.ndjson"
    path.write_text(ndjson(PATIENT, observation()), encoding="utf-8")
    done = command(home, "facility", "new", str(path), "--name", "north", "--json")
    said = json.loads(done.stdout)
    assert [q["key"] for q in said["questions"]] == ["zone"]
    done = command(home, "facility", "new", str(path), "--name", "south", "--zone", "Europe/Paris")
    assert "1 results would be read: 1 measured" in done.stdout
    assert not {"1001", "1989-01-05"} & {*done.stdout.split()}


@pytest.mark.parametrize("resources", [[{"resourceType": "Basic"}], [{"resourceType": "List"}]])
def test_a_file_without_anything_that_is_read_has_no_draft(tmp_path, resources):
    with pytest.raises(DraftError, match="no Observation, Patient"):
        drafted(tmp_path, *resources)
