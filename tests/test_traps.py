"""Traps of our own stack that once cost somebody a night."""

import importlib.metadata
import struct
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.home import RESULTS_HEADER, ask, deliver, new_home, night

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
READABLE_BY_DUCKDB_1_4 = range(64, 68)


def row(day: str, igm: str = "0.21") -> str:
    return (
        f"ann,NORTH,1989-01-05,F,,,serum,{day},,2472-9,LN,IgM,{igm},g/L,,,F,,\n"
        f"ann,NORTH,1989-01-05,F,,,serum,{day},,2465-3,LN,IgG,9.1,g/L,,,F,,\n"
        f"ann,NORTH,1989-01-05,F,,,serum,{day},,2458-8,LN,IgA,1.4,g/L,,,F,,\n"
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("traps"))
    deliver(home, "north", "results.csv", f"{RESULTS_HEADER}\n{row('2024-01-10')}")
    night(home, "2024-01-20")
    return home


def test_the_great_expectations_provider_is_not_asked_for_and_could_not_be_installed():
    """airflow-provider-great-expectations needs structlog<25.5; Airflow 3.3 needs more."""
    assert "airflow-provider-great-expectations" not in LOCK.read_text()
    needs = [Requirement(text) for text in importlib.metadata.requires("apache-airflow-core")]
    structlog = next(need for need in needs if need.name == "structlog")
    assert not structlog.specifier.contains("25.4.0")
    assert structlog.specifier.contains(importlib.metadata.version("structlog"))
    assert Version(importlib.metadata.version("structlog")) >= Version("25.5.0")


@pytest.mark.heavy
def test_an_open_reader_sees_the_next_generation(home):
    with duckdb.connect(str(home.catalogue), read_only=True) as reader:
        before = reader.execute("SELECT DISTINCT run_id FROM flag.patient_flag").fetchall()
        deliver(home, "north", "later.csv", f"{RESULTS_HEADER}\n{row('2024-04-20', '0.19')}")
        night(home, "2024-05-01")
        after = reader.execute("SELECT DISTINCT run_id FROM flag.patient_flag").fetchall()
        status = reader.execute("SELECT status FROM flag.patient_flag").fetchall()
    assert len(before) == len(after) == 1
    assert before != after
    assert status == [("persistent",)]


@pytest.mark.heavy
def test_duckdb_1_4_can_read_what_is_published(home):
    """DuckDB 2.0 writes files by default that 1.4 refuses: the number stands in the header."""
    for path in (home.catalogue, home.quality_catalogue, home.live.resolve() / "warehouse.duckdb"):
        magic, version = struct.unpack("<8x4sQ", path.read_bytes()[:20])
        assert magic == b"DUCK"
        assert version in READABLE_BY_DUCKDB_1_4, path.name


def test_a_check_that_evaluated_nothing_has_failed():
    """One missing column makes Great Expectations return success=False and an empty result."""
    from expectations.check import check_frames

    frame = pd.DataFrame({"patient_key": ["a"]})
    results = check_frames({"core.measurement": frame}, "north", pd.Timestamp("2024-01-20").date())
    assert results
    unevaluated = [r for r in results if r.n_evaluated == 0]
    assert unevaluated
    assert not any(r.success for r in unevaluated)


def test_the_tables_hold_the_rows_though_nothing_was_filtered_by_an_interval(home):
    of_the_day = "SELECT count(*) FROM core.measurement WHERE collected_at::DATE = '2024-01-10'"
    assert ask(home, of_the_day) == [(3,)]
