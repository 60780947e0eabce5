"""The pack: every case in it or left out with a reason, the same bytes each time, files that hold."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from hashlib import sha256

import pytest

from igwatch.base.paths import ROOT
from igwatch.conformance.pack import pack_files
from igwatch.conformance.pack_case import CLOCK, FORMATS
from igwatch.conformance.pack_cases import pack_cases
from igwatch.conformance.pack_exposure import coded
from igwatch.conformance.pack_limit import PUBLISHED, limits_at
from tests.igwatch.command_line import typed
from transforms.knowledge.drawn_case import FOLDER, drawn_exposures, read_cases


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    out = tmp_path_factory.mktemp("pack") / "out"
    done = typed("conformance", "write", "--out", str(out), "--json")
    assert done.returncode == 0
    return out / json.loads(done.stdout)["version"]


def table(pack, name):
    with (pack / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_case_of_the_project_is_listed_once(pack):
    """The drawn ones, and the 83 worked examples."""
    listed = Counter((row["sentence"], row["case"]) for row in table(pack, "cases"))
    drawn = Counter((case.sentence, case.row["case"]) for case in read_cases())
    worked = listed - drawn
    assert drawn - listed == Counter()
    assert sorted(case.split()[0] for _, case in worked) == sorted(examples())
    assert worked.total() == 83
    assert len({row["case_id"] for row in table(pack, "cases")}) == listed.total()


def examples():
    """Name -> row of expected.csv."""
    with (FOLDER / "worked_example" / "expected.csv").open(encoding="utf-8", newline="") as file:
        return {row["patient_id"]: row for row in csv.DictReader(file)}


def test_a_case_is_in_a_format_or_has_its_reason(pack):
    expected = {(row["case_id"], name) for row in table(pack, "expected")
                for name in row["formats"].split()}  # fmt: skip
    unsaid = {(row["case_id"], row["format"]) for row in table(pack, "unsaid") if row["format"]}
    every = {(row["case_id"], name) for row in table(pack, "cases") for name in FORMATS}
    assert expected | unsaid == every
    assert expected & unsaid == set()
    assert all(row["reason"] for row in table(pack, "unsaid"))


def test_a_rule_is_asked_or_has_its_reason(pack):
    asked = {(row["case_id"], row["rule"]) for row in table(pack, "expected")}
    unasked = {(row["case_id"], row["rule"]) for row in table(pack, "unsaid") if row["rule"]}
    said = {row["case_id"] for row in table(pack, "expected")}
    assert {key for key in unasked if key[0] in said} & asked == set()
    assert len(asked) > 1500
    rules = Counter(key[1] for key in asked | unasked if key[0] in said)
    assert set(rules.values()) == {len(said)}


def test_the_states_are_those_of_the_cases(pack):
    drawn = {
        (case.sentence, case.row["case"]): {
            "selective_igm_deficiency": case.row["sigmd"],
            "hyper_igm": case.row["higm"],
        }
        for case in read_cases()
    }
    worked = examples()
    words = {row["case_id"]: (row["sentence"], row["case"]) for row in table(pack, "cases")}
    for row in table(pack, "expected"):
        key = words[row["case_id"]]
        states = drawn.get(key) or worked[key[1].split()[0]]
        assert states[row["rule"]] == row["state"]
        assert (row["cohort"] == "in") == (row["state"] in ("persistent", "definite_pattern"))


@pytest.mark.parametrize("name", ["hl7", "csv", "fhir"])
def test_a_format_names_just_the_patients_that_it_says(pack, name):
    text = "".join(p.read_text() for p in sorted((pack / name).rglob("*.*")))
    said = {row["case_id"] for row in table(pack, "expected") if name in row["formats"].split()}
    named = {row["case_id"] for row in table(pack, "cases") if row["case_id"] in text}
    with_rows = {case.case_id for case in pack_cases() if case.results or case.exposures}
    assert named == said & with_rows


def test_every_code_that_is_sent_is_told_what_it_does(pack):
    told = {(row["code_system"], row["code"]): row for row in table(pack, "causes")}
    sent = {
        (row["code_system"], row["code"])
        for path in (pack / "csv").rglob("exposures.csv")
        for row in csv.DictReader(path.read_text().splitlines())
    }
    assert sent == set(told)
    assert (told["ATC", "N05AH02"]["effect"], told["ATC", "N05AH02"]["lookback_days"]) == (
        "possible", "365",
    )  # fmt: skip


def test_the_same_rules_give_the_same_bytes(pack):
    assert {path: text.encode() for path, text in pack_files()} == {
        str(path.relative_to(pack)): path.read_bytes()
        for path in pack.rglob("*")
        if path.is_file() and path.name != "manifest.csv"
    }


def test_the_manifest_has_the_digest_of_every_file(pack):
    found = {
        str(path.relative_to(pack)): sha256(path.read_bytes()).hexdigest()
        for path in pack.rglob("*")
        if path.is_file() and path.name != "manifest.csv"
    }
    assert {row["path"]: row["sha256"] for row in table(pack, "manifest")} == found


def test_its_files_are_the_owners(pack):
    modes = {path.stat().st_mode & 0o777 for path in pack.rglob("*")}
    assert modes == {0o600, 0o700}


def test_a_pack_that_is_there_is_not_written_over(pack):
    done = typed("conformance", "write", "--out", str(pack.parent))
    assert done.returncode == 1
    assert "is there already; remove it, or choose another --out" in done.stderr
    assert list(pack.parent.glob(".*")) == []


def test_published_patients_have_the_default_limits():
    """PRU (Exeter) prints 0.5 to 1.9 g/L for IgM at 35 years, 0.2 to 1.0 at 100 days; the floor of
    0.40 g/L is an adult's."""
    adult, child = (limits_at(PUBLISHED, "igm", "F", days) for days in (35 * 365, 100))
    assert (adult.lower_min, adult.lower_max, adult.upper_min) == (0.4, 0.5, 1.9)
    assert child.lower_min <= 0.2


