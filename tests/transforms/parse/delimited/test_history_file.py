"""Exposures, merges and reviews files."""

import gzip
from datetime import date, datetime

import pytest

from tests.transforms.parse.delivery import delivered, short


def test_exposures(tmp_path):
    text = (
        "patient_id,assigning_authority,kind,code,code_system,name,start_date,end_date\n"
        "A1,NHS, Medication ,L01FA01,ATC,rituximab,2023-05-01,2023-06-01\n"
        "A2,,diagnosis,C90.0,ICD-10,,2020-01-01 10:00,\n"
        "A3,,finding,spep_negative,igwatch,,,\n"
    )
    rows = delivered(tmp_path, text, name="exposures.csv")
    columns = ("line_number", "position", "patient_id", "assigning_authority", "kind", "code")
    assert [short(r, *columns, "start_date", "end_date") for r in rows["exposure"]] == [
        (2, 1, "A1", "NHS", "medication", "L01FA01", date(2023, 5, 1), date(2023, 6, 1)),
        (3, 2, "A2", "north", "diagnosis", "C90.0", date(2020, 1, 1), None),
        (4, 3, "A3", "north", "finding", "spep_negative", None, None),
    ]
    assert rows["exposure"][0]["message_at"] == datetime(2024, 5, 1, 22, 30)
    counts = short(rows["source_file"][0], "content", "n_results", "n_other_rows")
    assert counts == ("exposures", 0, 3)


def test_an_exposure_whose_days_cannot_be_read_stands_from_its_delivery_and_is_in_force(tmp_path):
    """Delivered on 2024-05-01; nothing that may explain a result is lost for a date."""
    text = (
        "patient_id,kind,code,start_date,end_date\n"
        "A1,medication,L01FA01,soon,2024-06-01\n"
        "A2,medication,L01FA01,2023-05-01,ongoing\n"
        "A3,diagnosis,C90.0,2024-02-31,45322\n"
        "A4,medication,L01FA01,,\n"
    )
    rows = delivered(tmp_path, text, name="exposures.csv")
    columns = ("start_date", "start_date_precision", "end_date", "end_date_precision")
    assert [short(row, *columns) for row in rows["exposure"]] == [
        (date(2024, 5, 1), "unread", date(2024, 6, 1), None),
        (date(2023, 5, 1), None, None, "unread"),
        (date(2024, 5, 1), "unread", None, "unread"),
        (None, None, None, None),
    ]
    assert rows["reject"] == []


def test_merges(tmp_path):
    text = "assigning_authority,retired_id,surviving_id,merged_at\nNHS,007,A1,2024-01-31 08:00\n"
    (row,) = delivered(tmp_path, text, name="merges.csv", zone="Europe/London")["merge"]
    assert short(row, "event", "retired_id", "surviving_id", "merged_at", "message_at") == (
        "csv", "007", "A1", datetime(2024, 1, 31, 8), datetime(2024, 5, 1, 23, 30),
    )  # fmt: skip
    assert row["retired_assigning_authority"] == row["surviving_assigning_authority"] == "NHS"


@pytest.mark.parametrize(
    ("columns", "cells", "sides"),
    [
        ("retired_id,surviving_id", "1,2", ("north", "1", "north", "2")),
        ("retired_assigning_authority,retired_id,surviving_assigning_authority,surviving_id",
         "N,1,S,2", ("N", "1", "S", "2")),
        ("assigning_authority,retired_id,surviving_assigning_authority,surviving_id",
         "N,1,S,2", ("N", "1", "S", "2")),
        # the same number of two authorities may be one person
        ("retired_assigning_authority,retired_id,surviving_assigning_authority,surviving_id",
         "N,1,S,1", ("N", "1", "S", "1")),
        ("Retired ID;SURVIVING_ID".replace(";", ","), '"=""1""",2.0', ("north", "1", "north", "2")),
    ],
)  # fmt: skip
def test_a_merge_names_the_authority_of_either_side(tmp_path, columns, cells, sides):
    (row,) = delivered(tmp_path, f"{columns}\n{cells}\n", name="merges.csv")["merge"]
    names = [
        "retired_assigning_authority",
        "retired_id",
        "surviving_assigning_authority",
        "surviving_id",
    ]
    assert tuple(row[name] for name in names) == sides


@pytest.mark.parametrize(
    "column", ["retired_authority", "old_authority", "surviving_assigning_athority", "birth_date"]
)
def test_a_merges_file_with_a_column_that_nobody_reads_is_refused(tmp_path, column):
    text = f"retired_id,surviving_id,{column}\n1,2,3\n"
    rows = delivered(tmp_path, text, name="merges.csv")
    assert rows["merge"] == []
    (reject,) = rows["reject"]
    assert short(reject, "reason_code", "field", "level") == ("column_unknown", column, "file")
    mapped = delivered(tmp_path, text, name="merges.csv", columns={"assigning_authority": column})[
        "merge"
    ]
    assert [row["retired_assigning_authority"] for row in mapped] == ["3"]


