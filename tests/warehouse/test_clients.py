"""Clinics' tools bundle their own DuckDB: older ones really open and query what is published."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.warehouse.drawn import DICTIONARY, drawn_build
from warehouse.catalogue import write_catalogues
from warehouse.dictionary import published_tables
from warehouse.generation import make_live
from warehouse.publish import publish

CLIENT = Path(__file__).with_name("client.py")
FLAG = """
patient_key | rule_id   | status    | routes
k1          | hyper_igm | candidate | ['route_was']
"""
SAME_AGE = (1_000_000_000, 1_000_000_000)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """r1 and r2 are published with every table, their files of one age; r1 is live."""
    home = tmp_path_factory.mktemp("clients") / "home"
    for run_id in ("r1", "r2"):
        publish(drawn_build(home, run_id, flag__patient_flag=FLAG), home, run_id, DICTIONARY)
    for path in (home / "generations").rglob("*.parquet"):
        os.utime(path, SAME_AGE)
    make_live(home, "r1")
    write_catalogues(home, DICTIONARY)
    shutil.copytree(home, home.with_name("moved"), symlinks=True)
    return home


@pytest.mark.heavy
@pytest.mark.parametrize("version", ["1.4.4", "1.5.*", "2.0.*"])
def test_a_client_with_its_own_duckdb(home, tmp_path, version):
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(tmp_path)]
    subprocess.run([*pip, f"duckdb=={version}"], check=True, timeout=300)
    make_live(home, "r1")
    client = subprocess.Popen(
        [sys.executable, str(CLIENT), str(home), str(home.with_name("moved"))],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert client.stdout.readline() == "ready\n"
    make_live(home, "r2")
    said, _ = client.communicate("go\n", timeout=60)
    seen = json.loads(said)
    assert seen["version"].startswith(version.rstrip("*"))
    assert seen["rows"].keys() == published_tables(DICTIONARY).keys()
    assert seen["rows"]["core.measurement"] == seen["copied"] == 2
    assert (seen["before"], seen["after"], seen["moved"]) == ("r1", "r2", "r1")
    assert seen["comment"] == "normalised; NULL for IgE [g/L]"
    assert seen["quality"] == 0
    assert seen["lists"] == [[["route_was"]]]
