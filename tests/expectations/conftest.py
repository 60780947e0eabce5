"""A build that the checks can be run on."""

import duckdb
import pytest

from expectations.suite import load_suites
from tests.expectations.good import AS_OF, good_frame

SUITES = load_suites()
NEW = "a" * 64


@pytest.fixture
def con():
    """A build that holds the good frames: tonight's file of north, and an old one's row beside."""
    with duckdb.connect() as con:
        for schema in {"raw", "run", *(table.split(".")[0] for table in SUITES)}:
            con.execute(f"CREATE SCHEMA {schema}")
        con.execute("CREATE TABLE run.clock AS SELECT $1 AS as_of", [AS_OF])
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
            frame["is_new_batch"], frame["has_new_results"], frame["month"] = True, True, AS_OF
            frame["test_name"] = "nobody asks for it"
            frame = frame.drop(columns="days_before_clock", errors="ignore")
            con.register("incoming", frame)
            con.execute(f"CREATE TABLE {table} AS FROM incoming")
        yield con