@pytest.mark.parametrize("cell", ["NULL", "UNKNOWN", "0", "999999"])
@pytest.mark.parametrize("name", ["exposures", "merges"])
def test_a_placeholder_has_no_history(tmp_path, name, cell):
    text = {
        "exposures": f"patient_id,kind,code\n{cell},diagnosis,B20\n",
        "merges": f"retired_id,surviving_id\n7,{cell}\n",
    }[name]
    (reject,) = delivered(tmp_path, text, name=f"{name}.csv")["reject"]
    assert reject["reason_code"] == "patient_identifier_placeholder"


def test_reviews(tmp_path):
    text = (
        "patient_id,rule_id,verdict,reviewer,reviewed_at,note\n"
        'A1,hyper_igm,Confirmed,NAME,2024-01-31 08:00,"seen, known"\n'
    )
    (row,) = delivered(tmp_path, text, name="reviews.csv")["review"]
    columns = ("patient_id", "rule_id", "verdict", "reviewer", "reviewed_at", "note")
    assert short(row, *columns) == (
        "A1", "hyper_igm", "confirmed", "NAME", datetime(2024, 1, 31, 8), "seen, known",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'=cmd()", "=cmd()"),
        ("'+1", "+1"),
        ("' @k", " @k"),
        ("'-007", "-007"),
        ("''=k", "'=k"),
        ("'＝k", "＝k"),
        ("'quoted'", "'quoted'"),
        ("o'=k", "o'=k"),
        ("plain", "plain"),
    ],
)
def test_a_review_reads_as_it_was_before_it_was_made_safe_for_a_spreadsheet(
    tmp_path, written, meant
):
    text = (
        "patient_id,rule_id,verdict,reviewer,reviewed_at,note\n"
        f'"{written}",hyper_igm,confirmed,"{written}",2024-01-31 08:00,"{written}"\n'
    )
    (row,) = delivered(tmp_path, text, name="reviews.csv")["review"]
    assert short(row, "patient_id", "reviewer", "note") == (meant.strip(), meant.strip(), meant)


REFUSED = [
    ("patient_id,kind,code", ",medication,L01", "patient_id_missing", "patient_id"),
    ("patient_id,kind,code", "A1,drug,L01", "word_unknown", "kind"),
    ("patient_id,kind,code", "A1,medication,", "code_missing", "code"),
    ("patient_id,kind,code,start_date", "A1,finding,x,soon", "time_unreadable", "start_date"),
    ("patient_id,kind,code,end_date", "A1,finding,x,45322", "excel_number_for_date", "end_date"),
    ("patient_id,kind,code", "1.2E+11,finding,x", "excel_rounded_number", "patient_id"),
    ("patient_id,kind,code,name", ",,,the end", "footer_row", None),
    ("patient_id,kind,code", "A1,medication,1.16E+06", "excel_rounded_number", "code"),
    ("patient_id,kind,code", "A1,diagnosis,Sep-72", "excel_date_for_code", "code"),
    ("retired_id,surviving_id,merged_at", "A1,A1,", "merge_same_identifier", "surviving_id"),
    ("retired_id,surviving_id,merged_at", "1.2E+11,B1,", "excel_rounded_number", "retired_id"),
    ("retired_id,surviving_id,merged_at", "A1,B1,45322", "excel_number_for_date", "merged_at"),
    ("patient_id,rule_id,verdict,reviewer,reviewed_at", "1.2E+11,hyper_igm,confirmed,X,2024-01-31",
     "excel_rounded_number", "patient_id"),
    ("retired_id,surviving_id,merged_at", ",B1,", "patient_id_missing", "retired_id"),
    ("retired_id,surviving_id,merged_at", "A1,,", "patient_id_missing", "surviving_id"),
    ("retired_id,surviving_id,merged_at", "A1,B1,soon", "time_unreadable", "merged_at"),
    ("patient_id,rule_id,verdict,reviewer,reviewed_at", "A1,hyper_igm,confirmed,,2024-01-31",
     "reviewer_missing", "reviewer"),
    ("patient_id,rule_id,verdict,reviewer,reviewed_at", "A1,hyper_igm,confirmed,X,",
     "time_missing", "reviewed_at"),
    ("patient_id,rule_id,verdict,reviewer,reviewed_at", "A1,hyper_igm,maybe,X,2024-01-31",
     "word_unknown", "verdict"),
    ("patient_id,rule_id,verdict,reviewer,reviewed_at", "A1,higm,confirmed,X,2024-01-31",
     "word_unknown", "rule_id"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "row", "reason", "column"), REFUSED)
