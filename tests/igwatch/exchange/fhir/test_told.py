"""What two nights of two clinics tell in FHIR: whose it is, what changed, who may read it.

Expected values are those that were delivered (told_home.py), read by hand."""

from __future__ import annotations

import json
import os
import stat
from collections import Counter

import pytest

from igwatch.exchange.fhir.export import export_fhir
from tests.home import SETTINGS, ask, deliver, new_home
from tests.igwatch.command_line import command
from tests.igwatch.exchange.fhir.told_home import HOSTILE, Told, bundles, resources
from tests.igwatch.nights import quick_night
from tests.transforms.parse.fhir.fhir_file import read

pytestmark = pytest.mark.heavy

NORTH, SOUTH = "riverside-immunology", "hillside"
IDS = {"QX1001", "QX1002", "QX1003", "QX1004", "QX1005", "QX1006", "QX2001"}


def of_patient(found: list, kind: str, number: str) -> list[dict]:
    """The resources of a type that are about the patient of a number, by their references."""
    people = [r for r in found if r["resourceType"] == "Patient"]
    (one,) = {p["id"] for p in people if p["identifier"][0]["value"] == number}
    about = ("subject", "patient", "for")
    return [
        r
        for r in found
        if r["resourceType"] == kind
        and any(r.get(name, {}).get("reference") == f"Patient/{one}" for name in about)
    ]


def tagged(observations: list[dict], tag: str) -> list[dict]:
    return [o for o in observations if o["meta"]["tag"][0]["code"] == tag]


def igm(observations: list[dict]) -> list[dict]:
    named = ("IgM", "Immunoglobulin M")
    return [o for o in observations if o.get("code", {}).get("text") in named]


def test_a_clinic_has_one_file_with_its_patients_alone(exported: Told):
    assert [p.name for p in sorted(exported.first.iterdir())] == [
        f"{SOUTH}.ndjson",
        f"{NORTH}.ndjson",
    ]
    told = {
        name: {
            r["identifier"][0]["value"]
            for r in resources(exported.first / f"{name}.ndjson", "Patient")
        }
        for name in (NORTH, SOUTH)
    }
    assert told == {NORTH: IDS - {"QX1006", "QX2001"}, SOUTH: {"QX2001"}}


def test_a_result_is_told_as_sent_and_normalised(exported: Told):
    found = resources(exported.first / f"{NORTH}.ndjson")
    own = of_patient(found, "Observation", "QX1004")
    (sent,), (ours,) = igm(tagged(own, "as-sent")), igm(tagged(own, "normalised"))
    assert sent["code"]["coding"] == [{"system": "urn:igwatch:code:north", "code": "IGM-S"}]
    assert sent["valueQuantity"] == {
        "value": 30,
        "unit": "mg/dL",
        "system": "http://unitsofmeasure.org",
        "code": "mg/dL",
    }
    assert sent["effectiveDateTime"] == "2024-01-15"
    assert ours["code"]["coding"][0]["code"] == "2472-9"
    assert (ours["valueQuantity"]["value"], ours["valueQuantity"]["code"]) == (0.3, "g/L")
    assert ours["derivedFrom"] == [{"reference": f"Observation/{sent['id']}"}]
    assert [c["code"] for c in ours["interpretation"][0]["coding"]] == ["L", "low"]
    low = [r["low"]["value"] for r in ours["referenceRange"]]
    assert low == [0.5, 0.4]  # PRU Exeter's; Mayo's 0.37 raised to the rules' floor of adults


