"""Resources that the library fhir.resources takes for valid FHIR R4, written by it, read by us.

What each row must hold is known from how its resource was made (shape.py)."""

import json

import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.transforms.parse.fhir.fhir_file import PATIENT, bundle, read
from tests.transforms.parse.fhir.shape import (
    A_DRUG,
    EXPOSURE,
    HOLDER,
    PERSON,
    RESULT,
    SERVER,
    made,
)

ZONE = "Europe/Berlin"
N, SEED = 400, 17
RESULTS = list(made("Observation", RESULT, N, SEED))
EXPOSURES = [each for kind in EXPOSURE for each in made(kind, EXPOSURE[kind], N // 8, SEED)]
BESIDE = [PERSON, A_DRUG]


def written(resource) -> str:
    """As the library writes it; it raises where this is no FHIR."""
    return get_fhir_model_class(resource["resourceType"]).model_validate(resource).model_dump_json()


def lines(resources):
    return "".join(written(each) + "\n" for each in resources)


def server_bundle(resources):
    entries = [
        {"fullUrl": f"{SERVER}/{r['resourceType']}/{r['id']}", "resource": r} for r in resources
    ]
    return written(bundle(*entries, timestamp="2024-08-01T00:00:00Z"))


FORMS = {
    "lines": (lines, "north/Patient"),
    "lines, referred to behind": (lambda r: lines(r[::-1]), "north/Patient"),
    "bundle without addresses": (lambda r: written(bundle(*r)), "north/Patient"),
    "bundle of a server": (server_bundle, f"{SERVER}/Patient"),
}


def shown(row, cells):
    return {
        name: str(row[name]) if name.endswith(("_at", "_date")) else row[name] for name in cells
    }


@pytest.mark.parametrize("form", FORMS)
def test_every_row_holds_what_its_resource_says(tmp_path, form):
    write, holder = FORMS[form]
    made_of = [*RESULTS, *EXPOSURES]
    rows = read(tmp_path, write([*BESIDE, *(resource for resource, _ in made_of)]), zone=ZONE)
    assert rows["reject"] == []
    numbers = [(row["filler_order_number"], row) for row in rows["observation"]]
    numbers += [(row["record_id"], row) for row in rows["exposure"]]
    of_id = {number.rpartition("/")[2]: row for number, row in numbers}
    assert len(of_id) == len(numbers) == len(made_of)
    for resource, cells in made_of:
        row = of_id[resource["id"]]
        expected = {k: holder if v == HOLDER else v for k, v in cells.items()}
        assert shown(row, expected) == expected, resource


def test_in_a_message_references_are_those_of_its_entries(tmp_path):
    patient = PATIENT | {"gender": "other", "birthDate": "1989-01-05"}
    about = {"subject": {"reference": "urn:uuid:1"}}
    resources = [r | about for r, _ in RESULTS if r["subject"].get("reference") == "Patient/p1"]
    header = {
        "resourceType": "MessageHeader",
        "eventUri": "urn:x",
        "source": {"endpoint": "urn:lab"},
    }
    listed = [header, patient, *resources]
    entries = [{"fullUrl": f"urn:uuid:{n}", "resource": r} for n, r in enumerate(listed)]
    sent = written(bundle(*entries, kind="message", timestamp="2024-08-01T00:00:00Z"))
    rows = read(tmp_path, sent, zone=ZONE)
    assert rows["reject"] == []
    assert [r["observation_value"] for r in rows["observation"]] == [
        cells["observation_value"]
        for r, cells in RESULTS
        if r["id"] in {x["id"] for x in resources}
    ]
    assert {(r["patient_id"], r["administrative_sex"]) for r in rows["observation"]} == {
        ("1001", "other")
    }


def test_each_component_is_a_result_with_its_own_value_and_range(tmp_path):
    own = ("valueQuantity", "valueInteger", "valueString", "valueCodeableConcept", "valueRatio",
           "dataAbsentReason", "code", "interpretation", "referenceRange")  # fmt: skip
    parts = [
        ({name: r[name] for name in own if name in r}, cells)
        for r, cells in RESULTS
        if any(name in r for name in own[:6])
    ][:40]
    panel = {k: v for k, v in RESULTS[0][0].items() if k not in own} | {
        "subject": {"reference": "Patient/p1"}
    }
    panel |= {"code": {"text": "Immunoglobulins"}, "component": [part for part, _ in parts]}
    rows = read(tmp_path, lines([PERSON, panel]))["observation"]
    names = (
        "observation_value",
        "units",
        "observation_identifier",
        "references_range",
        "abnormal_flags",
    )
    assert [[row[n] for n in names] for row in rows] == [[c[n] for n in names] for _, c in parts]


def test_the_library_refuses_what_is_no_fhir():
    with pytest.raises(ValueError, match="status"):
        written({k: v for k, v in RESULTS[0][0].items() if k != "status"})
    assert json.loads(written(PERSON)) == PERSON