def test_refused_rows(tmp_path, header, row, reason, column):
    rows = delivered(tmp_path, f"{header}\n{row}\n", name="anything.csv")
    (reject,) = rows["reject"]
    assert short(reject, "reason_code", "field", "line_number") == (reason, column, 2)
    assert reject["n_results"] == 0
    assert rows["source_file"][0]["n_other_rows"] == 1


@pytest.mark.parametrize(
    ("header", "name", "content"),
    [
        ("patient_id,kind,code", "results.csv", "exposures"),
        ("retired_id,surviving_id", "x.csv", "merges"),
        ("patient_id,kind,code,collected_at,value", "exposures_2.csv", "exposures"),
        ("patient_id,kind,code,collected_at,value", "results_2.csv", "results"),
        ("patient_id,kind,code,collected_at,value", "x.csv", "results"),
    ],
)
def test_the_headers_say_what_a_file_is_and_its_name_only_in_doubt(tmp_path, header, name, content):
    cells = ["2024-01-31" if c == "collected_at" else "finding" for c in header.split(",")]
    rows = delivered(tmp_path, f"{header}\n{','.join(cells)}\n", name=name)
    assert rows["source_file"][0]["content"] == content


def test_a_file_meant_as_exposures_misses_a_column(tmp_path):
    rows = delivered(tmp_path, "patient_id,code,name\n1,2,3\n", name="exposures.csv")
    assert short(rows["reject"][0], "unit", "reason_code", "field", "n_results") == (
        "file", "column_missing", "kind", 0,
    )  # fmt: skip


# Each kind of file as a foreign system writes it: delimiter, character set, gzip or not
# are those of a results file, and so is the care.
FOREIGN = {
    "exposures": (
        {"patient_id": "PatNr", "kind": "Art", "code": "Schlüssel", "start_date": "Beginn"},
        "PatNr;Art;Schlüssel;Beginn",
        "00{i};medication;L01FA01;31.01.2024",
        "0{i};drug;L01FA01;31.01.2024",
        ("exposure", "patient_id"),
    ),
    "merges": (
        {"retired_id": "früher", "surviving_id": "heute", "merged_at": "am"},
        "früher;heute;am",
        "00{i};99{i};31.01.2024 08:15",
        "00{i};;31.01.2024 08:15",
        ("merge", "retired_id"),
    ),
    "reviews": (
        {"patient_id": "PatNr", "reviewer": "geprüft von", "reviewed_at": "am"},
        "PatNr;rule_id;verdict;geprüft von;am",
        "00{i};hyper_igm;confirmed;X;31.01.2024 08:15",
        "00{i};hyper_igm;vielleicht;X;31.01.2024 08:15",
        ("review", "patient_id"),
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("codec", ["cp1252", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("is_gzip", [False, True])
def test_other_files_in_foreign_dialects(tmp_path, name, codec, is_gzip):
    columns, header, good, bad, (table, identifier) = FOREIGN[name]
    lines = [f"Klinik Nord, {name}", header, *(good.format(i=i) for i in range(10, 16))]
    lines += [bad.format(i=99), "Summe: 7"]
    content = ("\r\n".join(lines) + "\r\n").encode(codec)
    rows = delivered(
        tmp_path, gzip.compress(content) if is_gzip else content,
        name=f"{name}_1.csv", columns=columns, date_format="%d.%m.%Y",
    )  # fmt: skip
    assert [r[identifier] for r in rows[table]] == [f"00{i}" for i in range(10, 16)]
    assert [r["line_number"] for r in rows[table]] == list(range(3, 9))
    rejects = sorted((r["line_number"], r["reason_code"]) for r in rows["reject"])
    assert [line for line, _ in rejects] == [9, 10]
    assert rejects[1][1] == "footer_row"
    assert rows["source_file"][0]["n_other_rows"] == 8


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        ("patient_id,kind,code", "{},finding,x", "patient_id"),
        ("retired_id,surviving_id", "{},B1", "retired_id"),
        ("retired_id,surviving_id", "B1,{}", "surviving_id"),
    ],
)
def test_leading_zeros_lost_in_other_files(tmp_path, header, row, column):
    lines = [header, *(row.format(f"00{i}") for i in range(100, 120)), row.format("121"), ""]
    (reject,) = delivered(tmp_path, "\n".join(lines), name="x.csv")["reject"]
    assert short(reject, "reason_code", "field", "line_number") == (
        "leading_zeros_lost", column, 22,
    )  # fmt: skip
