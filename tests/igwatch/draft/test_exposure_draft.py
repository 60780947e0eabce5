"""`igwatch facility new` with medications, diagnoses and procedures; what it asks, what it says."""

import pytest
from typer.testing import CliRunner

from igwatch.command import app
from igwatch.draft import draft_facility
from tests.home import new_home
from transforms.parse.facility.facility import load_facility
from transforms.parse.facility.facility_file import UNANSWERED

ORDERS = (
    "PatNr;Präparat;ATC-Code;Verordnet am;Abgesetzt am;Status\n"
    "4711;MabThera 500 mg;L01FA01;31.01.2024;;verordnet\n"
    "4712;Decortin 5 mg;H02AB07;13.02.2024;20.02.2024;zurückgeholt\n"
)
EVENT = ("ordered", "dispensed", "administered", "listed")


def draft_of(tmp_path, text: str, name: str = "sample.csv", like: str | None = None):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return draft_facility(path, "north", None, like)


def stated(draft) -> dict[str, str]:
    return {s.path: s.value for s in draft.settings if not s.is_open}


def asked(draft) -> dict[str, tuple[str, ...]]:
    return {question.path: question.choices for question in draft.questions}


def test_a_german_order_list_is_known_by_headers_and_codes(tmp_path):
    draft = draft_of(tmp_path, ORDERS, "verordnungen_2024.csv")
    assert (
        stated(draft).items()
        >= {
            "kind.verordnungen": "medication",
            "exposure_system.medication": "ATC",
            "columns.patient_id": "PatNr",
            "columns.name": "Präparat",
            "columns.code": "ATC-Code",
            "columns.start_date": "Verordnet am",
            "columns.end_date": "Abgesetzt am",
        }.items()
    )
    found = asked(draft)
    assert found["exposure_event.medication"][0] == "ordered"
    assert found["exposure_delivery"] == ("changes", "snapshot")
    assert [path for path in found if "status_map" in path] == ["exposure_status_map.zurückgeholt"]


# file, text, kind, system and event that are proposed first
EXPORTS = [
    ("dispensing.csv", "PATID,DISPENSE_DATE,NDC,DISPENSE_SUP\nA,2024-01-31,50242005306,30\n",
     "medication", "NDC", "dispensed"),
    ("mar.csv", "MRN,Drug,Given At,Dose\nA,rituximab,2024-01-31 08:00,500 mg\n",
     "medication", None, "administered"),
    ("diagnoses.csv", "MRN,ICD-10 Code,Diagnosis,Onset Date\nA,C91.10,CLL,2019\n",
     "diagnosis", "ICD10", None),
    ("diagnosen.csv", "PatNr;ICD-Code;Diagnosesicherheit;Diagnosedatum\n1;C91.10;G;31.01.2024\n",
     "diagnosis", "ICD10", None),
    ("prozeduren.csv", "PatNr;OPS-Code;Prozedurentext;OP-Datum\n1;8-805.0;Stammzellen;31.01.2024\n",
     "procedure", "OPS", "administered"),
    ("opcs.csv", "Hospital Number,OPCS Code,Procedure,Procedure Date\n1,X33.4,graft,2024-01-31\n",
     "procedure", "OPCS4", "administered"),
    ("lakemedel.csv", "LopNr;ATC-kod;Läkemedel;Uttagsdatum\n1;N05AH02;Leponex;2024-01-31\n",
     "medication", "ATC", "dispensed"),
    ("sejour.csv", "IPP;CIM-10;Libellé diagnostic;Date diagnostic\n1;C91.1;LLC;31/01/2024\n",
     "diagnosis", "ICD10", None),
    ("problems.csv", "MRN,Problem,SNOMED Code,Noted Date,Problem Status\nA,CLL,92814006,2019-01-01,Active\n",
     "diagnosis", "SNOMED", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "kind", "system", "event"), EXPORTS)
def test_kind_system_and_event_are_proposed(tmp_path, name, text, kind, system, event):
    draft = draft_of(tmp_path, text, name)
    assert "of exposures" in draft.seen, draft.seen
    assert [value for path, value in stated(draft).items() if path.startswith("kind.")] == [kind]
    proposed = stated(draft) | {
        path: choices[0] for path, choices in asked(draft).items() if choices
    }
    assert proposed.get(f"exposure_system.{kind}") == system
    assert proposed.get(f"exposure_event.{kind}") == event


