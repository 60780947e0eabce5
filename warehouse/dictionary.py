"""The data dictionary (warehouse/dictionary.csv) as the contract of what is published."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from igwatch.base.error import IgwatchError

PUBLISHED_SCHEMAS = ("core", "flag", "mart", "quality")
RUN_ID, DATA_TO = "run_id", "data_to"
# published only where a site has set what it needs
OPTIONAL = frozenset({"quality.pseudonymous_flag"})


class DictionaryError(IgwatchError):
    """A dictionary that cannot be read; one line with the mend."""


@dataclass(frozen=True)
class Column:
    """One column as the dictionary describes it; `type` is DuckDB's, `unit` a UCUM code."""

    name: str
    type: str
    unit: str
    meaning: str
    source_term: str

    @property
    def comment(self) -> str:
        """What a database client shows for the column: meaning, unit, the standard's term."""
        unit = f" [{self.unit}]" if self.unit else ""
        term = f" ({self.source_term})" if self.source_term not in ("", "igwatch") else ""
        return f"{self.meaning}{unit}{term}"


def published_tables(dictionary: Path) -> dict[str, list[Column]]:
    """Columns by schema.table in the dictionary's order; raw is private and left out.

    Raises DictionaryError when a line has not the columns of the header.
    """
    tables: dict[str, list[Column]] = {}
    with dictionary.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        width = len(next(lines))
        for line in lines:
            if len(line) != width:
                raise DictionaryError(
                    f"{dictionary.name} line {lines.line_num}: {len(line)} cells, the header has "
                    f"{width}",
                    "put a text with a comma in quotes",
                )
            schema, table, *described = line
            if schema in PUBLISHED_SCHEMAS:
                tables.setdefault(f"{schema}.{table}", []).append(Column(*described))
    return tables


def as_built(tables: Mapping[str, list[Column]]) -> dict[str, list[Column]]:
    """The same tables as a private build holds them: run_id and data_to are added on publishing."""
    return {
        name: [c for c in columns if c.name not in (RUN_ID, DATA_TO)]
        for name, columns in tables.items()
    }


def present(tables: Mapping[str, list[Column]], found: Collection[str]) -> dict[str, list[Column]]:
    """The same tables without the optional ones that are not among `found`."""
    return {name: c for name, c in tables.items() if name not in OPTIONAL or name in found}


def tables_of(con: duckdb.DuckDBPyConnection, database: str) -> set[str]:
    """schema.table of every table of an attached database."""
    return set(_columns(con, database))


def differences(
    con: duckdb.DuckDBPyConnection,
    database: str,
    tables: Mapping[str, list[Column]],
    ordered: bool = True,
) -> list[str]:
    """One sentence for each way in which an attached database is not as `tables` says.

    Tables that `tables` does not name are a database's own affair. An empty list is agreement.
    """
    found = _columns(con, database)
    return [
        sentence
        for name, expected in tables.items()
        for sentence in _table_differences(name, found.get(name), expected, ordered)
    ]


def _columns(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, dict[str, str]]:
    """Type by column by schema.table, columns in the order they stand."""
    found: dict[str, dict[str, str]] = {}
    for table, column, data_type in con.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = $1 ORDER BY 1, column_index",
        [database],
    ).fetchall():
        found.setdefault(table, {})[column] = data_type
    return found


def _table_differences(
    table: str, found: dict[str, str] | None, expected: list[Column], ordered: bool
) -> Iterator[str]:
    if found is None:
        yield f"{table} is missing"
        return
    wanted = {column.name: column.type for column in expected}
    yield from (f"{table}.{name} is missing" for name in wanted if name not in found)
    yield from (f"{table}.{name} is not in the dictionary" for name in found if name not in wanted)
    yield from (
        f"{table}.{name} is {found[name]}, the dictionary says {type_}"
        for name, type_ in wanted.items()
        if name in found and found[name] != type_
    )
    if ordered and found.keys() == wanted.keys() and list(found) != list(wanted):
        yield f"{table}: columns stand in another order than in the dictionary"