EXPOSURES = """
drawn                                                | code    | first | last
definite anti_cd20 -92..-78+730                      | L01XC02 | -92   | -78
possible antipsychotic -900..-365+365                | N05AH02 | -900  | -365
possible antipsychotic -900..                        | N05AH02 | -900  | 10
possible systemic_steroid -300..-50+30               | H02AB06 | -300  | -110
possible systemic_steroid 0..9+30                    | K90.49  | 0     | 10
definite thymoma ?..                                 | D15.0   |       |
definite fcrn_blocker -30.. {igg}                    | L04AA58 | -30   | 10
acute_illness acute_illness 4                        | J09     | 4     | 4
spep_negative electrophoresis 5                      | spep_negative | 5 | 5
known_immunodeficiency selective_igm_deficiency -30.. | D80.4  | -30   |
unreviewed_drug unreviewed_drug -50..-30+20          | none    |       |
"""


@pytest.mark.parametrize("line", EXPOSURES.strip().splitlines()[1:])
def test_an_exposure_bears_as_long_as_drawn(line):
    """A steroid looks back 90 days: one that bears until day -20 ended on day -110. What would
    have ended before it began is said by a cause that does not look back. The clock is day 10."""
    text, code, first, last = (cell.strip() for cell in line.split("|"))
    [exposure] = drawn_exposures({"exposures": text})
    found = coded(exposure, 10)
    if code == "none":
        assert found is None
        return
    days = [None if day is None else str(day) for day in (found.first_day, found.last_day)]
    assert (found.code, *days) == (code, first or None, last or None)


def test_nothing_but_what_lies_behind_the_clock_is_in_omop(pack):
    with (pack / "omop" / "measurement.csv").open(newline="") as file:
        days = [date.fromisoformat(row["measurement_date"]) for row in csv.DictReader(file)]
    assert max(days) <= CLOCK


def test_the_page_says_how_many_cases_each_format_has():
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    said = {name: sum(name in case.formats for case in pack_cases()) for name in FORMATS}
    told = (
        f"of {len(pack_cases())} cases {said['hl7']} are in HL7, {said['csv']} in CSV, "
        f"{said['fhir']} in FHIR and {said['omop']} in OMOP"
    )
    assert told in page
