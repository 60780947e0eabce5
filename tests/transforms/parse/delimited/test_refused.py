"""What a delimited file holds that is no result: each with its reason, its line and its bytes."""

import gzip

import pytest

from tests.transforms.parse.delivery import balance, delivered, short
from transforms.parse.delimited import line_block

HEADER = "patient_id,collected_at,code,value,status,order_number,resulted_at,comment"
GOOD = "P1,2024-01-31,IGM,0.3,F,L1,2024-02-01,"

# A row and why it is refused: reason, column, shape of what was found.
ROWS = [
    (",2024-01-31,IGM,0.3,F,L1,,", "patient_id_missing", "patient_id", None),
    ("NULL,2024-01-31,IGM,0.3,F,L1,,", "patient_identifier_placeholder", "patient_id", "AAAA"),
    ("\\N,2024-01-31,IGM,0.3,F,L1,,", "patient_identifier_placeholder", "patient_id", "\\A"),
    ("TESTPATIENT,2024-01-31,IGM,0.3,F,L1,,", "patient_identifier_placeholder", "patient_id",
     "AAAAAAAAAAA"),
    ("99999,2024-01-31,IGM,0.3,F,L1,,", "patient_identifier_placeholder", "patient_id", "99999"),
    ("0.0,2024-01-31,IGM,0.3,F,L1,,", "patient_identifier_placeholder", "patient_id", "9.9"),
    ("12\u200b34,2024-01-31,IGM,0.3,F,L1,,", "patient_identifier_hidden_sign", "patient_id", "99?99"),
    ("12\x0734,2024-01-31,IGM,0.3,F,L1,,", "patient_identifier_hidden_sign", "patient_id", "99?99"),
    ("12345678901234567.0,2024-01-31,IGM,0.3,F,L1,,", "excel_rounded_number", "patient_id",
     "99999999999999999.9"),
    ("P1,,IGM,0.3,F,L1,,", "collected_at_missing", "collected_at", None),
    ("P1,2024-02-30,IGM,0.3,F,L1,,", "time_unreadable", "collected_at", "9999-99-99"),
    ("P1,31/01/2024,IGM,0.3,F,L1,,", "time_unreadable", "collected_at", "99/99/9999"),
    ("P1,2024-01-31 25:00,IGM,0.3,F,L1,,", "time_unreadable", "collected_at", "9999-99-99 99:99"),
    ("P1,0001-01-01,IGM,0.3,F,L1,,", "collected_at_missing", "collected_at", "9999-99-99"),
    ("P1,2024-01-31,IGM,0.3,F,L1,soon,", "time_unreadable", "resulted_at", "aaaa"),
    ("P1,2024-01-31,,0.3,F,L1,,", "code_missing", "code", None),
    ("P1,2024-01-31,IGM,,,L1,,", "value_missing", "value", None),
    ("P1,2024-01-31,IGM,  ,,L1,,", "value_missing", "value", "  "),
    ("1.67683E+15,2024-01-31,IGM,0.3,F,L1,,", "excel_rounded_number", "patient_id", "9.99999A+99"),
    ('"1,67683E+15",2024-01-31,IGM,0.3,F,L1,,', "excel_rounded_number", "patient_id",
     "9,99999A+99"),
    ("P1,2024-01-31,IGM,0.3,F,1.2E+11,,", "excel_rounded_number", "order_number", "9.9A+99"),
    ("P1,2024-01-31,Sep-72,0.3,F,L1,,", "excel_date_for_code", "code", "Aaa-99"),
    ("P1,2024-01-31,Aug-58,0.3,F,L1,,", "excel_date_for_code", "code", "Aaa-99"),
    ("P1,2024-01-31,01.09.2472,0.3,F,L1,,", "excel_date_for_code", "code", "99.99.9999"),
    ("P1,2024-01-31,2472-09-01,0.3,F,L1,,", "excel_date_for_code", "code", "9999-99-99"),
    ("P1,45322,IGM,0.3,F,L1,,", "excel_number_for_date", "collected_at", "99999"),
    ("P1,45322.34375,IGM,0.3,F,L1,,", "excel_number_for_date", "collected_at", "99999.99999"),
    ("P1,2024-01-31,IGM,Jan 20,F,L1,,", "excel_date_for_value", "value", "Aaa 99"),
    ("P1,2024-01-31,IGM,02. Feb,F,L1,,", "excel_date_for_value", "value", "99. Aaa"),
    ("P1,2024-01-31,IGM", "row_field_count", None, "A9,9999-99-99,AAA"),
    ("P1,2024-01-31,IGM,0,3,F,L1,,", "row_field_count", None, "A9,9999-99-99,AAA,9,9,A,A9,,"),
    (",,,1,,,,", "footer_row", None, None),
    ("Total: 4512", "footer_row", None, "Aaaaa: 9999"),
    (",,,,4512", "footer_row", None, ",,,,9999"),
    (HEADER, "header_repeated", None, None),
    ('P1,2024-01-31,IGM,0.3,"F,L1,,', "quote_not_closed", None, 'A9,9999-99-99,AAA,9.9,"A,A9,,'),
    ("P1,2024-01-31,IGM,0.3,F,L\0,,", "row_not_text", "order_number", "A?"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "reason", "column", "found"), ROWS, ids=[r[0] for r in ROWS])
