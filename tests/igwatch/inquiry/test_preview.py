"""`igwatch preview`: what would become of a file, without writing into the home."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from igwatch.command import app
from igwatch.inquiry.preview import preview_file
from igwatch.night.pipeline import land
from samples.demo_nights import nights, write_samples
from tests.home import SETTINGS, deliver, new_home
from tests.transforms.parse.facility.test_own_rules import SIGNED, written
from transforms.parse.facility.own_limits import COLUMNS as LIMIT_COLUMNS
from transforms.parse.facility.own_rules import OverrideError

pytestmark = pytest.mark.heavy

# A file with one of everything. Nobody in it exists.
SHEET = """\
PatNr,DOB,Taken,Reported,Code,Name,Value,Unit,Range,Status
SECRET-1,1987-03-04,2024-01-31,2024-02-01,M17,IgM,0.31,g/L,0.4-2.3,F
SECRET-1,1987-03-04,2024-01-31,2024-02-01,M17,IgM,0.31,g/L,0.4-2.3,F
SECRET-2,1988-03-04,2024-02-28,2024-03-01,M17,IgM,85,g/L,40-230,F
SECRET-3,1988-03-04,2024-02-28,2024-03-01,M17,IgM,0.61,gr / l.,0.4-2.3,F
SECRET-3,1988-03-04,2024-02-27,2024-03-01,M17,IgM,0.62,,0.4-2.3,F
SECRET-3,1988-03-04,2024-02-26,2024-03-01,M17,IgM,haemolysed,g/L,0.4-2.3,F
SECRET-4,1988-03-04,2024-02-28,2024-03-01,Q17,IgM quantitative,0.8,g/L,0.4-2.3,F
SECRET-4,1988-03-04,2024-02-28,2024-03-01,NA,Sodium,140,mmol/L,135-145,F
SECRET-5,1988-03-04,never,2024-03-01,M17,IgM,0.8,g/L,0.4-2.3,F
"""
MAPPING = """
columns: {patient_id: PatNr, birth_date: DOB, collected_at: Taken, resulted_at: Reported,
  code: Code, test_name: Name, value: Value, units: Unit, reference_range: Range, status: Status}
