"""`igwatch facility`: a draft for a new feed, and whether the files there are can be used."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from igwatch.command import app
from igwatch.draft import DraftError, draft_facility
from igwatch.draft.decimal_mark import decimal_mark
from igwatch.inquiry.preview import preview_file
from igwatch.site.facility_knowledge import facility_rules
from samples.demo_nights import nights
from tests.home import SETTINGS, new_home

ROOT = Path(__file__).resolve().parents[3]
SHEET = "PatNr;Entnahme;Kürzel;Wert;Einheit\n4711;31.01.2024;IGM;0,31;g/l\n"
MESSAGE = (
    "MSH|^~\\&|LAB|NORTH|||20240131||ORU^R01|1|P|2.5.1\r"
    "PID|1||{pid}||DOE\rOBR|1|||||||20240131\r"
    "OBX|1|NM|MIG^IgM^L||0.3|{unit}|||||F\rOBX|2|NM|2951-2^Sodium^LN||140|mmol/L|||||F\r"
)


@pytest.fixture
def home(tmp_path):
    return new_home(tmp_path)


def run(home, *words, code=0):
    done = CliRunner().invoke(app, [*map(str, words), "--home", str(home.root)])
    assert (done.exit_code == code) or done.exception, done.output
    return done


def sample(tmp_path, content: str, name: str = "sample.csv"):
    path = tmp_path / name
    path.write_bytes(content.encode())
    return path


def asked(draft) -> dict[str, tuple[str, ...]]:
    return {question.path: question.choices for question in draft.questions}


def test_a_draft_of_an_hl7_sample_reads_it_once_the_questions_are_answered(home, tmp_path):
    content = next(c for f, _, c in nights()[4].files if f == "northgate" and b"OBX" in c)
    path = tmp_path / "sample.hl7"
    path.write_bytes(content)
    draft = draft_facility(path, "northgate")
    local = {"code_map.IGA", "code_map.IGG", "code_map.IGM", "code_map.IGMQ"}
    assert {*asked(draft)} == {"zone", *local}
    answers = {key: choices[0] for key, choices in asked(draft).items() if choices}
    done = draft.answered(answers | {"zone": "Europe/London"})
    (home.facility / "northgate.yaml").write_text(done.yaml(), encoding="utf-8")
    seen = preview_file(path, "northgate", home, SETTINGS)
    assert [u for u in seen["unmapped"] if u["reason_code"] == "unmapped_code"] == []
    assert sum(d["n"] for d in seen["dispositions"] if d["disposition"] == "measured") > 50


PID_3 = [
    ("17^^^NORTH^MR", {}),
    ("17^^^NORTH^MR~9^^^NATIONAL^NH", {}),
    ("17^^^NORTH^XX~9^^^NATIONAL^NH", {}),  # XX numbers organisations (HL7 table 0203)
    ("17^^^NORTH^HOS~9^^^NATIONAL^NH", {"identifier.type": ("HOS", "NH")}),
    ("17^^^NORTH~9^^^NATIONAL", {"identifier.authority": ("NORTH", "NATIONAL")}),
]


@pytest.mark.parametrize(("pid", "questions"), PID_3)
def test_which_identifier_names_the_patient_is_asked_where_it_is_not_sure(tmp_path, pid, questions):
    path = sample(tmp_path, MESSAGE.format(pid=pid, unit="g/L") * 2)
    found = asked(draft_facility(path, "north"))
    assert {k: v for k, v in found.items() if k.startswith("identifier")} == questions


def test_a_damaged_message_or_two_raise_no_question(tmp_path):
    """One patient without a number and one result without a unit are faults of their messages."""
    good = MESSAGE.format(pid="17^^^N^MR", unit="g/L") * 5
    bad = MESSAGE.format(pid="", unit="g/L") + MESSAGE.format(pid="18^^^N^MR", unit="")
    draft = draft_facility(sample(tmp_path, good + bad), "north")
    assert {*asked(draft)} == {"zone", "code_map.MIG"}
    assert "PID-3 is empty for 1 of 7 patients." in draft.remarks


def test_an_identifier_outside_pid_3_is_asked_for(tmp_path):
    text = MESSAGE.format(pid="", unit="g/L").replace("PID|1||", "PID|1|17|")
    assert asked(draft_facility(sample(tmp_path, text), "north"))["identifier.field"] == ("PID-2",)


def test_units_that_are_not_sent_are_asked_for_with_who_decides(tmp_path):
    path = sample(tmp_path, MESSAGE.format(pid="17^^^N^MR", unit=""))
    assert {k for k in asked(draft_facility(path, "north")) if "unit" in k} == {
        "unit_default.MIG.unit",
        "unit_default.MIG.approved_by",
    }


def test_other_signs_than_the_usual_are_read(tmp_path):
    text = MESSAGE.format(pid="17^^^N^MR", unit="g/L").replace("|", "!").replace("^", "@")
    draft = draft_facility(sample(tmp_path, text.replace("!@~", "!@~", 1)), "north")
    assert "code_map.MIG" in asked(draft)


NUMBERS = [
    (["31", "<5"], ""),
    (["0.31"], "."),
    (["0,31"], ","),
    (["<0,05", "1,234"], ","),
    (["1,234", "2,345"], None),
    (["1.234"], None),
    (["1.234,5"], ","),
    (["1,234.5"], "."),
    (["1.234.567"], ","),
    (["0.31", "0,31"], None),
    (["haemolysed", "IgM 1,2", "0.500"], "."),
]


@pytest.mark.parametrize(("values", "mark"), NUMBERS)
def test_a_decimal_mark_is_told_only_by_a_number_that_reads_one_way(values, mark):
    assert decimal_mark(values) == mark


NO_SAMPLES = [
    (b"", "the file holds nothing"),
    (b"PK\x03\x04 and so on", "workbook"),
    (b"4711;31.01.2024;IGM;0,31\n4712;31.01.2024;IGM;0,33\n", "no line near its top"),
    (b"MSH\nPID|1\n", "no line near its top"),
    (b"4711;31.01.2024;IGM;IgM;0,31\n4712;31.01.2024;IGM;IgM;0,33\n", "no line near its top"),
    (b"Ann;Lee;IgM;low\nBob;Ray;IgM;high\n", "no line near its top"),
]


@pytest.mark.parametrize(("content", "message"), NO_SAMPLES)
def test_what_is_no_sample_is_one_line(tmp_path, content, message):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(DraftError, match=message) as fault:
        draft_facility(path, "north")
    assert "\n" not in str(fault.value)


WAREHOUSE = (
    "MRN|BIRTH_DT_TM|SEX_DISP|EVENT_CD|EVENT_DISP|EVENT_END_DT_TM|RESULT_VAL|RESULT_UNITS_DISP|"
    "NORMAL_LOW|NORMAL_HIGH|RESULT_STATUS_DISP\n"
    "55|1981-04-02|{sex}|2700657|Immunoglobulin M|2024-03-04|0.21|{unit}|0.40|2.30|{status}\n"
)


def test_columns_of_limits_and_status_are_known(tmp_path):
    text = WAREHOUSE.format(sex="Female", unit="g/L", status="Final")
    draft = draft_facility(sample(tmp_path, text), "north")
    stated = {s.path: s.value for s in draft.settings}
    assert stated["columns.reference_low"] == "NORMAL_LOW"
    assert stated["columns.reference_high"] == "NORMAL_HIGH"
    assert stated["columns.status"] == "RESULT_STATUS_DISP"
    assert not [path for path in asked(draft) if "_map." in path and "code_map" not in path]


def test_words_of_the_senders_own_are_asked(tmp_path):
    text = WAREHOUSE.format(sex="1", unit="2", status="In Error")
    questions = asked(draft_facility(sample(tmp_path, text), "north"))
    assert {k: v for k, v in questions.items() if "_map." in k and "code_map" not in k} == {
        "sex_map.1": ("F", "M", "O", "U"),
        "status_map.In Error": ("F", "C", "P", "W", "X"),
        "unit_map.2": (),
    }


def test_a_column_of_many_words_is_no_list_of_statuses(tmp_path):
    row = WAREHOUSE.splitlines()[1]
    lines = [row.format(sex="F", unit="g/L", status=f"remark {n}") for n in range(20)]
    text = "\n".join([WAREHOUSE.splitlines()[0], *lines])
    found = asked(draft_facility(sample(tmp_path, text), "north"))
    assert {path: choices for path, choices in found.items() if "status" in path} == {
        "columns.status": ("RESULT_STATUS_DISP", "none")
    }


def test_unknown_headers_are_asked_for_one_by_one(tmp_path):
    text = "azonosító;mintavétel;vizsgálat;eredmény\nA1;2024-01-31;IgM;0,31\n"
    questions = asked(draft_facility(sample(tmp_path, text), "north"))
    headers = ("azonosító", "mintavétel", "vizsgálat", "eredmény")
    wanted = ("patient_id", "collected_at", "code", "value")
    assert questions == {"zone": (), **{f"columns.{name}": headers for name in wanted}}


def test_a_hostile_header_stays_one_line_of_the_file(home, tmp_path):
    text = 'PatNr;Entnahme;Kürzel;Wert;Einheit;"x\nzone: UTC # "\n4711;31.01.2024;IGM;0,31;g/l;\n'
    lines = draft_facility(sample(tmp_path, text), "north").yaml().splitlines()
    assert [line for line in lines if line.startswith("zone:")] == [
        line for line in lines if line.startswith('zone: "?" # QUESTION')
    ]


def test_the_command_writes_the_draft_and_asks(home, tmp_path):
    path = sample(tmp_path, SHEET)
    done = run(home, "facility", "new", path, "--name", "nord")
    assert done.exit_code == 0
    assert "code_map.IGM" in done.stdout
    written = home.facility / "nord.yaml"
    assert written.stat().st_mode & 0o777 == 0o600
    assert 'zone: "?"' in written.read_text(encoding="utf-8")


def test_a_file_that_is_there_is_not_overwritten(home, tmp_path):
    (home.facility / "nord.yaml").write_text("zone: UTC\n", encoding="utf-8")
    done = run(home, "facility", "new", sample(tmp_path, SHEET), "--name", "nord")
    assert "choose another --name" in str(done.exception)
    assert (home.facility / "nord.yaml").read_text(encoding="utf-8") == "zone: UTC\n"


def test_the_inbox_tells_the_name_and_else_it_is_asked_for(home, tmp_path):
    inbox = home.inbox / "nord"
    inbox.mkdir()
    run(home, "facility", "new", sample(inbox, SHEET))
    assert (home.facility / "nord.yaml").exists()
    assert run(home, "facility", "new", sample(tmp_path, SHEET), code=2).exit_code == 2


def test_for_scripts_and_to_look_at_only(home, tmp_path):
    path = sample(tmp_path, SHEET)
    shown = run(home, "facility", "new", path, "--name", "nord", "--print", "--zone", "UTC")
    assert "\nzone: UTC" in shown.stdout
    assert list(home.facility.iterdir()) == []
    draft = json.loads(run(home, "facility", "new", path, "--name", "nord", "--json").stdout)
    assert [q["key"] for q in draft["questions"]] == ["zone", "code_map.IGM"]
    assert draft["file"].endswith("nord.yaml")


def test_check_tells_each_file_that_cannot_be_used(home):
    (home.facility / "good.yaml").write_text("zone: UTC\n", encoding="utf-8")
    assert run(home, "facility", "check").exit_code == 0
    (home.facility / "bad.yaml").write_text('zone: "?"\n', encoding="utf-8")
    done = run(home, "facility", "check", "--json", code=1)
    assert done.exit_code == 1
    assert json.loads(done.stdout) == [
        {
            "facility": "bad",
            "fault": "bad.yaml, line 1: key zone: not answered yet; write the answer in place of "
            '"?", or take the line out',
        },
        {"facility": "good", "fault": None},
    ]


def test_check_reads_the_rules_that_a_facility_signed_for_itself(home):
    (home.facility / "north.yaml").write_text("zone: UTC\n", encoding="utf-8")
    (home.facility / "north.rules.csv").write_text("rule_id,parameter\n", encoding="utf-8")
    done = run(home, "facility", "check", code=1)
    assert done.exit_code == 1
    assert "north.rules.csv" in done.output


def test_the_documented_rules_of_a_facility_are_some(home):
    page = (ROOT / "docs" / "facility.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```csv\n(rule_id,.*?)```", page, re.DOTALL)
    (home.facility / "north.rules.csv").write_text(example, encoding="utf-8")
    (rule,) = facility_rules(home, ["north"]).to_pylist()
    assert (rule["facility"], rule["parameter"], rule["value"]) == (
        "north",
        "min_interval_days",
        56,
    )


def test_at_a_terminal_each_question_is_put(home, tmp_path):
    """Enter leaves a question in the file; an answer is written in its place."""
    path = sample(tmp_path, SHEET)
    terminal, screen = pty.openpty()
    words = ["facility", "new", str(path), "--name", "nord", "--home", str(home.root)]
    with subprocess.Popen(
        [sys.executable, "-m", "igwatch", *words], stdin=screen, stdout=screen, cwd=ROOT
    ) as running:
        os.write(terminal, b"Europe/Berlin\n\n")
        assert running.wait(60) == 0
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    os.close(screen)
    assert "code_map.IGM" in shown
    text = (home.facility / "nord.yaml").read_text(encoding="utf-8")
    assert "\nzone: Europe/Berlin" in text
    assert 'IGM: "?"' in text


ODD = [
    ("Patient ID,Date,Result,Test,Unit\nA,2024-01-31,1,IgM,g/L\n", "one of: Date"),
    ("MRN,DOB,Taken,Code,Value\nA,31/01/2024,01/31/2024,X,1\n",
     "(Taken %m/%d/%Y, DOB %d/%m/%Y)"),
    ("MRN,Collected,Test,Result,Result\nA,2024-01-31,IgM,1,2\n",
     "Twice among the headers: Result."),
    ("MRN,Collected,Collection Time,Test,Result\nA,2024-01-31,08:15,IgM,1\n",
     "collected_time: Collection Time # 1 of 1 are clock times"),
    ("MRN,Collected,Result Time,Test,Result\nA,2024-01-31,08:15,IgM,1\n",
     "Result Time: clock times alone"),
    ("MRN,Collected,Test,Value,Unit,Colour\nA,2024-01-31,IgM,1,g/L,red\n", "Not read: Colour."),
    (
        "MRN,Collected,Test,Value,Unit,Ordering Physician,Ward\nA,2024-01-31,IgM,1,g/L,Dr B,5\n",
        "show_requester: true and columns: {requester: Ordering Physician, requested_from: Ward}.",
    ),
    (
        "MRN,Collected,Test,Value,Unit,Ward\nA,2024-01-31,IgM,1,g/L,5\n",
        "Not read: Ward.",
    ),
    (
        "MRN,Collected,Test,Value,Unit,National ID\nA,2024-01-31,IgM,1,g/L,9434765005\n",
        "{scheme: SCHEME} and columns: {national_number: National ID} link it",
    ),
    (
        "MRN,Collected,Test,Value,Unit,National ID\nA,2024-01-31,IgM,1,g/L,9434765005\n",
        "Not read: National ID.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "remark"), ODD)
def test_what_is_odd_about_a_sample_is_remarked(tmp_path, text, remark):
    assert remark in draft_facility(sample(tmp_path, text), "north").yaml()


def test_a_zone_that_is_none_is_wrong_usage(home, tmp_path):
    words = ("facility", "new", sample(tmp_path, SHEET), "--name", "nord", "--zone", "Nowhere/Land")
    assert run(home, *words, code=2).exit_code == 2
    assert list(home.facility.iterdir()) == []


def test_an_answer_to_what_was_not_asked_is_refused(tmp_path):
    draft = draft_facility(sample(tmp_path, SHEET), "nord")
    with pytest.raises(DraftError, match=r"zon is not asked; asked are: zone, code_map\.IGM"):
        draft.answered({"zon": "UTC"})