def test_a_column_of_kinds_is_asked_word_by_word(tmp_path):
    text = "MRN,Entry Type,Code,Description,Start\nA,Rx,L01FA01,rituximab,2024-01-31\n"
    text += "A,Problem,C91.1,CLL,2024-01-31\nA,Sonstiges,1,x,2024-01-31\n"
    found = asked(draft_of(tmp_path, text))
    assert found["exposure_kind_map.Rx"][0] == "medication"
    assert found["exposure_kind_map.Problem"][0] == "diagnosis"
    assert len(found["exposure_kind_map.Sonstiges"]) == 4


def test_several_ends_are_all_read_and_a_system_before_the_code_is_not_asked(tmp_path):
    text = "MRN,Drug,Code,Start,date_stopped,auto_expire_date\nA,MTX,ATC:L04AX03,2020-01-01,,2020-02-01\n"
    draft = draft_of(tmp_path, text, "drugs.csv")
    assert stated(draft)["columns.end_date"] == ("date_stopped", "auto_expire_date")
    assert not [path for path in asked(draft) if path.startswith("exposure_system")]
    answers = {q.path: q.choices[0] for q in draft.questions if q.choices} | {"zone": "UTC"}
    (tmp_path / "north.yaml").write_text(draft.answered(answers).yaml(), encoding="utf-8")
    feed = load_facility(tmp_path, "north")
    assert feed.columns.headers()["end_date"] == ("date_stopped", "auto_expire_date")


def test_how_the_rows_end_and_that_nothing_says_when(tmp_path):
    draft = draft_of(tmp_path, ORDERS, "verordnungen.csv")
    assert draft.outcome == (
        "2 rows; they end: 1 by the limit after their last mention: nothing says when, "
        "1 on a day that is stated.",
    )
    text = "subject_id,hadm_id,seq_num,icd_code,icd_version\n1,2,1,20410,X9\n"
    draft = draft_of(tmp_path, text, "diagnoses_icd.csv", "mimic")
    assert "NO COLUMN SAYS WHEN: every row begins with its delivery." in draft.outcome
    assert draft.loud[0].startswith("icd_version NAMES SYSTEMS THAT ARE NOT READ: X9 (1).")


RESULTS = "MRN,DOB,Sex,Taken,Code,Name,Result,Unit\n"


def test_birth_dates_decide_how_many_can_be_classed(tmp_path):
    rows = ["A,1981-04-02,F,2024-01-31,2472-9,IgM,0.2,g/L", "B,,F,2024-01-31,2472-9,IgM,0.2,g/L"]
    draft = draft_of(tmp_path, RESULTS + "\n".join(rows) + "\n")
    assert draft.outcome[0] == "Of 2 IgM, 1 can be classed; 1 has no birth date."
    assert "a file of patients" in draft.outcome[1]


def test_a_file_without_an_immunoglobulin_is_told_loudly_with_its_codes(tmp_path):
    rows = ["A,1981-04-02,F,2024-01-31,50912,Creatinine,1,mg/dL"] * 3
    rows += ["A,1981-04-02,F,2024-01-31,50983,Sodium,140,mmol/L"]
    draft = draft_of(tmp_path, RESULTS + "\n".join(rows) + "\n")
    assert draft.loud == (
        "NO CODE OF THIS FILE IS KNOWN OR LOOKS LIKE AN IMMUNOGLOBULIN: nothing would be measured. "
        "The commonest: 50912 Creatinine (3), 50983 Sodium (1).",
    )


def test_every_column_is_shown_with_its_cells_and_the_guess(tmp_path):
    text = "MRN,charttime,Test,Result,Unit,Ward\n" + "A,2024-01-31 08:00:00,IgM,1,g/L,7\n" * 304
    draft = draft_of(tmp_path, text)
    shown = {column.header: (column.cells, column.guess) for column in draft.columns}
    assert shown["charttime"] == ("304 of 304 are times", "collected_at")
    assert shown["Ward"] == ("304 of 304 are numbers", "not read")
    assert {*shown} == {"MRN", "charttime", "Test", "Result", "Unit", "Ward"}


