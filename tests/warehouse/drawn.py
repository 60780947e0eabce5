"""Private builds and published homes, drawn as ASCII tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from tests.table import table
from warehouse.dictionary import as_built, published_tables
from warehouse.ledger import confirm, stage
from warehouse.publish import Generation, publish

DICTIONARY = Path(__file__).resolve().parents[2] / "warehouse" / "dictionary.csv"
# Enough tables for most questions: with all of them a publication takes half a second
FEW = (
    "core.measurement",
    "core.patient_alias",
    "flag.patient_flag",
    "flag.evidence",
    "flag.transition",
    "mart.funnel",
    "quality.freshness",
)
DAY = date(2026, 1, 1)

MEASUREMENT = """
measurement_id | patient_key | patient_id | analyte | collected_at        | value_g_per_l
a1:north:1     | k1          | ann        | igm     | 2025-06-01 08:00:00 | 0.21
a1:north:2     | k2          | bob        | igm     | 2025-07-01 08:00:00 | 0.9
"""
EVIDENCE = """
patient_key | rule_id                  | event_number | role  | measurement_id
k1          | selective_igm_deficiency | 1            | index | a1:north:1
"""


def few(folder: Path) -> Path:
    """The dictionary's own lines about the tables of FEW, as a dictionary."""
    path = folder / "few.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        header, *lines = DICTIONARY.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if ".".join(line.split(",")[:2]) in FEW]
        path.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    return path


def drawn_build(
    folder: Path, run_id: str, as_of: date = DAY, dictionary: Path = DICTIONARY, **drawn: str
) -> Path:
    """A build file with every table of the dictionary; `schema__table="..."` draws its rows.

    Columns that are not drawn are NULL. Unless drawn, two results and one evidence row are there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "build.duckdb"
    path.unlink(missing_ok=True)
    drawn = {"core__measurement": MEASUREMENT, "flag__evidence": EVIDENCE} | drawn
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE SCHEMA run")
        con.execute(
            "CREATE TABLE run.clock AS SELECT $1::DATE AS as_of, $2 AS run_id, "
            "'1' AS rule_version, $1::TIMESTAMP AS data_to",
            [as_of, run_id],
        )
        for name, columns in as_built(published_tables(dictionary)).items():
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
            typed = ", ".join(f'"{column.name}" {column.type}' for column in columns)
            con.execute(f"CREATE TABLE {name} ({typed})")
            fill(con, name, drawn.get(name.replace(".", "__"), ""))
    return path


def fill(con: duckdb.DuckDBPyConnection, name: str, drawn: str) -> None:
    """Insert drawn rows into a table, cast to its columns' types."""
    for row in table(drawn) if drawn.strip() else []:
        columns = ", ".join(f'"{column}"' for column in row)
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        con.execute(f"INSERT INTO {name} ({columns}) VALUES ({places})", list(row.values()))


def published(
    home: Path, run_id: str, as_of: date = DAY, keep: int = 14, **drawn: str
) -> Generation:
    """Build, publish and record, as a night does, with the tables of FEW."""
    dictionary = few(home)
    build = drawn_build(home / "work" / run_id, run_id, as_of, dictionary, **drawn)
    generation = publish(build, home, run_id, dictionary, keep)
    record(home, generation, f"digest of {run_id}", None, [("north", run_id)])
    return generation


def record(home: Path, generation: Generation, *facts: object) -> None:
    """Record a generation in the ledger, with the facts of its run."""
    transitions = generation.parquet("flag.transition")
    stage(home, generation.run_id, generation.as_of, transitions, *facts)
    confirm(home)


def live_run_id(home: Path) -> str:
    """What a reader who opens the catalogue now is told."""
    with duckdb.connect(str(home / "igwatch.duckdb"), read_only=True) as con:
        return con.execute("SELECT any_value(run_id) FROM core.measurement").fetchone()[0]
