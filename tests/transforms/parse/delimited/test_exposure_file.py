"""Exposures as hospitals keep them: kinds, events, systems, standing, supply and several ends."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transforms.parse.delivery import delivered, short
from transforms.parse.facility.exposure_keys import EVENTS, KINDS

MED = {"medications": "medication", "conditions": "diagnosis"}


def exposures(folder, text, name="exposures.csv", **stated):
    rows = delivered(folder, text, name=name, **stated)
    assert rows["reject"] == []
    return rows["exposure"]


def test_a_file_says_what_it_holds_by_the_beginning_of_its_name(tmp_path):
    text = "patient_id,code,name\nA1,L01FA01,rituximab\n"
    for name, kind in [
        ("medications_2024.csv", "medication"),
        ("Conditions.csv", "diagnosis"),
        ("night/conditions.csv", "diagnosis"),
    ]:
        (row,) = exposures(tmp_path, text, name, kind=MED)
        assert row["kind"] == kind


def test_the_longest_beginning_decides_and_a_column_is_above_all(tmp_path):
    stated = {"med": "medication", "med_proc": "procedure"}
    (row,) = exposures(tmp_path, "patient_id,code\nA1,1\n", "med_proc_1.csv", kind=stated)
    assert row["kind"] == "procedure"
    (row,) = exposures(tmp_path, "patient_id,kind,code\nA1,diagnosis,1\n", "med.csv", kind=stated)
    assert row["kind"] == "diagnosis"


# What a file is: headers, its name, what the facility states, its content.
CONTENTS = [
    ("patient_id,code,name", "x.csv", "medication", "exposures"),
    ("patient_id,name,start_date,status", "x.csv", "medication", "exposures"),
    ("patient_id,code,name", "x.csv", MED, None),
    ("patient_id,code,collected_at,value", "x.csv", "medication", "results"),
    ("patient_id,code,collected_at,value", "medications.csv", MED, "results"),
    ("patient_id,code,collected_at,value", "exposures.csv", "medication", "results"),
    # a result that lost its day or its value is no medication
    ("patient_id,code,value", "x.csv", "medication", None),
    ("patient_id,code,collected_at", "x.csv", "medication", None),
    ("patient_id,code", "results_1.csv", "medication", None),
    ("patient_id,birth_date,sex,name", "patients.csv", "medication", "patients"),
    ("patient_id,birth_date,sex", "x.csv", "medication", "patients"),
    ("retired_id,surviving_id,name", "merges.csv", "medication", None),
    ("patient_id,birth_date,code", "medications.csv", MED, "exposures"),
]


@pytest.mark.parametrize(("header", "name", "stated", "content"), CONTENTS)
def test_what_a_file_is_where_a_kind_is_stated(tmp_path, header, name, stated, content):
    cells = ",".join("2024-01-31" if "date" in c or "_at" in c else "1" for c in header.split(","))
    rows = delivered(tmp_path, f"{header}\n{cells}\n", name=name, kind=stated)
    (file,) = rows["source_file"]
    if content is None:
        assert rows["reject"][0]["reason_code"] in ("column_missing", "column_unknown")
        assert not rows["exposure"]
    else:
        assert file["content"] == content


def test_a_file_of_a_stated_kind_that_names_no_patient_is_told_so(tmp_path):
    rows = delivered(tmp_path, "code,name\n1,2\n", name="medications.csv", kind=MED)
    assert short(rows["reject"][0], "reason_code", "field") == ("column_missing", "patient_id")


def test_rows_and_footers_of_a_file_without_kinds(tmp_path):
    text = "patient_id,code,name,start_date\nA1,1,x,\n,1,x,\n,,,31 rows\nA2,,,\n"
    rows = delivered(tmp_path, text, name="medications.csv", kind=MED)
    assert [row["patient_id"] for row in rows["exposure"]] == ["A1"]
    assert [short(r, "line_number", "reason_code") for r in rows["reject"]] == [
        (3, "patient_id_missing"),
        (4, "footer_row"),
        (5, "code_missing"),
    ]


def test_words_of_kind_are_the_facilitys_own(tmp_path):
    text = "patient_id,kind,code\nA1,rx ,1\nA2,Past  Problem,1\nA3,procedure,1\nA4,Lab,1\n"
    words = {"Rx": "medication", "past problem": "diagnosis"}
    rows = delivered(tmp_path, text, name="e.csv", exposure_kind_map=words)
    assert [row["kind"] for row in rows["exposure"]] == ["medication", "diagnosis", "procedure"]
    (reject,) = rows["reject"]
    assert short(reject, "line_number", "reason_code", "field") == (5, "word_unknown", "kind")


def test_an_event_is_the_rows_else_the_facilitys_else_that_of_its_kind(tmp_path):
    kinds = ("medication", "diagnosis", "procedure", "finding")
    text = "patient_id,kind,code,event_kind\n"
    text += "".join(f"A1,{kind},1,{event}\n" for event in ("", "Dispensed", "?") for kind in kinds)
    default = ["ordered", "listed", "administered", "listed"]
    found = [row["event_kind"] for row in exposures(tmp_path, text)]
    assert found == default + ["dispensed"] * 4 + default
    found = [r["event_kind"] for r in exposures(tmp_path, text, exposure_event="administered")]
    assert found == ["administered"] * 4 + ["dispensed"] * 4 + ["administered"] * 4
    stated = {"medication": "dispensed"}
    found = [r["event_kind"] for r in exposures(tmp_path, text, exposure_event=stated)][:4]
    assert found == ["dispensed", "listed", "administered", "listed"]


def test_a_system_is_the_rows_else_the_facilitys(tmp_path):
    text = (
        "patient_id,kind,code,code_system,name\n"
        "A1,medication,L01FA01,,\n"
        "A1,medication,12,RXNORM,\n"
        "A1,medication,12,NULL,\n"
        "A1,medication,,,rituximab\n"
        "A1,diagnosis,C90.0,,\n"
        "A1,procedure,1,,\n"
    )
    systems = {"medication": "ATC", "diagnosis": "ICD10"}
    found = [row["code_system"] for row in exposures(tmp_path, text, exposure_system=systems)]
    assert found == ["ATC", "RXNORM", "ATC", None, "ICD10", None]
    assert {r["code_system"] for r in exposures(tmp_path, text)} == {None, "RXNORM"}
    bare = [row["code_system"] for row in exposures(tmp_path, text, exposure_system="LOCAL")]
    assert bare == ["LOCAL", "RXNORM", "LOCAL", None, "LOCAL", "LOCAL"]


@pytest.mark.parametrize(
    ("status", "certainty", "said"),
    [
        ("Canceled", "", "status Canceled"),
        ("", " Possible ", "certainty Possible"),
        ("Entered in Error", "V.a.", "status Entered in Error\ncertainty V.a."),
        ('"on\nhold"', "", "status on hold"),
        ("unknown", "", "status unknown"),
        ("deleted", "", "status deleted"),
        ("NULL", r"\N", None),
        ("", "-", None),
    ],
)
def test_what_is_said_of_its_standing_is_kept_as_sent(tmp_path, status, certainty, said):
    text = f"patient_id,kind,code,status,certainty\nA1,diagnosis,C90.0,{status},{certainty}\n"
    (row,) = exposures(tmp_path, text)
    assert row["statements"] == said


def test_a_file_without_such_columns_says_nothing(tmp_path):
    (row,) = exposures(tmp_path, "patient_id,kind,code\nA1,diagnosis,C90.0\n")
    absent = ("statements", "record_id", "days_supply", "amount", "end_date", "end_date_precision")
    assert short(row, *absent) == (None,) * 6


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("30", 30), ("30.0", 30), ("30,0", 30), ("30 days", 30), ("1 day", 1), ("90D", 90),
        ("29.5", 30), ("0.5", 1), ("030", 30), ("0", None), ("0.0", None), ("-3", None),
        ("thirty", None), ("30 tablets", None), ("1e2", None), ("", None), ("1234567", None),
    ],
)  # fmt: skip
def test_a_supply_is_whole_days(tmp_path, written, days):
    text = f'patient_id,kind,code,days_supply\nA1,medication,1,"{written}"\n'
    assert [row["days_supply"] for row in exposures(tmp_path, text)] == [days]


def test_a_column_that_holds_the_number_of_an_edition(tmp_path):
    """MIMIC's icd_version: 10 of a diagnosis is another system than 10 of a procedure."""
    text = (
        "patient_id,kind,code,code_system\n"
        "A1,diagnosis,20410,9\n"
        "A1,diagnosis,C9110,10\n"
        "A1,procedure,30243Y2,10\n"
        "A1,medication,L01FA01,ATC\n"
    )
    stated = {
        "diagnosis": {"9": "ICD9CM", "10": "ICD10"},
        "procedure": {"10": "ICD10PCS"},
    }
    found = exposures(tmp_path, text, exposure_system_map=stated)
    assert [row["code_system"] for row in found] == ["ICD9CM", "ICD10", "ICD10PCS", "ATC"]


