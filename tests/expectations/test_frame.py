"""Which rows are checked: one facility's new ones, or a whole table; and only the columns named."""

import pytest

from expectations import engine
from expectations.check import check_frames
from expectations.frame import Rows, flag_frames, read_frames
from expectations.suite import load_suites
from tests.expectations.good import AS_OF, good_frame

SUITES = load_suites()
NEW = "a" * 64


def test_new_rows_of_one_facility_are_read(con):
    frames = read_frames(con, "north")
    assert {table: rows.n for table, rows in frames.items()} == {
        "core.measurement": 3,
        "core.panel": 2,
        "level.median_shift": 5,
        "delivery.reason": 2,
        "delivery.summary": 1,
        "raw.source_file": 1,
    }


def test_another_facility_s_rows_are_not_read(con):
    assert {rows.n for rows in read_frames(con, "south").values()} == {0}


def test_whole_tables_are_read_before_they_are_published(con):
    frames = flag_frames(con)
    assert {t: rows.n for t, rows in frames.items()} == {
        t: len(good_frame(t)) for t, suite in SUITES.items() if suite.checked == "flag"
    }


def test_only_the_columns_that_a_suite_names_leave_the_database(con):
    for table, rows in (read_frames(con, "north") | flag_frames(con)).items():
        frame = rows.frame(SUITES[table].columns)
        assert set(frame.columns) <= SUITES[table].columns
        assert len(frame) == rows.n


@pytest.mark.heavy
def test_many_rows_are_taken_a_few_columns_at_a_time_with_the_same_answer(con, monkeypatch):
    rows = read_frames(con, "north")["core.measurement"]
    at_once = check_frames({"core.measurement": rows}, "north", AS_OF)
    taken = []
    spy = Rows(rows.n, rows.columns, lambda columns: taken.append(columns) or rows.take(columns))
    monkeypatch.setattr(engine, "ROWS_AT_ONCE", 1)
    assert check_frames({"core.measurement": spy}, "north", AS_OF) == at_once
    assert len(taken) > 15
    assert max(map(len, taken)) == 2


def test_a_missing_column_is_left_to_the_check(con):
    con.execute("ALTER TABLE quality.freshness DROP days_silent")
    frame = flag_frames(con)["quality.freshness"]
    results = check_frames({"quality.freshness": frame}, None, AS_OF)
    success = {r.column_name: r.success for r in results}
    assert success == {"days_silent": False, "is_withheld": True}
