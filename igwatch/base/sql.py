"""DuckDB as everything here uses it: rows as Arrow, tables stored, texts and names quoted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa


def quoted(text: object) -> str:
    """A value, a path for one, as a text literal of SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as a quoted identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def rows(
    con: duckdb.DuckDBPyConnection,
    query: str,
    given: Sequence[Any] | Mapping[str, Any] | None = None,
) -> pa.Table:
    """The rows of a query as an Arrow table; `given` are its parameters."""
    return con.sql(query, params=given).to_arrow_table()


def one_row(
    con: duckdb.DuckDBPyConnection,
    query: str,
    given: Sequence[Any] | Mapping[str, Any] | None = None,
) -> tuple[Any, ...]:
    """The one row of a query that always has one, such as a count."""
    found = con.execute(query, given).fetchone()
    if found is None:
        raise LookupError("a query that always has a row has none")
    return found


def value(
    con: duckdb.DuckDBPyConnection,
    query: str,
    given: Sequence[Any] | Mapping[str, Any] | None = None,
) -> Any:
    """The first cell of the one row of a query."""
    return one_row(con, query, given)[0]


def store(con: duckdb.DuckDBPyConnection, table: str, incoming: pa.Table) -> None:
    """Make `incoming` the whole content of a table `schema.name`, with its schema if need be."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.split('.')[0]}")
    con.register("incoming", incoming)
    try:
        con.execute(f"CREATE OR REPLACE TABLE {table} AS FROM incoming")
    finally:
        con.unregister("incoming")


@contextmanager
def attached(con: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> Iterator[Sequence[str]]:
    """These databases open for reading, by name, as long as the block lasts."""
    for name, file in files.items():
        con.execute(f"ATTACH {quoted(file)} AS {identifier(name)} (READ_ONLY)")
    try:
        yield list(files)
    finally:
        for name in files:
            con.execute(f"DETACH {identifier(name)}")
