"""Counts what the nights of one release kept: entries a week, patients lost, lines left open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from benchmarks.burden.hospital import YEAR_WEEKS, assumed
from benchmarks.burden.nights import TRUE

HERE = Path(__file__).parent
TAKES_NOTE = "resolved"
"""A line "recovered since last night" asks nothing: told, but outside the sum."""


def counts(
    kept: Path, truth: Path, panels_a_year: int, weeks: int, counted: int, ignores_overdue: bool
) -> dict[str, Any]:
    """The tables of one release and feed. `kept` holds a file of lines and of states per night."""
    scale = assumed("reference_panels") / panels_a_year
    with duckdb.connect() as con:
        played = sorted(int(path.stem) for path in (kept / "line").iterdir())
        con.execute("CREATE TABLE night AS SELECT unnest($1)::INTEGER AS week", [played])
        for name in ("line", "state"):
            path = str(kept / name / "*.parquet")
            con.execute(f"CREATE TABLE {name} AS FROM read_parquet($1)", [path])
        con.execute(
            "CREATE TABLE truth AS FROM read_csv($1, header => true, all_varchar => true)",
            [str(truth)],
        )
        after = {"counted_after": weeks - counted, "ignores_overdue": ignores_overdue}
        con.execute(f"CREATE TABLE entry AS {_sql('entry')}", after | {"true": TRUE})
        per_week = _rows(con, "per_week", scale=scale, weeks=counted)
        asked = [row for row in per_week if row["ask"] != TAKES_NOTE]
        of = f"SELECT count(*) FROM entry WHERE NOT is_true_patient AND ask <> '{TAKES_NOTE}'"
        [(n,)] = con.execute(of).fetchall()
        return {
            "entries_per_week": sum(row["per_week"] for row in asked),
            "spread": 1.959964 * n**0.5 * scale / counted,
            "entries": per_week,
            "left": _rows(con, "left_list", true=TRUE),
            "reached": _rows(con, "reached", true=TRUE),
            "open": {
                week: _rows(con, "open_line", true=TRUE, scale=scale, week=week)
                for week in sorted({2 * YEAR_WEEKS, weeks})
                if week in played
            },
            "withheld": int((kept / "withheld.txt").read_text(encoding="utf-8")),
        }


def _sql(name: str) -> str:
    return (HERE / f"{name}.sql").read_text(encoding="utf-8")


def _rows(con: duckdb.DuckDBPyConnection, name: str, **given: object) -> list[dict[str, Any]]:
    return con.sql(_sql(name), params=given).to_arrow_table().to_pylist()
