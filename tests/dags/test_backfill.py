"""A backfill of past nights is tonight again: what is new is what has not been landed."""

import subprocess
import sys

import pytest

from tests.dags.flight import ROOT, airflow_environment
from tests.dags.test_nightly import results
from tests.home import contents, deliver, new_home

pytestmark = pytest.mark.heavy
BACKFILL = """
import sys
from datetime import UTC, datetime
from airflow.utils.db import initdb
initdb()
from dags.igwatch_nightly import nightly
for day in sys.argv[1:]:
    run = nightly.test(logical_date=datetime.fromisoformat(day).replace(tzinfo=UTC))
    print("\\nstate", run.state, flush=True)
"""


def test_a_backfill_of_any_night_leaves_the_tables_as_they_are(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", results(("2024-01-10", "0.2137"), ("2024-04-20", "0.1913")))
    seen = [backfilled(home, *days) for days in (["2026-06-03"], ["2019-02-01", "2026-06-03"])]
    assert seen[0] == seen[1]
    assert sum(seen[0].values()) > 0


def backfilled(home, *days: str) -> dict[str, int]:
    """The published tables after Airflow has run the nights of these logical dates."""
    done = subprocess.run(
        [sys.executable, "-c", BACKFILL, *days],
        capture_output=True, text=True, cwd=ROOT, timeout=400, env=airflow_environment(home),
    )  # fmt: skip
    states = [line for line in done.stdout.splitlines() if line.startswith("state")]
    assert states == ["state success"] * len(days), done.stdout[-2000:] + done.stderr[-2000:]
    return contents(home)
