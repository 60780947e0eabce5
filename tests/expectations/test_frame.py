"""Which rows are checked: one facility's new ones, or a whole table; and only the columns named."""

import duckdb
import pytest

from expectations.check import check_frames
from expectations.frame import flag_frames, read_frames
from expectations.suite import load_suites
from tests.expectations.good import AS_OF, good_frame

SUITES = load_suites()
NEW = "a" * 64


@pytest.fixture
def con():
    """A build that holds the good frames: tonight's file of north, and an old one's row beside."""
    with duckdb.connect() as con:
        for schema in ("core", "raw", "run", "flag", "quality"):
            con.execute(f"CREATE SCHEMA {schema}")
        con.execute(
            "CREATE TABLE run.source AS FROM (VALUES ('north', $1, true), ('north', 'old', false), "
            "('south', $1, true)) AS s (facility, source_sha256, is_new)",
            [NEW],
        )
        for table in SUITES:
            frame = good_frame(table)
            if table == "core.measurement":
                frame["source_sha256"] = [NEW, NEW, NEW, "old"]
            if "facility" not in frame:
                frame["facility"] = "north"
            frame["is_new_batch"] = True
            frame["test_name"] = "nobody asks for it"
            con.register("incoming", frame)
            con.execute(f"CREATE TABLE {table} AS FROM incoming")
        yield con


def test_new_rows_of_one_facility_are_read(con):
    frames = read_frames(con, "north")
    assert {table: len(frame) for table, frame in frames.items()} == {
        "core.measurement": 3,
        "core.panel": 2,
        "quality.median_shift": 1,
        "quality.new_batch": 1,
        "raw.source_file": 1,
    }


def test_another_facility_s_rows_are_not_read(con):
    assert {len(frame) for frame in read_frames(con, "south").values()} == {0}


def test_whole_tables_are_read_before_they_are_published(con):
    frames = flag_frames(con)
    assert {t: len(f) for t, f in frames.items()} == {
        t: len(good_frame(t)) for t, suite in SUITES.items() if suite.checked == "flag"
    }


def test_only_the_columns_that_a_suite_names_leave_the_database(con):
    for table, frame in (read_frames(con, "north") | flag_frames(con)).items():
        assert set(frame.columns) <= SUITES[table].columns
        assert "test_name" not in frame.columns


def test_a_missing_column_is_left_to_the_check(con):
    con.execute("ALTER TABLE quality.freshness DROP days_silent")
    frame = flag_frames(con)["quality.freshness"]
    results = check_frames({"quality.freshness": frame}, None, AS_OF)
    success = {r.column_name: r.success for r in results}
    assert success == {"days_silent": False, "is_withheld": True}