def test_the_rows_own_number_and_its_dose(tmp_path):
    text = (
        "patient_id,kind,code,exposure_id,dose\n"
        "A1,medication,1,0,500 mg\n"
        "A1,medication,1,0017,0 g\n"
        "A1,medication,1,1.67683E+15,0\n"
        "A1,medication,1,NULL,\n"
    )
    found = [short(row, "record_id", "amount") for row in exposures(tmp_path, text)]
    assert found == [("0", "500 mg"), ("0017", "0 g"), (None, "0"), (None, None)]


# start as sent, the day, its precision; one file at a time under ISO 8601, 1 May 2024 is the delivery
STARTS = [
    ("2019", date(2019, 1, 1), "year"),
    ("2019-03", date(2019, 3, 1), "month"),
    ("2019-3", date(2019, 3, 1), "month"),
    ("03/2019", date(2019, 3, 1), "month"),
    ("3.2019", date(2019, 3, 1), "month"),
    ("2019/12", date(2019, 12, 1), "month"),
    ("2019-03-07", date(2019, 3, 7), None),
    ("20190307", date(2019, 3, 7), None),
    ("2019-13", date(2024, 5, 1), "unread"),
    ("00/2019", date(2024, 5, 1), "unread"),
    ("1066", date(2024, 5, 1), "unread"),
    ("9999-12-31", date(2024, 5, 1), "unread"),
    ("201903", date(2024, 5, 1), "unread"),  # may be 2020-19-03 as well as 2019-03
    ("spring", date(2024, 5, 1), "unread"),
    ("", None, None),
    ("NULL", None, None),
]
ENDS = [
    ("2019", date(2019, 12, 31), "year"),
    ("2019-02", date(2019, 2, 28), "month"),
    ("2020-02", date(2020, 2, 29), "month"),
    ("12/2019", date(2019, 12, 31), "month"),
    ("2019-03-07 10:00", date(2019, 3, 7), None),
    ("9999-12-31", date(9999, 12, 31), None),
    ("2999-12-31 00:00:00", date(2999, 12, 31), None),
    ("99991231", date(9999, 12, 31), None),
    ("9999", date(9999, 12, 31), "year"),
    ("2019-02-30", None, "unread"),
    ("ongoing", None, "unread"),
    ("", None, None),
]


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "together"])
@pytest.mark.parametrize(("column", "rows"), [("start_date", STARTS), ("end_date", ENDS)])
def test_years_and_months_begin_on_their_first_day_and_end_on_their_last(
    tmp_path, column, rows, alone
):
    for some in [[row] for row in rows] if alone else [rows]:
        text = f"patient_id,kind,code,{column}\n"
        text += "".join(f"A1,diagnosis,C90.0,{sent}\n" for sent, _, _ in some)
        found = [short(row, column, f"{column}_precision") for row in exposures(tmp_path, text)]
        assert found == [(day, precision) for _, day, precision in some]