def test_a_bad_row_is_refused_and_the_rest_goes_through(tmp_path, row, reason, column, found):
    rows = delivered(tmp_path, f"{HEADER}\n{GOOD}\n{row}\n{GOOD}\n")
    (reject,) = rows["reject"]
    assert short(reject, "reason_code", "field", "found") == (reason, column, found)
    assert short(reject, "level", "unit", "line_number", "position", "n_results") == (
        "row", "result", 3, 1, 1,
    )  # fmt: skip
    assert [r["line_number"] for r in rows["observation"]] == [2, 4]
    assert [r["position"] for r in rows["observation"]] == [1, 3]
    assert balance(rows) == (3, 3)


HIDDEN_ISSUER = [
    (
        "results.csv",
        "patient_id,assigning_authority,collected_at,code,value\n7,NO\u200bRTH,2024-01-31,IGM,1\n",
        "assigning_authority",
    ),
    (
        "merges.csv",
        "retired_id,retired_assigning_authority,surviving_id,surviving_assigning_authority,merged_at\n"
        "7,NORTH,8,NO\x07RTH,2024-01-31\n",
        "surviving_assigning_authority",
    ),
]


@pytest.mark.parametrize(("name", "text", "column"), HIDDEN_ISSUER)
def test_a_hidden_sign_in_who_issued_a_number_refuses_the_row(tmp_path, name, text, column):
    rows = delivered(tmp_path, text, name=name)
    assert [short(r, "reason_code", "field") for r in rows["reject"]] == [
        ("patient_identifier_hidden_sign", column)
    ]
    assert rows["observation"] == rows["merge"] == []


def test_birth_dates_that_cannot_be_read_are_null_beside_what_was_sent(tmp_path):
    text = "patient_id,collected_at,code,value,birth_date\n1,2024-01-31,IGM,1,1987\n"
    (row,) = delivered(tmp_path, text)["observation"]
    assert short(row, "birth_date", "birth_date_source_value") == (None, "1987")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_reject_names_its_bytes(tmp_path, codec):
    content = f"{HEADER}\r\n{GOOD}\r\nÄ1,never,IGM,1,F,,,ü\r\n{GOOD}\r\n".encode(codec)
    (reject,) = delivered(tmp_path, content)["reject"]
    start, end = reject["byte_offset"], reject["byte_offset"] + reject["byte_length"]
    plain = "utf-16-le" if codec == "utf-16" else "utf-8" if codec == "utf-8-sig" else codec
    assert content[start:end].decode(plain) == "Ä1,never,IGM,1,F,,,ü\r\n"


def test_a_code_that_the_facility_maps_is_no_damage(tmp_path):
    text = f"{HEADER}\nP1,2024-01-31,Dec-10,0.3,F,L1,,\n"
    rows = delivered(tmp_path, text, code_map={"Dec-10": "igm"})
    assert rows["reject"] == []


def test_an_open_quote_spoils_one_row_only(tmp_path):
    lines = [HEADER, GOOD, 'P2,2024-01-31,"IGM,0.3,F,L1,,', GOOD]
    lines += ['P3,2024-01-31,IGM,0.3,F,L1,,"two\nlines"', GOOD, 'P4,2024-01-31,"IGM,0,F,L,,', GOOD]
    rows = delivered(tmp_path, "\n".join(lines) + "\n")
    assert [r["line_number"] for r in rows["observation"]] == [2, 4, 5, 7, 9]
    assert [short(r, "reason_code", "line_number") for r in rows["reject"]] == [
        ("quote_not_closed", 3), ("quote_not_closed", 8),
    ]  # fmt: skip
    assert balance(rows) == (7, 7)