def test_digits_comparators_times_and_zones_are_kept(exported: Told):
    text = (exported.first / f"{NORTH}.ndjson").read_text(encoding="utf-8")
    assert '"value":0.20,' in text
    found = resources(exported.first / f"{NORTH}.ndjson")
    sent, _ = igm(tagged(of_patient(found, "Observation", "QX1001"), "as-sent"))
    assert sent["effectiveDateTime"] == "2024-01-10T08:15:00+01:00"
    assert sent["issued"] == "2024-01-10T12:30:00+01:00"
    assert sent["basedOn"][0]["identifier"]["value"] == "o1"
    censored = igm(of_patient(found, "Observation", "QX1003"))
    assert [o["valueQuantity"]["comparator"] for o in censored] == ["<", "<"]
    assert {o["effectiveDateTime"] for o in censored} == {"2024-03-31"}  # an hour that is not
    (person,) = [r for r in found if r.get("birthDate") == "1990"]
    assert person["identifier"][0] == {
        "use": "usual",
        "system": "urn:igwatch:authority:NORTH",
        "value": "QX1003",
    }
    (south,) = igm(tagged(resources(exported.first / f"{SOUTH}.ndjson", "Observation"), "as-sent"))
    assert south["effectiveDateTime"] == "2024-04-15T23:45:00+01:00"


def test_what_cannot_be_used_is_told_as_text_and_as_absent(exported: Told):
    own = igm(of_patient(resources(exported.first / f"{NORTH}.ndjson"), "Observation", "QX1001"))
    (sent,) = [o for o in own if o.get("valueString")]
    assert (sent["valueString"], sent["status"]) == ("haemolysed", "unknown")
    (ours,) = [o for o in own if "dataAbsentReason" in o]
    assert [c["code"] for c in ours["dataAbsentReason"]["coding"]] == [
        "error",
        "specimen_haemolysed",
    ]
    assert "valueQuantity" not in ours


def test_a_flag_names_its_state_its_evidence_and_what_counts(exported: Told):
    found = resources(exported.second / f"{NORTH}.ndjson")
    (issue,) = of_patient(found, "DetectedIssue", "QX1001")
    assert [c["code"] for c in issue["code"]["coding"][:2]] == [
        "selective_igm_deficiency",
        "persistent",
    ]
    assert issue["status"] == "preliminary"
    assert issue["identifiedDateTime"] == "2024-05-01"
    own = igm(tagged(of_patient(found, "Observation", "QX1001"), "normalised"))
    ours = [o for o in own if "valueQuantity" in o]
    assert {r["reference"] for r in issue["implicated"]} == {f"Observation/{o['id']}" for o in ours}
    terms = {c["code"] for e in issue["evidence"] for k in e["code"] for c in k.get("coding", [])}
    assert "HP:0002850" in terms
    assert all(len(e["detail"]) == 3 for e in issue["evidence"])


def test_a_repeat_is_sought_from_due_to_overdue_and_says_what_to_order(exported: Told):
    found = resources(exported.first / f"{NORTH}.ndjson")
    (due,) = of_patient(found, "Task", "QX1002")
    ((start, end),) = ask_first(exported, "QX1002")
    assert due["restriction"]["period"] == {"start": start, "end": end}
    assert (due["status"], due["intent"]) == ("requested", "proposal")
    assert due["businessStatus"]["coding"][0]["code"] == "repeat_due"
    ordered = [each["valueString"] for each in due["input"]]
    assert ordered[0] == "IgG, IgA and IgM, all from one sample (serum, gel tube)"
    assert "executionPeriod" not in due
    (ahead,) = of_patient(found, "Task", "QX1003")
    assert (ahead["status"], "input" in ahead) == ("draft", False)


def ask_first(exported: Told, number: str) -> list[tuple[str, str]]:
    """Due and overdue in the first night's own table."""
    table = exported.home.generations / exported.runs[0] / "flag" / "patient_flag.parquet"
    return ask(
        exported.home,
        "SELECT repeat_due_on::VARCHAR, repeat_overdue_on::VARCHAR "
        f"FROM read_parquet('{table}') WHERE patient_id = '{number}'",
    )


def test_a_repeat_that_was_done_is_completed_with_its_result(exported: Told):
    found = resources(exported.second / f"{NORTH}.ndjson")
    done = [t for t in of_patient(found, "Task", "QX1001") if t["status"] == "completed"]
    assert [t["executionPeriod"] for t in done] == [{"start": "2024-06-10", "end": "2024-06-10"}]
    (result,) = [o for o in igm(found) if f"Observation/{o['id']}" == output(done[0])]
    assert result["valueQuantity"]["value"] == 0.19


