"""A file that ends without a line end, and whose last cell may therefore be the half of one."""

import gzip
from functools import partial

import pytest

from tests.transforms.parse.delivery import balance, delivered, short
from transforms.parse.delimited import read_delimited
from transforms.parse.hl7.message_filter import filter_for_codes

VALUE_LAST = "patient_id,collected_at,code,units,value\n"
FIRST = "P1,2024-01-31,IGM,g/L,0.95\n"
WIDE = {
    "results": [
        {"value": "IgG", "code": "igg", "units": "g/L"},
        {"value": "IgM", "code": "igm", "units": "g/L"},
    ]
}


@pytest.mark.parametrize("cell", ["0", "0.", "0.4", "0.45", ""])
def test_a_value_at_the_end_of_a_file_without_a_line_end_is_held(tmp_path, cell):
    """An IgM of 0.45 g/L, cut to 0, was flagged as selective IgM deficiency."""
    rows = delivered(tmp_path, f"{VALUE_LAST}{FIRST}P2,2024-01-31,IGM,g/L,{cell}")
    assert [row["patient_id"] for row in rows["observation"]] == ["P1"]
    (reject,) = rows["reject"]
    assert short(reject, "reason_code", "field", "line_number", "n_results", "found") == (
        "row_maybe_cut", "value", 3, 1, None,
    )  # fmt: skip
    assert balance(rows) == (2, 2)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", "\n,,,,"])
def test_a_line_end_shows_that_the_row_is_whole(tmp_path, end):
    rows = delivered(tmp_path, f"{VALUE_LAST}{FIRST}P2,2024-01-31,IGM,g/L,0.45{end}")
    assert [row["observation_value"] for row in rows["observation"]] == ["0.95", "0.45"]
    assert not rows["reject"]


def test_so_does_a_closed_quote_and_a_delimiter_behind_the_last_cell(tmp_path):
    quoted = delivered(tmp_path, f'{VALUE_LAST}{FIRST}P2,2024-01-31,IGM,g/L,"0.45"')
    ended = delivered(
        tmp_path, f"{VALUE_LAST}P1,2024-01-31,IGM,g/L,0.95,\nP2,2024-01-31,IGM,g/L,1,"
    )
    for rows in (quoted, ended):
        assert len(rows["observation"]) == 2
        assert not rows["reject"]


def test_a_facility_may_say_that_its_files_end_so(tmp_path):
    text = f"{VALUE_LAST}{FIRST}P2,2024-01-31,IGM,g/L,0.45"
    rows = delivered(tmp_path, text, last_line_end="none")
    assert [row["observation_value"] for row in rows["observation"]] == ["0.95", "0.45"]


@pytest.mark.parametrize(
    ("last", "cell"),
    [
        ("units", "g/L"),  # nothing: the facility's default
        ("value_comparator", "<"),  # nothing: 0.05 instead of below 0.05
        ("status", "X"),  # nothing: a withdrawn result counts
        ("specimen_type", "CSF"),  # nothing: serum
        ("birth_date", "2019-10-31"),
        ("resulted_at", "2024-02-01 10:15"),
        ("collected_time", "10:15"),
    ],
)
def test_other_columns_are_held_too_where_a_part_means_another_thing(tmp_path, last, cell):
    text = f"patient_id,collected_at,code,value,{last}\nP1,2024-01-31,IGM,0.3,{cell}"
    (reject,) = delivered(tmp_path, text)["reject"]
    assert short(reject, "reason_code", "field") == ("row_maybe_cut", last)


@pytest.mark.parametrize("last", ["patient_id", "code", "collected_at"])
def test_so_are_those_that_say_whose_what_and_when(tmp_path, last):
    cells = {"patient_id": "1234", "code": "IGM", "collected_at": "2024-01-31", "value": "0.3"}
    names = [name for name in cells if name != last] + [last]
    text = ",".join(names) + "\n" + ",".join(cells[name] for name in names)
    (reject,) = delivered(tmp_path, text)["reject"]
    assert short(reject, "reason_code", "field") == ("row_maybe_cut", last)


@pytest.mark.parametrize("last", ["comment", "laboratory", "test_name", "reference_range", "Other"])
def test_free_text_decides_nothing_and_holds_nothing(tmp_path, last):
    text = f"patient_id,collected_at,code,value,{last}\nP1,2024-01-31,IGM,0.3,as se"
    rows = delivered(tmp_path, text)
    assert len(rows["observation"]) == 1
    assert not rows["reject"]


def test_a_total_at_the_end_is_a_footer_as_before(tmp_path):
    rows = delivered(tmp_path, f"{VALUE_LAST}{FIRST},,,,1")
    assert [reject["reason_code"] for reject in rows["reject"]] == ["footer_row"]


def test_a_wide_row_is_held_with_every_result_in_it(tmp_path):
    text = "patient_id,collected_at,IgG,IgM\nP1,2024-01-31,9.1,0.9\nP2,2024-01-31,9.1,0"
    rows = delivered(tmp_path, text, columns=WIDE)
    assert {row["patient_id"] for row in rows["observation"]} == {"P1"}
    (reject,) = rows["reject"]
    assert short(reject, "reason_code", "n_results") == ("row_maybe_cut", 2)
    assert balance(rows) == (4, 4)


def test_a_packed_and_a_two_byte_file_are_no_other(tmp_path):
    text = f"{VALUE_LAST}{FIRST}P2,2024-01-31,IGM,g/L,0"
    for content in (gzip.compress(text.encode()), text.encode("utf-16")):
        (reject,) = delivered(tmp_path, content)["reject"]
        assert reject["reason_code"] == "row_maybe_cut"


def test_a_merge_into_a_number_that_may_be_cut_is_held(tmp_path):
    text = "assigning_authority,retired_id,surviving_id\nN,100,200\nN,101,20"
    rows = delivered(tmp_path, text, name="merges.csv")
    assert [row["surviving_id"] for row in rows["merge"]] == ["200"]
    assert [reject["reason_code"] for reject in rows["reject"]] == ["row_maybe_cut"]


def test_a_row_of_another_test_is_passed_over_as_ever(tmp_path):
    text = "patient_id,collected_at,code,test_name,value\nP1,2024-01-31,K,Potassium,4.1"
    of_interest = partial(read_delimited, interest=filter_for_codes(["IGM"]))
    rows = delivered(tmp_path, text, read=of_interest)
    assert not rows["reject"]
    assert rows["source_file"][0]["n_results_skipped"] == 1
