"""The rows that are checked, as data frames, out of a build.

A suite that is `checked: read` has its rows written down in `<table>.sql` beside it, with
$facility; one that is `checked: flag` is about its whole table. Only the columns that a suite
names are taken out of the database.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from expectations.suite import FOLDER, Suite, load_suites


def read_frames(con: duckdb.DuckDBPyConnection, facility: str) -> dict[str, pd.DataFrame]:
    """What was read tonight from `facility`, by table, to be checked before anyone is flagged."""
    return {
        suite.table: _frame(
            con,
            suite,
            (FOLDER / f"{suite.table}.sql").read_text(encoding="utf-8"),
            {"facility": facility},
        )
        for suite in load_suites().values()
        if suite.checked == "read"
    }


def flag_frames(con: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    """What is to be published, by table, to be checked before anyone may see it."""
    return {
        suite.table: _frame(con, suite, f"FROM {suite.table}", {})
        for suite in load_suites().values()
        if suite.checked == "flag"
    }


def _frame(
    con: duckdb.DuckDBPyConnection, suite: Suite, query: str, given: dict[str, str]
) -> pd.DataFrame:
    rows = con.sql(query, params=given)
    wanted = [column for column in rows.columns if column in suite.columns]
    return rows.select(*wanted).df()