def output(task: dict) -> str:
    return task["output"][0]["valueReference"]["reference"]


def test_provenance_names_run_rules_and_limits_and_all_that_was_derived(exported: Told):
    for bundle in bundles(exported.second / f"{NORTH}.ndjson"):
        held = [e["resource"] for e in bundle["entry"]]
        (made_by,) = [r for r in held if r["resourceType"] == "Provenance"]
        values = [e["what"]["identifier"]["value"] for e in made_by["entity"]]
        assert values == [exported.runs[1], "2026.2", "PRU_EXETER+MAYO"]
        observations = [r for r in held if r["resourceType"] == "Observation"]
        derived = tagged(observations, "normalised")
        derived += [r for r in held if r["resourceType"] in ("DetectedIssue", "Task")]
        targets = {t["reference"] for t in made_by["target"]}
        assert targets == {f"{r['resourceType']}/{r['id']}" for r in derived}


def test_ids_stay_over_nights_and_hold_no_number(exported: Told):
    first, second = (
        {r["id"]: r for r in resources(folder / f"{NORTH}.ndjson")}
        for folder in (exported.first, exported.second)
    )
    for number in ("QX1001", "QX1003", "QX1004"):
        for kind in ("Patient", "Observation", "DetectedIssue", "Task"):
            ids = {r["id"] for r in of_patient([*first.values()], kind, number)}
            assert ids <= second.keys(), (number, kind)
    assert not [i for i in (*first, *second) if any(number.lower() in i for number in IDS)]
    counted = Counter(r["id"] for r in resources(exported.second / f"{NORTH}.ndjson"))
    assert set(counted.values()) == {1}


def held(bundle: dict) -> list[dict]:
    return [entry["resource"] for entry in bundle["entry"]]


def since(exported: Told, name: str) -> list[dict]:
    return resources(exported.since / f"{name}-since-{exported.runs[0]}.ndjson")


def test_since_a_run_only_what_changed_is_told(exported: Told):
    """QX1003 and QX1004 are as they were but for the day: only the first of them came due."""
    found = since(exported, NORTH)
    numbers = {r["identifier"][0]["value"] for r in found if r["resourceType"] == "Patient"}
    assert numbers == {"QX1001", "QX1002", "QX1005", "QX1006"}
    assert since(exported, SOUTH) == []
    repeated = igm(tagged(of_patient(found, "Observation", "QX1001"), "as-sent"))
    assert [o["valueQuantity"]["value"] for o in repeated] == [0.19]


def test_a_corrected_result_is_the_same_resource_corrected(exported: Told):
    """The flag is gone with it, and its patient is on no list: the clinic is told all the same."""
    before = igm(of_patient(resources(exported.first / f"{NORTH}.ndjson"), "Observation", "QX1002"))
    after = igm(of_patient(since(exported, NORTH), "Observation", "QX1002"))
    assert {o["valueQuantity"]["value"] for o in before} == {0.21}
    now = {o["id"]: (o["status"], o["valueQuantity"]["value"]) for o in after}
    assert now == dict.fromkeys([o["id"] for o in before], ("corrected", 1.21))
    (issue,) = of_patient(since(exported, NORTH), "DetectedIssue", "QX1002")
    state = issue["code"]["coding"][1]["code"]
    assert (issue["status"], state) == ("cancelled", "no_evidence")
    (task,) = of_patient(since(exported, NORTH), "Task", "QX1002")
    assert task["status"] == "cancelled"


def test_a_merged_patient_is_replaced_and_nothing_of_theirs_counts_twice(exported: Told):
    found = since(exported, NORTH)
    people = {r["identifier"][0]["value"]: r for r in found if r["resourceType"] == "Patient"}
    gone, stays = people["QX1005"], people["QX1006"]
    assert gone["active"] is False
    assert gone["link"][0]["other"]["reference"] == f"Patient/{stays['id']}"
    assert stays["identifier"][1]["value"] == "QX1005"
    assert stays["identifier"][1]["use"] == "old"
    of_gone = [r for r in found if r.get("subject", {}).get("reference") == f"Patient/{gone['id']}"]
    assert of_gone
    assert {r["status"] for r in of_gone} == {"entered-in-error"}
    assert not [r for r in of_gone if any(name.startswith("value") for name in r)]
    values = [o["valueQuantity"]["value"] for o in igm(of_patient(found, "Observation", "QX1006"))]
    assert sorted(values) == [0.22, 0.22, 0.9, 0.9]


