"""A published generation as reports read it: its clock, and rows of its Parquet tables.

Reports read nothing but what was published, so that what a page shows can be asked of DuckDB too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from igwatch.base.error import IgwatchError
from igwatch.base.sql import identifier, quoted, value

FETCHED = 10_000
QUERY = Path(__file__).with_name("query")


class ReportError(IgwatchError):
    """A report that cannot be written; one line with the mend."""


@dataclass(frozen=True)
class Generation:
    """An opened generation. `as_of` is the clock of its run, `rule_version` of its rules."""

    run_id: str
    as_of: date
    rule_version: str
    con: duckdb.DuckDBPyConnection

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """Rows of query/<query>.sql as dicts; `parameters` are its $1, $2. Raises ReportError."""
        return list(self.each(query, *parameters))

    def each(self, query: str, *parameters: object) -> Iterator[dict[str, Any]]:
        """The same one by one, so that they need not all be in memory. Raises ReportError."""
        return self.read((QUERY / f"{query}.sql").read_text(encoding="utf-8"), *parameters)

    def read(self, sql: str, *parameters: object) -> Iterator[dict[str, Any]]:
        """Rows of a query as dicts, one by one, beside those of others. Raises ReportError."""
        try:
            result = self.con.cursor().execute(sql, list(parameters))
            names = [column[0] for column in result.description]
            while fetched := result.fetchmany(FETCHED):
                for row in fetched:
                    yield dict(zip(names, row, strict=True))
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            reason = str(error).splitlines()[0]
            raise ReportError(f"run {self.run_id}: {reason}", "run: igwatch run") from None


@dataclass
class Dated:
    """A page about one generation: its clock, run and rules are the generation's."""

    generation: Generation

    @property
    def as_of(self) -> date:
        return self.generation.as_of

    @property
    def run_id(self) -> str:
        return self.generation.run_id

    @property
    def rule_version(self) -> str:
        return self.generation.rule_version


def open_generation(folder: Path, config: Mapping[str, Any] | None = None) -> Generation:
    """The generation in `folder`, its tables as views. Raises ReportError.

    `config` are DuckDB's settings (memory_limit, threads ...).
    Every table must be of the run that the manifest names: half a night is refused.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        run_id, as_of = manifest["run_id"], date.fromisoformat(manifest["as_of"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportError(
            f"{folder.name}: its manifest.json cannot be read ({type(error).__name__})",
            "run: igwatch run",
        ) from None
    con = duckdb.connect(config=dict(config or {}))
    for path in sorted(folder.glob("*/*.parquet")):
        _view(con, path, run_id)
    return Generation(run_id, as_of, manifest.get("rule_version") or "", con)


def _view(con: duckdb.DuckDBPyConnection, path: Path, run_id: str) -> None:
    schema, table = path.parent.name, path.stem
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema)}")
    name = f"{identifier(schema)}.{identifier(table)}"
    con.execute(f"CREATE VIEW {name} AS FROM read_parquet({quoted(path)})")
    n_of_other_runs = value(con, f"SELECT count(*) FROM {name} WHERE run_id <> $1", [run_id])
    if n_of_other_runs:
        raise ReportError(
            f"{schema}.{table} holds rows of another run than {run_id}", "run: igwatch run"
        )