def test_oddly_set_quotes_are_read_a_record_at_a_time(tmp_path):
    """Two quotes in a line, one stray and one that opens: only the record's fields tell."""
    text = f'{HEADER}\n{GOOD}\nP2,2024-01-31,5",0.3,F,L1,,"open\n{GOOD}\n'
    rows = delivered(tmp_path, text)
    assert [r["line_number"] for r in rows["observation"]][-1] == 4
    assert balance(rows)[0] == balance(rows)[1] == 3


def test_a_file_that_was_cut_off_says_so(tmp_path):
    rows = delivered(tmp_path, f"{HEADER}\n{GOOD}\nP2,2024-01-31,IG")
    (reject,) = rows["reject"]
    assert short(reject, "reason_code", "line_number") == ("row_cut_short", 3)


def test_the_last_row_needs_no_line_end(tmp_path):
    rows = delivered(tmp_path, f"{HEADER}\n{GOOD}\n{GOOD}")
    assert len(rows["observation"]) == 2


def test_a_long_text_between_quotes_is_read_and_a_long_misfit_refused(tmp_path):
    long = "x" * 200_000
    lines = [HEADER, f'P1,2024-01-31,IGM,0.3,F,L1,,"{long}"', f"P2,2024-01-31,{long}", GOOD]
    rows = delivered(tmp_path, "\n".join(lines))
    assert [len(r["comment"] or "") for r in rows["observation"]] == [200_000, 0]
    assert [r["reason_code"] for r in rows["reject"]] == ["row_field_count"]


def test_a_row_of_units_below_the_header_is_no_result(tmp_path):
    text = "patient_id,collected_at,code,value\n,,,g/L\nP1,2024-01-31,IGM,1\n"
    rows = delivered(tmp_path, text)
    assert [short(r, "reason_code", "line_number") for r in rows["reject"]] == [("footer_row", 2)]
    assert len(rows["observation"]) == 1