@pytest.mark.parametrize("name", [NORTH, SOUTH])
def test_read_back_by_our_own_reader_the_measurements_are_the_same(exported: Told, tmp_path, name):
    lines = (exported.second / f"{name}.ndjson").read_text(encoding="utf-8")
    zone = {NORTH: "Europe/Berlin", SOUTH: "Europe/London"}[name]
    rows = read(tmp_path, lines, zone=zone)
    assert rows["reject"] == []
    facility = {NORTH: "north", SOUTH: "south"}[name]
    published = ask(
        exported.home,
        "SELECT p.patient_id, p.assigning_authority, m.code, m.value_comparator, "
        "m.value_as_number, m.unit_ucum, m.collected_at FROM core.measurement AS m "
        "JOIN core.patient AS p USING (patient_key) SEMI JOIN mart.cohort USING (patient_key) "
        f"WHERE m.facility = '{facility}'",
    )
    told = [
        (
            row["patient_id"],
            row["assigning_authority"],
            row["observation_identifier"],
            "<" if row["observation_value"].startswith("<") else None,
            float(row["observation_value"].removeprefix("<")),
            row["units"],
            row["collected_at"].replace(hour=2, minute=30)
            if row["patient_id"] == "QX1003"  # the hour that is not: only its day is told
            else row["collected_at"],
        )
        for row in rows["observation"]
        if row["value_type"] == "NM"
    ]
    assert Counter(told) == Counter(published)
    assert [r["observation_value"] for r in rows["observation"] if r["value_type"] != "NM"] == (
        ["haemolysed"] if name == NORTH else []
    )


def test_delivered_to_another_home_it_makes_the_same_measurements(exported: Told, tmp_path):
    """Nothing twice: what igwatch normalised is no result of its own."""
    other = new_home(tmp_path)
    settings = "zone: Europe/Berlin\ncode_map: {IGM-S: igm}\n"
    (other.facility / "back.yaml").write_text(settings, encoding="utf-8")
    deliver(other, "back", "a.ndjson", (exported.second / f"{NORTH}.ndjson").read_bytes())
    quick_night(other, "2024-06-20")
    values = (
        "SELECT p.patient_id, p.assigning_authority, p.birth_date::VARCHAR, p.born_from::VARCHAR, "
        "p.sex, m.analyte, m.value_comparator, m.value_g_per_l, m.collected_at::DATE, m.class "
        "FROM core.measurement AS m JOIN core.patient AS p USING (patient_key) "
    )
    back = ask(other, values)
    assert Counter(back) == Counter(
        ask(
            exported.home,
            f"{values} SEMI JOIN mart.cohort USING (patient_key) WHERE m.facility = 'north'",
        )
    )
    assert ask(other, "SELECT count(*) FROM core.unusable") == [(1,)]


def test_hostile_text_is_data(exported: Told):
    (sent,) = igm(
        tagged(
            of_patient(resources(exported.first / f"{NORTH}.ndjson"), "Observation", "QX1004"),
            "as-sent",
        )
    )
    (note,) = sent["note"]
    seen = {"\u202e": "\\x202e", "\u2066": "\\x2066", "\x1b": "\\x1b", "\u2028": "\\x2028"}
    assert note["text"] == "".join(seen.get(sign, sign) for sign in HOSTILE)
    for file in exported.files():
        content = file.read_bytes()
        assert content.isascii()
        assert not [sign for sign in content if sign < 32 and sign != 10]
        assert content.count(b"\n") == len(bundles(file))


def test_nobody_but_the_owner_reads_a_file_without_a_clinics_group(exported: Told):
    for file in exported.files():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert not any(number.lower() in file.name.lower() for number in IDS)


