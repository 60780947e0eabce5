"""Whether two homes publish the same: every table of their live generations, row by row.

`python -m benchmarks.same_tables HOME HOME` compares what a change must not alter. Names of runs
and the times at which files happened to land differ from run to run and are left out. Exit 1 where
a table, a column or a row differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb

# columns that hold the name of a run or the clock of the machine
OF_THE_RUN = {
    *("run_id", "published_run_id", "checked_run_id", "previous_run_id", "delivered_run_id"),
    *("landed_at", "last_landed_at", "known_on", "known_at", "hours_since"),
}


def main() -> int:
    """Compare the homes named on the command line; 0 where all tables are the same."""
    if len(sys.argv) != 3:
        print("usage: python -m benchmarks.same_tables HOME HOME", file=sys.stderr)
        return 2
    generations = [Path(home).resolve() / "live" for home in sys.argv[1:]]
    n_tables, differences = 0, []
    with duckdb.connect() as con:
        for table in sorted(set().union(*(_tables(folder) for folder in generations))):
            n_tables += 1
            differences += [f"{table}: {fault}" for fault in _differences(con, table, *generations)]
    print("\n".join(differences or [f"{n_tables} tables are the same"]))
    return 1 if differences else 0


def _tables(generation: Path) -> set[str]:
    return {str(p.relative_to(generation).with_suffix("")) for p in generation.glob("*/*.parquet")}


def _differences(con: duckdb.DuckDBPyConnection, table: str, *generations: Path) -> Iterator[str]:
    files = [folder / f"{table}.parquet" for folder in generations]
    missing = [str(file.parents[1].resolve()) for file in files if not file.exists()]
    if missing:
        yield f"not in {missing[0]}"
        return
    columns = [_columns(con, file) for file in files]
    if columns[0] != columns[1]:
        yield f"other columns: {sorted(set(columns[0]) ^ set(columns[1])) or 'in another order'}"
        return
    kept = ", ".join(f'"{name}"' for name in columns[0] if name not in OF_THE_RUN) or "1"
    here, there = (f"(SELECT {kept} FROM read_parquet('{file}'))" for file in files)
    for one, other, where in ((here, there, "first"), (there, here, "second")):
        rows = con.sql(f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})").fetchall()
        if n := rows[0][0]:
            yield f"{n} rows only in the {where} home"


def _columns(con: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    return [row[0] for row in con.sql(f"DESCRIBE FROM read_parquet('{file}')").fetchall()]


if __name__ == "__main__":
    sys.exit(main())
