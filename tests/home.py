"""A home of igwatch in a temporary folder, and whole nights in it, for end-to-end tests."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from igwatch.night.pipeline import NightResult, run_night
from igwatch.prove.prove import prove_night
from igwatch.site.home import Home, home_at
from igwatch.site.settings import Settings

SETTINGS = Settings(settle_seconds=0, memory_limit="1GB", threads=2)
RESULTS_HEADER = (
    "patient_id,assigning_authority,birth_date,sex,order_number,specimen_id,specimen_type,"
    "collected_at,resulted_at,code,code_system,test_name,value,units,reference_range,"
    "abnormal_flag,status,laboratory,comment"
)
EXPOSURES_HEADER = "patient_id,assigning_authority,kind,code,code_system,name,start_date,end_date"


def new_home(folder: Path) -> Home:
    return home_at(folder / "home").prepare()


def deliver(home: Home, facility: str, name: str, content: str | bytes) -> Path:
    """Lay a file in a facility's inbox."""
    path = home.inbox / facility / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def ordinary_exposures(patient: str, authority: str, *days: str) -> str:
    """Lines of a canonical exposures file: on each day somebody whom the laboratories know had
    what no rule asks for. Without such lines a feed that promises to be complete is silent."""
    return "".join(
        f"{patient},{authority},diagnosis,I10,ICD-10,hypertension,{day},{day}\n" for day in days
    )


def first_of_months(first_year: int, last_year: int) -> list[str]:
    """The first day of every month of these years."""
    return [
        f"{year}-{month:02d}-01"
        for year in range(first_year, last_year + 1)
        for month in range(1, 13)
    ]


def night(home: Home, as_of: str) -> NightResult:
    """A night whose canaries nobody asks, which takes a third of the time."""
    return run_night(home, SETTINGS, date.fromisoformat(as_of))


def whole_night(home: Home, as_of: str) -> NightResult:
    """A night as the command line and the DAG run it."""
    return run_night(home, SETTINGS, date.fromisoformat(as_of), prove=prove_night)


def ask(home: Home, query: str) -> list[tuple]:
    """The rows of a query on the published catalogue, as a dashboard would ask."""
    with duckdb.connect(str(home.catalogue), read_only=True) as con:
        return con.execute(query).fetchall()


def contents(home: Home) -> dict[str, int]:
    """A hash over each published table's rows, whatever their order."""
    tables = ask(
        home,
        "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1",
    )
    return {
        name: ask(home, f"SELECT coalesce(bit_xor(hash(t)), 0) + count(*) FROM {name} AS t")[0][0]
        for (name,) in tables
    }