def test_a_clinics_group_reads_its_own_file_alone(exported: Told, tmp_path):
    """Needs root, to give a file to a group."""
    assert os.geteuid() == 0, "run as root: files are given to a group"
    settings = exported.home.facility / "north.yaml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(f"{before}clinic_group: '64201'\n", encoding="utf-8")
    (tmp_path / "closed").mkdir(mode=0o700)
    try:
        written = export_fhir(exported.home, SETTINGS, tmp_path / "out")
        closed = export_fhir(exported.home, SETTINGS, tmp_path / "closed")
    finally:
        settings.write_text(before, encoding="utf-8")
    modes = {
        m.path.stem: (m.path.stat().st_gid, stat.S_IMODE(m.path.stat().st_mode)) for m in written
    }
    assert modes[NORTH] == (64201, 0o640)
    assert modes[SOUTH][1] == 0o600
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o711
    assert [m.readable_by for m in written if m.path.stem == NORTH] == ["group 64201"]
    assert stat.S_IMODE((tmp_path / "closed").stat().st_mode) == 0o700
    assert [m.readable_by for m in closed if m.path.stem == NORTH] == [
        "group 64201, which cannot pass the folder"
    ]


def test_the_command_names_nobody_and_is_noted(exported: Told, tmp_path):
    done = command(
        exported.home, "export", "fhir", "--out", str(tmp_path / "out"), "--why", "trial"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{NORTH}.ndjson" in done.stdout
    assert not [n for n in IDS if n in done.stdout]
    noted = json.loads(
        (exported.home.ledger / "access.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    )
    assert (noted["command"], noted["patients"], noted["why"]) == ("export fhir", None, "trial")
    assert noted["what"] == exported.runs[1]
    as_json = command(exported.home, "export", "fhir", "--out", str(tmp_path / "out"), "--json")
    made = {m["clinic"]: m for m in json.loads(as_json.stdout)}
    assert made["Hillside"]["resources"] == {
        "Patient": 1, "Observation": 6, "DetectedIssue": 1, "Task": 1, "Provenance": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "20200101-000000000000"], "no such generation is kept; kept are: "),
        (["--since", "../live"], "no such generation is kept; kept are: "),
    ],
)
def test_an_unknown_run_is_one_line_with_the_mend(exported: Told, tmp_path, words, said):
    done = command(exported.home, "export", "fhir", "--out", str(tmp_path / "out"), *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


SEEDS = (*IDS, "1989-01-05", "19890105", "1984-02-29", "haemolysed", "0.20")


@pytest.mark.parametrize("table", ["core/measurement", "flag/evidence", "core/patient"])
def test_a_damaged_table_tells_nothing_of_anybody_and_leaves_no_file(
    exported: Told, tmp_path, table
):
    path = exported.home.live.resolve() / f"{table}.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + bytes(byte ^ 0xFF for byte in whole[4:200]) + whole[200:])
    try:
        done = command(exported.home, "export", "fhir", "--out", str(tmp_path / "out"))
    finally:
        path.write_bytes(whole)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert said
    assert [seed for seed in SEEDS if seed.lower() in said.lower()] == []
    assert list((tmp_path / "out").glob("*")) == []


def test_a_folder_that_is_a_file_is_wrong_usage(exported: Told, tmp_path):
    (tmp_path / "out").write_text("", encoding="utf-8")
    done = command(exported.home, "export", "fhir", "--out", str(tmp_path / "out"))
    assert done.returncode == 2


def test_below_the_home_nothing_is_exported(exported: Told):
    inside = exported.home.root / "export"
    done = command(exported.home, "export", "fhir", "--out", str(inside))
    assert done.returncode == 1
    assert "name a folder elsewhere" in done.stderr
    assert not inside.exists()


def test_before_anything_is_published_the_mend_is_said(tmp_path):
    done = command(new_home(tmp_path), "export", "fhir", "--out", str(tmp_path / "out"))
    assert (done.returncode, done.stderr.strip()) == (
        1,
        "igwatch: nothing is published yet; run: igwatch run",
    )