@pytest.mark.parametrize(
    ("date_format", "rows"),
    [
        ("%d.%m.%Y", [("07.03.2019", date(2019, 3, 7)), ("03.2019", date(2019, 3, 31)),
                      ("2019", date(2019, 12, 31)), ("31.12.9999", date(9999, 12, 31))]),
        ("%y%m%d", [("190307", date(2019, 3, 7)), ("2019", date(2019, 12, 31))]),
        ("%m/%d/%Y", [("3/7/2019", date(2019, 3, 7)), ("3/2019", date(2019, 3, 31))]),
    ],
)  # fmt: skip
def test_ends_in_a_format_that_is_stated(tmp_path, date_format, rows):
    text = "patient_id,kind,code,end_date\n" + "".join(f"A1,diagnosis,1,{s}\n" for s, _ in rows)
    found = exposures(tmp_path, text, date_format=date_format)
    assert [row["end_date"] for row in found] == [day for _, day in rows]


def test_of_several_ends_the_earliest_that_can_be_read_counts(tmp_path):
    text = (
        "patient_id,kind,code,date_stopped,auto_expire_date,end_date\n"
        "A1,medication,1,,2020-02-01,\n"
        "A1,medication,1,2020-01-10,2026-02-01,\n"
        "A1,medication,1,soon,2020-02-01,2019-01-01\n"
        "A1,medication,1,soon,,\n"
        "A1,medication,1,,,\n"
        "A1,medication,1,2020,2020-06-30,\n"
        "A1,medication,1,2020,9999-12-31,\n"
    )
    listed = {"end_date": ["date_stopped", "gone", "auto_expire_date"]}
    found = exposures(tmp_path, text, columns=listed)
    assert [short(row, "end_date", "end_date_precision") for row in found] == [
        (date(2020, 2, 1), None),
        (date(2020, 1, 10), None),
        (date(2020, 2, 1), None),
        (None, "unread"),
        (None, None),
        (date(2020, 6, 30), None),
        (date(2020, 12, 31), "year"),
    ]