DECIDING = [
    ("MRN,Collected,Test,Result,Measure\nA,2024-01-31,IgM,1,g/L\n",
     "columns.units", ("Measure", "none")),
    ("MRN,Collected,Test,Result,Unit,Born on\nA,2024-01-31,IgM,1,g/L,1981-04-02\n",
     "columns.birth_date", ("Born on", "none")),
    ("MRN,Collected,Code,Result,Unit,Description\nA,2024-01-31,X1,1,g/L,IgM\n",
     "columns.test_name", ("Description", "none")),
    ("MRN,DOB,Collected,Test,Result,Unit\nA,1981,2024-01-31,IgM,1,g/L\n",
     "columns.birth_date", ("DOB", "none")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "choices"), DECIDING)
def test_columns_that_decide_are_asked_for_though_none_is_required(tmp_path, text, path, choices):
    assert asked(draft_of(tmp_path, text))[path] == choices


def test_digits_are_no_sex_and_no_status(tmp_path):
    text = RESULTS.replace("Unit", "Unit,Status") + "A,1981-04-02,2,2024-01-31,X,IgM,1,g/L,3\n"
    found = asked(draft_of(tmp_path, text))
    assert {"sex_map.2", "status_map.3"} <= {*found}


def run(home, *words):
    return CliRunner().invoke(app, [*map(str, words), "--home", str(home.root)])


def test_a_half_answered_file_is_taken_up_where_it_was_left(tmp_path):
    home = new_home(tmp_path / "home")
    path = tmp_path / "verordnungen.csv"
    path.write_text(ORDERS, encoding="utf-8")
    assert run(home, "facility", "new", path, "--name", "nord").exit_code == 0
    file = home.facility / "nord.yaml"
    text = file.read_text(encoding="utf-8").replace(
        'zone: "?"', "zone: Europe/Berlin # asked on 1 May"
    )
    file.write_text(text, encoding="utf-8")
    other = tmp_path / "diagnosen.csv"
    other.write_text("PatNr;ICD-Code;Diagnosetext;Diagnosedatum\n4711;C91.1;CLL;31.01.2024\n")
    done = run(home, "facility", "new", other, "--name", "nord")
    assert done.exit_code == 0, done.output
    assert "taken up where it was left" in done.stdout
    grown = file.read_text(encoding="utf-8")
    assert "zone: Europe/Berlin # asked on 1 May" in grown
    assert "  verordnungen: medication" in grown
    assert "  diagnosen: diagnosis" in grown
    assert "columns.code is now [ATC-Code, ICD-Code]." in done.stdout
    assert "  code: [ATC-Code, ICD-Code] # 2 filled" in grown
    assert UNANSWERED in grown


def test_a_whole_file_grows_only_when_it_is_said(tmp_path):
    home = new_home(tmp_path / "home")
    (home.facility / "nord.yaml").write_text("zone: UTC\nexposure_delivery: changes\n")
    path = tmp_path / "verordnungen.csv"
    path.write_text(ORDERS, encoding="utf-8")
    assert "--add" in str(run(home, "facility", "new", path, "--name", "nord").exception)
    assert run(home, "facility", "new", path, "--name", "nord", "--add").exit_code == 0
    grown = (home.facility / "nord.yaml").read_text(encoding="utf-8")
    assert grown.startswith("zone: UTC\nexposure_delivery: changes\n")
    assert "  code: ATC-Code" in grown


def test_the_last_lines_say_what_would_be_read_and_recognised(tmp_path):
    home = new_home(tmp_path / "home")
    path = tmp_path / "verordnungen.csv"
    path.write_text(ORDERS, encoding="utf-8")
    done = run(home, "facility", "new", path, "--name", "nord", "--zone", "Europe/Berlin")
    assert "Each question answered by its first choice:" in done.stdout
    assert "2 rows would be read, none refused." in done.stdout
    assert "are recognised: " in done.stdout


def test_an_export_that_nobody_lists_is_wrong_usage(tmp_path):
    home = new_home(tmp_path / "home")
    path = tmp_path / "x.csv"
    path.write_text(ORDERS, encoding="utf-8")
    assert run(home, "facility", "new", path, "--name", "nord", "--like", "x").exit_code == 2