def test_a_line_without_end_is_refused_in_bounded_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(line_block, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(line_block, "LINE_LIMIT_BYTES", 10_000)
    long = f"P2,2024-01-31,IGM,1,F,L1,,{'x' * 100_000}"
    content = f"{HEADER}\n{GOOD}\n{long}\n{GOOD}\nP3,never,IGM,1,F,,,\n".encode()
    rows = delivered(tmp_path, content)
    assert [r["line_number"] for r in rows["observation"]] == [2, 4]
    too_long, after = rows["reject"]
    assert short(too_long, "reason_code", "line_number") == ("row_too_long", 3)
    start = after["byte_offset"]
    assert content[start : start + after["byte_length"]] == b"P3,never,IGM,1,F,,,\n"
    assert balance(rows) == (4, 4)


@pytest.mark.parametrize("stray", [b"\xff", b"\xe4"])
def test_stray_bytes_in_utf_8_spoil_their_row_only(tmp_path, stray):
    rows = [f"{HEADER}", "Ä1,2024-01-31,IGM,1,F,,,ü ö", "@,2024-01-31,IGM,1,F,,,", GOOD]
    content = "\n".join([*rows, "P5,2024-01-31,IGM,1,F,,,a@b", ""]).encode().replace(b"@", stray)
    found = delivered(tmp_path, content)
    assert [short(r, "reason_code", "field") for r in found["reject"]] == [
        ("row_not_text", "patient_id")
    ]
    assert [r["patient_id"] for r in found["observation"]] == ["Ä1", "P1", "P5"]
    assert found["observation"][-1]["comment"] == "a\ufffdb"


def test_leading_zeros_lost_in_some_rows(tmp_path):
    """Nine in ten numbers are padded to eight digits; the short one was opened in Excel."""
    ids = [f"{i:08d}" for i in range(1000, 1018)] + ["1021", "10000022"]
    text = "patient_id,collected_at,code,value\n" + "".join(f"{i},2024-01-31,IGM,1\n" for i in ids)
    (reject,) = delivered(tmp_path, text)["reject"]
    assert short(reject, "reason_code", "line_number", "found") == (
        "leading_zeros_lost", 20, "9999",
    )  # fmt: skip


@pytest.mark.parametrize(
    "ids",
    [
        [str(i) for i in range(990, 1010)],  # never padded
        [f"{i:08d}" for i in range(1, 11)] + [str(i) for i in range(1000, 1010)],  # two numberings
        [f"{i:04d}" for i in range(1, 21)] + ["12345"],  # grown beyond its width
        [f"A{i:04d}" for i in range(1, 21)] + ["A12"],  # no numbers
    ],
)
def test_short_numbers_that_may_be_right_stay(tmp_path, ids):
    text = "patient_id,collected_at,code,value\n" + "".join(f"{i},2024-01-31,IGM,1\n" for i in ids)
    assert delivered(tmp_path, text)["reject"] == []


FILES = [
    (b"", "file_empty"),
    (b"\xef\xbb\xbf\r\n\r\n", "file_empty"),
    (b"PK\x03\x04 and so on", "file_is_workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "file_is_workbook"),
    (b"%PDF-1.7 ...", "file_is_document"),
    (b"<!DOCTYPE html><html>", "file_is_document"),
    (b'<?xml version="1.0"?><r/>', "file_is_document"),
    (bytes(range(256)) * 20, "file_is_binary"),
    (b"\0" * 5000, "file_empty"),
    (gzip.compress(b"patient_id,collected_at,code,value\n" * 99, mtime=0)[:-9], "gzip_damaged"),
    (b"\x1f\x8b\x08\x00 no gzip at all", "gzip_damaged"),
    (b"12345;2024-01-31;IGM;0.3\n12346;2024-01-31;IGM;0.4\n", "header_missing"),
    (b"just some words\n", "header_missing"),
    (b'{"patient_id": 1}', "header_missing"),
    (b"no header, no line end, " * 20_000, "header_missing"),
    (b"x" * 300_000, "header_missing"),
]


@pytest.mark.parametrize(("content", "reason"), FILES, ids=range(len(FILES)))
def test_a_file_that_cannot_be_read_is_one_reject(tmp_path, content, reason):
    rows = delivered(tmp_path, content)
    (reject,) = rows["reject"]
    assert short(reject, "level", "unit", "reason_code", "n_results") == ("file", "file", reason, 0)
    assert short(rows["source_file"][0], "format", "n_results") == ("unreadable", 0)


HEADINGS = [
    ("patient_id,collected_at,code,units", {}, "column_missing", "value"),
    ("patient_id,collected_at,value,units", {}, "column_missing", "code or test_name"),
    ("patient_id,code,value", {}, "column_missing", "collected_at"),
    ("patient_id,collected_at,code,value,value", {}, "column_twice", "value"),
    ("patient_id,collected_at,code,value", {"units": "Einheit"}, "mapped_column_missing", "units"),
]


@pytest.mark.parametrize(("header", "columns", "reason", "column"), HEADINGS)
def test_a_file_without_a_required_column_is_refused_whole(
    tmp_path, header, columns, reason, column
):
    rows = delivered(tmp_path, f"{header}\n1,2,3,4\n1,2,3,4\n\n", columns=columns)
    (reject,) = rows["reject"]
    assert short(reject, "level", "reason_code", "field") == ("file", reason, column)
    assert balance(rows) == (2, 2)
    assert short(rows["source_file"][0], "format", "content") == ("csv", "results")


@pytest.mark.parametrize("cell", ["1234", "1234.0", '"=""1234"""', '="1234"', "'1234", "1234,0"])
def test_what_a_spreadsheet_wrapped_around_a_number_is_taken_off_and_told(tmp_path, cell):
    text = f"patient_id;collected_at;code;value\n{cell};2024-01-31;IGM;1\n"
    (row,) = delivered(tmp_path, text)["observation"]
    wrapped = None if cell == "1234" else cell.replace('""', '"').removeprefix('"=').strip()
    assert row["patient_id"] == "1234"
    assert (row["patient_identifier_list"] is None) == (wrapped is None)


def test_a_true_number_that_looks_like_a_filler_is_named_by_the_facility(tmp_path):
    text = "patient_id,collected_at,code,value\n22222,2024-01-31,IGM,1\n33333,2024-01-31,IGM,1\n"
    rows = delivered(tmp_path, text, identifier={"accept": ["22222"]})
    assert [row["patient_id"] for row in rows["observation"]] == ["22222"]
    assert [row["line_number"] for row in rows["reject"]] == [3]


def test_who_issues_all_numbers_may_be_stated_whatever_the_file_says(tmp_path):
    text = "patient_id,assigning_authority,collected_at,code,value\n9,LAB,2024-01-31,IGM,1\n"
    (row,) = delivered(tmp_path, text, identifier={"issuer": "NHS"})["observation"]
    assert row["assigning_authority"] == "NHS"