code_map: {M17: igm}
"""
# birth date and sex that cannot be read; a number that a spreadsheet wrapped
ODD = """\
patient_id,birth_date,sex,collected_at,code,value,units
S1,31842,F,2024-01-31,2472-9,0.3,g/L
S2,1988-03-04,X9,2024-01-31,2472-9,0.3,g/L
1234,,,2024-01-31,2472-9,0.3,g/L
1234.0,,,2024-02-28,2472-9,0.3,g/L
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("preview"))
    write_samples(home.root)
    (home.facility / "north.yaml").write_text(MAPPING, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def sheet(tmp_path_factory):
    path = tmp_path_factory.mktemp("sheet") / "sheet.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def seen(home, sheet):
    return preview_file(sheet, "north", home, SETTINGS)


@pytest.fixture(scope="module")
def odd_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("odd") / "results.csv"
    path.write_text(ODD, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def odd(home, odd_file):
    return preview_file(odd_file, "south", home, SETTINGS)


@pytest.fixture(scope="module")
def odd_shown(home, odd_file):
    words = ["preview", str(odd_file), "--facility", "south", "--home", str(home.root)]
    return CliRunner().invoke(app, words).output


@pytest.mark.parametrize("facility", ["lakeside", "northgate", "riverside"])
def test_every_result_is_accounted_for_and_nothing_is_written(home, tmp_path, facility):
    night = nights()[4]
    name, content = next(
        (n, c)
        for f, n, c in night.files
        if (f == facility and b"OBX" in c) or (f == facility and "results" in n)
    )
    file = tmp_path / name
    file.write_bytes(content)
    before = sorted(home.root.rglob("*"))
    seen = preview_file(file, facility, home, SETTINGS)
    held = sum(r["n_results"] for r in seen["rejects"])
    read = sum(d["n"] for d in seen["dispositions"])
    assert seen["n_results"] == read + held + seen["n_results_skipped"] > 0
    assert all(d["reason"] for d in seen["dispositions"] if d["reason_code"])
    assert sorted(home.root.rglob("*")) == before


GOLDEN = sorted((Path(__file__).parents[2] / "transforms/parse/hl7/golden").glob("*.hl7"))


@pytest.mark.parametrize("golden", GOLDEN, ids=[file.stem for file in GOLDEN])
def test_every_golden_message_can_be_previewed(home, golden):
    seen = preview_file(golden, "north", home, SETTINGS)
    held = sum(r["n_results"] for r in seen["rejects"])
    read = sum(d["n"] for d in seen["dispositions"])
    assert seen["n_results"] == read + held + seen["n_results_skipped"]
    assert seen["format"] in ("hl7v2", "unreadable")
    assert all(d["reason"] for d in seen["dispositions"] if d["reason_code"])
    assert all(r["reason"] and r["mend"] for r in seen["rejects"])


def test_each_outcome_is_counted_with_its_reason(seen):
    assert seen["n_results"] == 9
    assert seen["outcomes"] == {
        "measured": 1, "superseded": 1, "not_immunoglobulin": 1, "unusable": 5,
    }  # fmt: skip
    assert {d["reason_code"]: d["n"] for d in seen["dispositions"]} == {
        None: 1,
        "resent_unchanged": 1,
        "other_test": 1,
        "unit_contradicted_by_range": 1,
        "unmapped_unit": 1,
        "unit_missing": 1,
        "specimen_haemolysed": 1,
        "unmapped_code": 1,
    }
    assert seen["n_duplicates"] == 1


def test_the_dates_and_what_was_refused_with_line_and_field(seen):
    assert str(seen["first_collected_on"]) == "2024-01-31"
    assert str(seen["last_collected_on"]) == "2024-02-28"
    (reject,) = seen["rejects"]
    told = ("level", "line_number", "field", "found", "reason_code")
    assert [reject[k] for k in told] == [
        "row", 10, "collected_at", "aaaaa", "time_unreadable",
    ]  # fmt: skip
    (refused,) = seen["refused"]
    assert (refused["reason_code"], refused["n"], refused["n_results"]) == ("time_unreadable", 1, 1)
    assert refused["mend"]


def test_units_are_held_against_the_printed_ranges(seen):
    columns = ("units", "read_as", "n", "n_with_range", "n_range_agrees", "n_range_contradicts")
    assert [tuple(c[k] for k in columns) for c in seen["codes"]] == [
        ("g/L", "g/L", 4, 4, 2, 1),
        ("gr / l.", None, 1, 1, 0, 0),
        (None, None, 1, 1, 0, 0),
    ]


def test_what_is_not_mapped_has_a_suggestion_that_nobody_applied(seen):
    told = {u["reason_code"]: u for u in seen["unmapped"]}
    assert {k: (u["n"], u["hint"], u["suggestion"]) for k, u in told.items()} == {
        "unmapped_code": (1, "its name says igm", 'code_map: {"Q17": igm}'),
        "unmapped_unit": (
            1,
            "spelt like g/L; its range is an adult's in g/L or mg/mL or umol/L",
            "unit_spelling.csv: gr/l.,g/L",
        ),
        "unit_missing": (
            1,
            "its range is an adult's in g/L or mg/mL or umol/L",
            'unit_default: {"M17": {unit: ..., approved_by: ...}}',
        ),
    }
    assert told["unmapped_code"]["references_range"] == "0.4-2.3"


def test_no_identifier_and_no_birth_date_is_in_it(seen):
    text = json.dumps(seen, default=str)
    assert "SECRET" not in text
    assert "1987" not in text
    assert "1988" not in text


def test_birth_dates_and_sexes_that_cannot_be_read_are_counted(odd, odd_shown):
    assert (odd["n_birth_dates_unread"], odd["n_sexes_unread"]) == (1, 1)
    assert "1 results with birth dates that cannot be read" in odd_shown


def test_numbers_that_a_spreadsheet_wrapped_are_counted(odd, odd_shown):
    assert odd["n_identifiers_unwrapped"] == 1
    assert "1 results whose patient's number" in odd_shown


TWO_PERSONS = """\
patient_id,birth_date,sex,collected_at,code,value,units
SECRET-9,1961-03-04,F,2024-01-31,2472-9,0.31,g/L
SECRET-9,1984-07-12,F,2024-02-28,2472-9,0.35,g/L
"""


def test_two_persons_under_one_number_are_told_without_their_birth_dates(home, tmp_path):
    file = tmp_path / "results.csv"
    file.write_text(TWO_PERSONS, encoding="utf-8")
    seen = preview_file(file, "south", home, SETTINGS)
    told = [row for row in seen["contradictions"] if row["reason_code"] == "patient_identity_held"]
    assert [(row["field_a"], row["statement_a"], row["n"]) for row in told] == [
        ("birth_date", "one birth date", 2)
    ]
    text = json.dumps(seen, default=str)
    assert not any(secret in text for secret in ("SECRET-9", "1961", "1984"))


WORDS = """\
patient_id,birth_date,sex,collected_at,code,value,units,status
SECRET-1,1987-03-04,1,2024-01-31,2472-9,0.31 maybe,g/L,F
SECRET-2,1987-03-04,F,2024-01-31,2472-9,0.31,1,OK
"""


def test_words_and_values_that_nobody_knows_are_shown_with_the_key_that_maps_them(home, tmp_path):
    path = tmp_path / "words.csv"
    path.write_text(WORDS, encoding="utf-8")
    seen = preview_file(path, "elsewhere", home, SETTINGS)
    words = [(w["topic"], w["word"], w["n"], w["suggestion"]) for w in seen["words"]]
    assert words == [
        ("sex", "1", 1, 'sex_map: {"1": ...}'),
        ("status", "OK", 1, 'status_map: {"OK": ...}'),
    ]
    assert [(v["value_shape"], v["reason_code"]) for v in seen["values"]] == [
        ("9.99 aaaaa", "value_is_text")
    ]


def test_the_terminal_says_the_same_as_json(home, sheet):
    words = ["preview", str(sheet), "--facility", "north", "--home", str(home.root)]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0
    said = "1 measured, 1 superseded, 1 not immunoglobulin, 5 unusable, 1 refused"
    for part in (said, "collected 2024-01-31 to 2024-02-28", 'code_map: {"Q17": igm}'):
        assert part in shown.output
    assert "SECRET" not in shown.output
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert told["outcomes"]["measured"] == 1
    assert told["facility_file"] is True


def test_bytes_that_have_landed_before_are_told(odd, tmp_path):
    assert odd["landed_before"] is False
    home = new_home(tmp_path)
    path = deliver(home, "south", "a.csv", ODD)
    land(home, SETTINGS)
    told = preview_file(path, "south", home, SETTINGS)
    assert told["landed_before"] is True
    assert told["facility_file"] is False


def test_exposures_are_shown_by_what_they_bear_on(home, tmp_path):
    path = tmp_path / "exposures.csv"
    path.write_text(
        "patient_id,kind,code,start_date\nS1,medication,L01FA01,2023-05-01\n"
        "S1,medication,A10BA02,2023-05-01\n",
        encoding="utf-8",
    )
    told = preview_file(path, "north", home, SETTINGS)["exposures"]
    assert [(e["n"], e["exposure_group"] is None) for e in told] == [(1, False), (1, True)]


def test_a_site_that_builds_in_buckets_previews_the_same(home, sheet, seen):
    in_buckets = SETTINGS.model_copy(update={"buckets": 3})
    assert preview_file(sheet, "north", home, in_buckets) == seen


def test_a_facility_is_read_with_its_own_limits_and_rules_as_landing_does(sheet, seen, tmp_path):
    """Its reference_set names a table of its own, which only NAME.limits.csv knows."""
    place = new_home(tmp_path)
    own = {
        "north.yaml": MAPPING + "reference_set: [north_adult]\n",
        "north.limits.csv": ",".join(LIMIT_COLUMNS)
        + "\nnorth_adult,igm,U,0,,0.5,2.5,g/L,A,own study,a doctor,2024-01-01\n",
    }
    for name, text in own.items():
        (place.facility / name).write_text(text, encoding="utf-8")
    written(place.facility, SIGNED)
    assert preview_file(sheet, "north", place, SETTINGS)["outcomes"] == seen["outcomes"]
    written(place.facility, SIGNED | {"parameter": "span"})
    with pytest.raises(OverrideError, match="has no parameter span"):
        preview_file(sheet, "north", place, SETTINGS)
