"""A row of another test that lacks something is no immunoglobulin; one that may be is refused."""

from functools import partial

import pytest

from igwatch.site.facility_knowledge import message_filter_of
from tests.transforms.parse.delivery import delivered, facility, short
from transforms.parse.delimited import read_delimited

HEAD = "patient_id,collected_at,code,test_name,value\n"
# code, name, and whether it may be an immunoglobulin
TESTS = [
    ("NA", "Sodium", False),
    ("2951-2", "", False),  # LOINC's, by its check digit
    ("2951-2", "Sodium", False),
    ("4711", "", True),  # of a local code alone nobody knows what it is
    ("4711", "4711", True),
    ("2472-9", "", True),
    ("2472-9", "Sodium", True),
    ("4711", "IgM quantitative", True),
    ("4711", "Immunglobulin M", True),
    ("4711", "免疫球蛋白M", True),
    ("IGMQT", "", True),
    ("M17", "Mu heavy", True),  # mapped by the facility
]
LACKS = ["A1,2024-01-31,{code},{name},", ",2024-01-31,{code},{name},140", "A1,,{code},{name},140"]


def read(tmp_path, text, **settings):
    settings = {"code_map": {"M17": "igm"}, **settings}
    known = message_filter_of(facility(**settings))
    return delivered(tmp_path, text, read=partial(_read, known), **settings)


def _read(known, source, feed):
    return read_delimited(source, feed, known)


@pytest.mark.parametrize("row", LACKS)
@pytest.mark.parametrize(("code", "name", "may_be"), TESTS)
def test_what_is_surely_another_test_is_counted_and_not_held(tmp_path, row, code, name, may_be):
    rows = read(tmp_path, HEAD + row.format(code=code, name=name) + "\n")
    assert len(rows["reject"]) == may_be
    counts = short(rows["source_file"][0], "n_results", "n_results_skipped")
    assert counts == (1, not may_be)


def test_a_time_that_cannot_be_read_is_still_told(tmp_path):
    rows = read(tmp_path, HEAD + "A1,soon,NA,Sodium,140\n")
    assert [r["reason_code"] for r in rows["reject"]] == ["time_unreadable"]


def test_a_whole_row_of_another_test_is_read_as_ever(tmp_path):
    rows = read(tmp_path, HEAD + "A1,2024-01-31,NA,Sodium,140\nA1,2024-01-31,NA,Sodium,\n")
    assert len(rows["observation"]) == 1
    assert rows["source_file"][0]["interest_sha256"]


def test_every_column_of_a_wide_file_is_an_immunoglobulin(tmp_path):
    text = "patient_id,collected_at,IgM\n,2024-01-31,0.2\n"
    rows = read(tmp_path, text, columns={"results": [{"value": "IgM", "code": "igm"}]})
    assert [r["reason_code"] for r in rows["reject"]] == ["patient_id_missing"]
