"""Readers' tools bundle their own DuckDB: each really opens and queries what is published.

`make test-clients` prints the matrix. It takes the clients from PyPI and npm, and needs node.
"""

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
from warehouse.omop.catalogue import VOCABULARY, write_omop
from warehouse.omop.column import cdm_tables
from warehouse.publish import publish

HERE = Path(__file__).parent
FLAG = """
patient_key | rule_id   | status    | routes
k1          | hyper_igm | candidate | ['route_was']
"""
MATRIX: list[tuple[str, str, str]] = []
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
    write_omop(home)
    shutil.copytree(home, home.with_name("moved"), symlinks=True)
    return home


@pytest.fixture(scope="module", autouse=True)
def matrix(request):
    """What each client saw, printed at the end."""
    yield
    lines = [("client", "version", "what it saw"), *MATRIX]
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print()
        for client, version, saw in lines:
            print(f"{client:22} {version:38} {saw}")


def installed(folder: Path, *packages: str) -> dict[str, str]:
    """The environment of a Python in which only these packages are laid before our own."""
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder)]
    subprocess.run([*pip, *packages], check=True, timeout=300)
    return {**os.environ, "PYTHONPATH": str(folder)}


def saw(home: Path, command: list[str], **where) -> dict:
    """What a client says it saw of r1, and of r2 that is made live while it is connected."""
    make_live(home, "r1")
    client = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **where
    )
    assert client.stdout.readline() == "ready\n"
    make_live(home, "r2")
    said, _ = client.communicate("go\n", timeout=60)
    seen = json.loads(said)
    assert (seen["before"], seen["after"], seen["quality"]) == ("r1", "r2", 0)
    return seen


@pytest.mark.heavy
@pytest.mark.parametrize("version", ["1.4.4", "1.5.*", "2.0.*"])
def test_a_client_with_its_own_duckdb(home, tmp_path, version):
    moved = home.with_name("moved")
    seen = saw(
        home,
        [sys.executable, str(HERE / "client.py"), str(home), str(moved)],
        env=installed(tmp_path, f"duckdb=={version}"),
    )
    assert seen["version"].startswith(version.rstrip("*"))
    assert seen["rows"].keys() == published_tables(DICTIONARY).keys()
    assert seen["rows"]["core.measurement"] == seen["copied"] == 2
    assert seen["moved"] == "r1"
    assert seen["comment"] == "normalised; NULL for IgE [g/L]"
    assert seen["lists"] == [[["route_was"]]]
    assert seen["omop"].keys() == cdm_tables().keys() - set(VOCABULARY)
    tell("Python, duckdb", seen, "views, copy, comments, lists, another mount, OMOP")


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("duckdb", "sqlalchemy"), [("1.4.4", "1.4.*"), ("1.5.*", "2.0.*"), ("2.0.*", "2.0.*")]
)
def test_a_client_through_sqlalchemy_as_superset_does(home, tmp_path, duckdb, sqlalchemy):
    """Superset is bound to SQLAlchemy 1.4; other tools use 2."""
    packages = (f"duckdb=={duckdb}", f"sqlalchemy=={sqlalchemy}", "duckdb-engine==0.17.0")
    seen = saw(
        home,
        [sys.executable, str(HERE / "client_sqlalchemy.py"), str(home)],
        env=installed(tmp_path, *packages),
    )
    tables = published_tables(DICTIONARY)
    assert {name.split(".")[0] for name in tables} <= set(seen["schemas"])
    assert set(seen["views"]) >= {n.split(".")[1] for n in tables if n.startswith("core.")}
    assert list(seen["columns"]) == [column.name for column in tables["mart.funnel"]]
    assert seen["chart"] == [["igm", 2]]
    tell("SQLAlchemy", seen, "schemas, views, types, a chart")


@pytest.mark.heavy
def test_node_s_own_client(home, tmp_path):
    assert shutil.which("npm"), "install node and npm (apt-get install nodejs npm) to run this test"
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "@duckdb/node-api"]
    subprocess.run(npm, cwd=tmp_path, check=True, timeout=300)
    shutil.copy(HERE / "client.mjs", tmp_path)
    seen = saw(home, ["node", "client.mjs", str(home)], cwd=tmp_path)
    assert seen["rows"].keys() == published_tables(DICTIONARY).keys()
    assert seen["rows"]["core.measurement"] == 2
    assert seen["lists"] == ["route_was"]
    tell("Node, @duckdb/node-api", seen, "views, lists")


def tell(client: str, seen: dict, what: str) -> None:
    MATRIX.append((client, seen["version"], f"{what}; the next generation without reconnecting"))
