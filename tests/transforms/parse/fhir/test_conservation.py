"""A FHIR file through landing and the models: every resource, result and exposure is accounted for."""

import json

from igwatch.inquiry.preview import preview_file
from tests.home import SETTINGS, new_home
from tests.transforms.parse.fhir.fhir_file import PATIENT, bundle, observation, read
from tests.transforms.parse.fhir.test_core import core
from tests.transforms.parse.fhir.test_exposure import drug, resource

SODIUM = {"coding": [{"system": "http://loinc.org", "code": "2951-2", "display": "Sodium"}]}
EVERYTHING = [
    PATIENT | {"link": [{"type": "replaces", "other": {"display": "x"}}]},
    observation(),
    observation(id="o2", status="preliminary"),
    observation(id="o3", subject=None),
    observation(id="o4", code=SODIUM),
    observation(id="o5", code=SODIUM, subject=None),
    drug("MedicationRequest", status="active", authoredOn="2024-01-01"),
    resource("Condition"),
    {"resourceType": "Encounter", "id": "e"},
    {"id": "no type"},
]


def test_everything_adds_up(tmp_path):
    rows = read(tmp_path, *EVERYTHING)
    con = core(tmp_path, EVERYTHING)
    ((n_ended,),) = con.execute("SELECT count(*) FROM result.disposition").fetchall()
    assert n_ended == len(rows["observation"]) == 3
    assert rows["source_file"][0]["n_results"] == 5
    assert rows["source_file"][0]["n_other_rows"] == 4
    assert rows["source_file"][0]["n_messages"] == len(EVERYTHING)


def test_a_preview_accounts_for_every_result(tmp_path):
    home = new_home(tmp_path / "home")
    file = tmp_path / "export.json"
    entries = [
        {"fullUrl": f"https://a.b/{each.get('resourceType')}/{n}", "resource": each}
        for n, each in enumerate(EVERYTHING)
    ]
    file.write_text(json.dumps(bundle(*entries), indent=1))
    seen = preview_file(file, "north", home, SETTINGS)
    held = sum(reject["n_results"] for reject in seen["rejects"])
    ended = sum(each["n"] for each in seen["dispositions"])
    assert (seen["format"], seen["n_messages"]) == ("fhir", len(EVERYTHING))
    assert seen["n_results"] == ended + held + seen["n_results_skipped"] == 5
    assert seen["n_results_skipped"] == 2
