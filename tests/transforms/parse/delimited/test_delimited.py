"""A results file of each usual dialect, and the rows it becomes."""

import gzip
from datetime import date, datetime

import pytest

from tests.transforms.parse.delivery import balance, delivered, short
from transforms.parse.delimited import line_block

CANONICAL = """\
patient_id,assigning_authority,birth_date,sex,order_number,specimen_id,specimen_type,collected_at,\
resulted_at,code,code_system,test_name,value,units,reference_range,abnormal_flag,status,\
laboratory,comment
00123,NHS,1987-03-04,F,L1,S1,SER,2024-01-31 08:15,2024-01-31T12:00:01,2472-9,LN,IgM,0.31,g/L,\
0.4-2.3,L,f ,CENTRAL,"a, b"
00124,,,,,,,2024-02-01,,IGM,,,<0.05,g/L,,,,,
"""

# What each dialect below must become: patient, collected, code, value, units, line, position.
EXPECTED = [
    ("00123", datetime(2024, 1, 31, 8, 15), "IGM", "0,31", "g/L", 2, 1),
    ("00124", datetime(2024, 2, 1, 0, 0), "IGM", "<0,05", "g/L", 3, 2),
]
SHOWN = (
    "patient_id",
    "collected_at",
    "observation_identifier",
    "observation_value",
    "units",
    "line_number",
    "position",
)


def shown(rows, *columns):
    return [short(row, *(columns or SHOWN)) for row in rows["observation"]]


def test_every_canonical_column_has_its_place(tmp_path):
    rows = delivered(tmp_path, CANONICAL, zone="Europe/Berlin")
    first, second = rows["observation"]
    stated = {name: value for name, value in first.items() if value is not None}
    assert stated == {
        "facility": "north",
        "source_sha256": rows["source_file"][0]["source_sha256"],
        "line_number": 2,
        "position": 1,
        "message_at": datetime(2024, 1, 31, 12, 0, 1),
        "message_at_utc": datetime(2024, 1, 31, 11, 0, 1),
        "message_at_span_seconds": 1,
        "patient_id": "00123",
        "assigning_authority": "NHS",
        "birth_date": date(1987, 3, 4),
        "birth_date_source_value": "1987-03-04",
        "administrative_sex": "F",
        "filler_order_number": "L1",
        "specimen_id": "S1",
        "specimen_type": "SER",
        "collected_at": datetime(2024, 1, 31, 8, 15),
        "collected_at_source_value": "2024-01-31 08:15",
        "collected_at_field": "collected_at",
        "resulted_at": datetime(2024, 1, 31, 12, 0, 1),
        "observation_identifier": "2472-9",
        "coding_system": "LN",
        "observation_text": "IgM",
        "observation_value": "0.31",
        "units": "g/L",
        "references_range": "0.4-2.3",
        "abnormal_flags": "L",
        "observation_result_status": "F",
        "producer": "CENTRAL",
        "comment": "a, b",
    }
    # no authority stated: the facility; no time of result: the delivery, in the facility's zone
    assert second["assigning_authority"] == "north"
    assert second["message_at"] == datetime(2024, 5, 2, 0, 30)
    assert rows["reject"] == []


def test_the_file_is_told_of_in_one_row(tmp_path):
    (source_file,) = delivered(tmp_path, CANONICAL, name="sub/results.csv")["source_file"]
    columns = ("format", "content", "encoding", "n_messages", "n_results", "n_other_rows")
    assert short(source_file, *columns) == ("csv", "results", "utf-8", 1, 2, 0)
    assert source_file["source_name"] == "sub/results.csv"


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path, sign, line_end):
    lines = [
        ["patient_id", "collected_at", "code", "value", "units"],
        ["00123", "2024-01-31 08:15", "IGM", '"0,31"', "g/L"],
        ["00124", "2024-02-01", "IGM", '"<0,05"', "g/L"],
    ]
    rows = delivered(tmp_path, "".join(sign.join(line) + line_end for line in lines))
    assert shown(rows) == EXPECTED


@pytest.mark.parametrize(
    ("codec", "mark", "encoding"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("cp1252", b"", "cp1252"),
        ("latin-1", b"", "cp1252"),
    ],
)
def test_character_sets(tmp_path, codec, mark, encoding):
    text = "patient_id;collected_at;code;value;test_name\r\nÄ1;2024-01-31;IGM;1;Größe µ\r\n"
    rows = delivered(tmp_path, mark + text.encode(codec))
    assert shown(rows, "patient_id", "observation_text") == [("Ä1", "Größe µ")]
    assert rows["source_file"][0]["encoding"] == encoding