def test_of_several_ends_one_that_stands_twice_is_refused(tmp_path):
    text = "patient_id,kind,code,stop,gone,stop\nA1,medication,1,2020-01-01,,2021-01-01\n"
    rows = delivered(tmp_path, text, name="e.csv", columns={"end_date": ["gone", "stop"]})
    assert short(rows["reject"][0], "reason_code", "field") == ("column_twice", "stop")


def test_an_end_before_its_start_is_kept_as_sent(tmp_path):
    text = "patient_id,kind,code,start_date,end_date\nA1,medication,1,2020-05-01,2020-04-01\n"
    (row,) = exposures(tmp_path, text)
    assert short(row, "start_date", "end_date") == (date(2020, 5, 1), date(2020, 4, 1))


@pytest.mark.parametrize("start", ["2019", "2019-03", "soon"])
def test_a_finding_without_a_day_is_refused(tmp_path, start):
    text = f"patient_id,kind,code,start_date\nA1,finding,spep_negative,{start}\n"
    (reject,) = delivered(tmp_path, text, name="e.csv")["reject"]
    assert short(reject, "reason_code", "field") == ("time_unreadable", "start_date")


@pytest.mark.parametrize(
    "code",
    [
        "N05A H02", "N05AH02;N05AN01", "ICD10CM:C91.10", "204.10, C91.10", "C91.10V",
        # of OPS, ICD-9 and its procedures, OPCS-4, HCPCS, CPT, NDC, ICD-10-PCS, SNOMED
        "5-413", "8-802.24", "1-202.00", "9-200.01", "5-41", "1-20", "279.12", "V42.0", "E858.1",
        "41.5", "01.01", "J69.1", "J9312", "38241", "50242-051-21", "0004-1101-29", "07TP0ZZ",
        "92814006", "5E1",
    ],
)  # fmt: skip
def test_codes_stay_as_sent(tmp_path, code):
    (row,) = exposures(tmp_path, f'patient_id,kind,code\nA1,diagnosis,"{code}"\n')
    assert row["code"] == code


@pytest.mark.parametrize("none", ["0", "NULL", r"\N", "n/a", "-"])
def test_a_code_that_is_none_leaves_the_name(tmp_path, none):
    (row,) = exposures(tmp_path, f"patient_id,kind,code,name\nA1,medication,{none},rituximab\n")
    assert short(row, "code", "name") == (None, "rituximab")


def test_an_ndc_that_a_spreadsheet_rounded_is_refused(tmp_path):
    text = "patient_id,kind,code\nA1,medication,5.02421E+10\n"
    (reject,) = delivered(tmp_path, text, name="e.csv")["reject"]
    assert short(reject, "reason_code", "field") == ("excel_rounded_number", "code")


def test_an_empty_list_is_a_list(tmp_path):
    """What a snapshot no longer holds was withdrawn: that there was one is kept."""
    rows = delivered(tmp_path, "patient_id,code,name\n", name="med.csv", kind="medication")
    (file,) = rows["source_file"]
    assert short(file, "content", "n_other_rows") == ("exposures", 0)
    assert rows["exposure"] == rows["reject"] == []


CELL = st.sampled_from(
    ["", "NULL", "0", "1", "30 days", "2019", "2019-02", "2019-02-31", "9999-12-31", "medication",
     "finding", "Rx", "ordered", "on\nhold", "ä", "L01FA01", "1.2E+11", "V.a.", "x" * 70]
)  # fmt: skip
COLUMNS = (
    *("kind", "event_kind", "code", "code_system", "name", "start_date", "end_date", "stop"),
    *("exposure_id", "days_supply", "status", "certainty", "dose"),
)


@settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(*[CELL] * len(COLUMNS)), min_size=1, max_size=4), st.booleans())
def test_every_row_is_read_or_refused_whatever_its_cells(tmp_path, cells, is_stated):
    first = 1 if is_stated else 0
    header = ",".join(["patient_id", *COLUMNS[first:]])
    lines = [",".join(["A1", *(f'"{cell}"' for cell in row[first:])]) for row in cells]
    rows = delivered(
        tmp_path, "\n".join([header, *lines]) + "\n", name="med.csv",
        columns={"end_date": ["end_date", "stop"]}, exposure_kind_map={"rx": "medication"},
        kind={"med": "medication"} if is_stated else {}, exposure_system="LOCAL",
    )  # fmt: skip
    assert len(rows["exposure"]) + len(rows["reject"]) == len(cells)
    assert rows["source_file"][0]["n_other_rows"] == len(cells)
    for row in rows["exposure"]:
        assert row["kind"] in KINDS
        assert row["event_kind"] in EVENTS
        assert row["days_supply"] in (None, 1, 30, 2019)
        assert (row["end_date"] is None) or row["end_date_precision"] != "unread"
        assert row["code"] or row["name"]
