"""A home of igwatch in a temporary folder, and whole nights in it, for end-to-end tests."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from igwatch.night.pipeline import NightResult, run_night
from igwatch.site.home import Home, home_at
from igwatch.site.settings import Settings

SETTINGS = Settings(settle_seconds=0, memory_limit="1GB", threads=2)
RESULTS_HEADER = (
    "patient_id,assigning_authority,birth_date,sex,order_number,specimen_id,specimen_type,"
    "collected_at,resulted_at,code,code_system,test_name,value,units,reference_range,"
    "abnormal_flag,status,laboratory,comment"
)


def new_home(folder: Path) -> Home:
    return home_at(folder / "home").prepare()


def deliver(home: Home, facility: str, name: str, content: str | bytes) -> Path:
    """Lay a file in a facility's inbox."""
    path = home.inbox / facility / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def night(home: Home, as_of: str) -> NightResult:
    return run_night(home, SETTINGS, date.fromisoformat(as_of))


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