@pytest.mark.parametrize("codec", ["cp850", "iso8859-2", "utf-16", "utf-8"])
def test_a_stated_character_set_is_used(tmp_path, codec):
    text = "patient_id,collected_at,code,value,test_name\n1,2024-01-31,IGM,1,Žß\n"
    text = text.replace("Ž", "ü") if codec == "cp850" else text
    rows = delivered(tmp_path, text.encode(codec), encoding=codec)
    assert rows["observation"][0]["observation_text"] in ("Žß", "üß")


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 4 kB, so that a file of a few hundred rows has many."""
    monkeypatch.setattr(line_block, "BLOCK_BYTES", 4096)


def test_cp1252_is_told_late(tmp_path, small_blocks):
    """A file may be plain ASCII for a long time before it shows what it is."""
    lines = ["patient_id,collected_at,code,value,comment"]
    lines += [f"{i},2024-01-31,IGM,1,plain" for i in range(1, 1001)]
    lines += ["A1,2024-01-31,IGM,1,für später"]
    rows = delivered(tmp_path, "\n".join(lines).encode("cp1252"))
    assert rows["observation"][-1]["comment"] == "für später"
    assert rows["source_file"][0]["encoding"] == "cp1252"


def test_header_names_of_any_language(tmp_path):
    text = "PatNr; Entnahme ;ANALYSE;Wert;Einheit\n00123;31.01.2024 08:15;IGM;0,31;g/L\n"
    text += "00124;01.02.2024;IGM;<0,05;g/L\n"
    columns = {
        "patient_id": "patnr",
        "collected_at": "entnahme",
        "code": "Analyse",
        "value": ["Ergebnis", "Wert"],
        "units": "Einheit",
    }
    rows = delivered(tmp_path, text, columns=columns, date_format="%d.%m.%Y %H:%M")
    assert shown(rows) == EXPECTED


@pytest.mark.parametrize(
    "header",
    [
        "Patient ID,Collected At,Code,Value",
        "PATIENT_ID , collected-at,code, value",
        '"patient_id","collected_at","code","value"',
    ],
)
def test_canonical_names_in_any_spelling(tmp_path, header):
    rows = delivered(tmp_path, header + "\n1,2024-01-31,IGM,2\n")
    assert shown(rows, "patient_id", "observation_value") == [("1", "2")]


@pytest.mark.parametrize(
    "above",
    [
        "sep=;\n",
        "Laboratory North\nexported 2024-05-01;by nobody\n\n",
        'Report;;;\n"two\nlines";;;\n',
        "\n\n\n",
    ],
)
def test_the_header_is_found_below_other_lines(tmp_path, above):
    text = above + "patient_id;collected_at;code;value\n1;2024-01-31;IGM;2\n"
    rows = delivered(tmp_path, text)
    assert shown(rows, "patient_id", "line_number", "position") == [("1", above.count("\n") + 2, 1)]
    assert balance(rows) == (1, 1)


def test_line_breaks_delimiters_and_quotes_within_quotes(tmp_path):
    text = (
        "patient_id,collected_at,code,value,comment\r\n"
        '1,2024-01-31,IGM,2,"first\r\nsecond, ""quoted""\nthird"\r\n'
        "\r\n"
        '"2","2024-01-31","IGM","3","5"" tall"\r\n'
        '3,2024-01-31,IGM,4,5" tall\r\n'
    )
    rows = delivered(tmp_path, text)
    assert shown(rows, "patient_id", "comment", "line_number", "position") == [
        ("1", 'first\r\nsecond, "quoted"\nthird', 2, 1),
        ("2", '5" tall', 6, 2),
        ("3", '5" tall', 7, 3),
    ]
    assert balance(rows) == (3, 3)


def test_packed_files_are_unpacked_whatever_their_name(tmp_path):
    rows = delivered(tmp_path, gzip.compress(CANONICAL.encode()), name="results.csv")
    assert len(rows["observation"]) == 2


def test_a_delimiter_at_the_end_of_every_row_is_no_column(tmp_path):
    rows = delivered(tmp_path, "patient_id,collected_at,code,value\n1,2024-01-31,IGM,2,\n")
    assert shown(rows, "patient_id", "observation_value") == [("1", "2")]


def test_rows_that_end_in_a_delimiter_above_a_total_that_does_not(tmp_path):
    """A row that holds something behind the last header has slipped: it is refused, not read."""
    text = "patient_id,collected_at,code,value\nA1,2024-01-31,IGM,2,\nA2,2024-01-31,IGM,3,\n"
    rows = delivered(tmp_path, text + "A3,2024-01-31,IGM,0,31\nTotal: 3\n")
    assert shown(rows, "patient_id", "observation_value") == [("A1", "2"), ("A2", "3")]
    refused = [short(r, "line_number", "reason_code") for r in rows["reject"]]
    assert refused == [(4, "row_field_count"), (5, "footer_row")]
    assert balance(rows) == (4, 4)


def test_empty_rows_of_a_spreadsheet_are_no_rows(tmp_path):
    text = "patient_id,collected_at,code,value\n,,,\n1,2024-01-31,IGM,2\n,,,\n , ,,\n,,\n   \n"
    rows = delivered(tmp_path, text)
    assert balance(rows) == (1, 1)
    assert rows["reject"] == []


def test_identifiers_stay_text(tmp_path):
    text = "patient_id,collected_at,code,value,order_number\n007,2024-01-31,0012,1e3,1E5\n"
    (row,) = delivered(tmp_path, text)["observation"]
    assert short(
        row, "patient_id", "observation_identifier", "observation_value", "filler_order_number"
    ) == ("007", "0012", "1e3", "1E5")


@pytest.mark.parametrize("word", ["NULL", "n/a", "NaN", "-", "unknown"])
def test_a_word_for_none_is_no_order_and_no_specimen(tmp_path, word):
    text = "patient_id,collected_at,code,value,order_number,specimen_id\n"
    (row,) = delivered(tmp_path, f"{text}A1,2024-01-31,IGM,1,{word},{word}\n")["observation"]
    assert short(row, "filler_order_number", "specimen_id") == (None, None)


def test_blanks_around_identifiers_and_codes_are_taken_off_but_the_value_is_as_sent(tmp_path):
    text = "patient_id,collected_at,code,value,units\n A1 , 2024-01-31 ,\u00a0IGM, 0.3 , \n"
    (row,) = delivered(tmp_path, text)["observation"]
    assert short(row, "patient_id", "observation_identifier", "observation_value", "units") == (
        "A1", "IGM", " 0.3 ", None,
    )  # fmt: skip
    assert row["collected_at_source_value"] == " 2024-01-31 "


def test_who_issued_the_identifiers_may_be_stated_once(tmp_path):
    text = "patient_id,collected_at,code,value\n1,2024-01-31,IGM,2\n"
    rows = delivered(tmp_path, text, identifier={"authority": "NHS"})
    assert rows["observation"][0]["assigning_authority"] == "NHS"


def test_an_empty_value_with_a_status_is_a_result(tmp_path):
    text = "patient_id,collected_at,code,value,status\n1,2024-01-31,IGM,,x\n"
    (row,) = delivered(tmp_path, text)["observation"]
    assert short(row, "observation_value", "observation_result_status") == (None, "X")


def test_a_test_name_may_stand_for_the_code(tmp_path):
    text = "patient_id,collected_at,test_name,value\n1,2024-01-31,IgM,2\n"
    (row,) = delivered(tmp_path, text)["observation"]
    assert short(row, "observation_identifier", "observation_text") == (None, "IgM")


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_large_files_keep_their_lines_across_blocks(tmp_path, small_blocks, codec):
    lines = ["patient_id,collected_at,code,value,comment"]
    for i in range(1, 1001):
        lines.append(f'{i:06d},2024-01-31,IGM,1,"line\none {"x" * (i % 97)}"')
    rows = delivered(tmp_path, ("\n".join(lines) + "\n").encode(codec))
    assert [row["line_number"] for row in rows["observation"]] == list(range(2, 2002, 2))
    assert [row["position"] for row in rows["observation"]] == list(range(1, 1001))
    assert balance(rows) == (1000, 1000)


def test_a_canonical_file_needs_no_mapping_beside_a_mapped_export(tmp_path):
    settings = {"delimiter": ";", "date_format": "%d.%m.%Y", "columns": {"patient_id": "PatNr"}}
    text = "patient_id,collected_at,code,value\n1,2024-01-31,IGM,2\n"
    rows = delivered(tmp_path, text, **settings)
    assert shown(rows, "patient_id", "observation_value") == [("1", "2")]
