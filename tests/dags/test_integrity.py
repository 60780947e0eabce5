"""What every DAG of ours must be, read by Airflow itself in a process of its own."""

import json
import subprocess
import sys

import pytest

from tests.dags.flight import ROOT, airflow_environment
from tests.home import new_home

READ = """
import json, time
began = time.monotonic()
from airflow.dag_processing.dagbag import DagBag
imported = time.monotonic()
bag = DagBag(dag_folder="dags", collect_dags=True)
seconds = lambda d: d and d.total_seconds()
print("\\n" + json.dumps({
    "faults": bag.import_errors, "seconds": time.monotonic() - imported,
    "dags": {d.dag_id: {
        "schedule": [str(getattr(d.timetable, k, "")) for k in ("_expression", "_timezone")],
        "max_active_runs": d.max_active_runs, "begins": str(d.start_date.date()),
        "catchup": d.catchup, "tags": sorted(d.tags), "doc": d.doc_md,
        "params": {k: {**(p := d.params.get_param(k)).schema, "said": p.description} for k in d.params},
        "tasks": {t.task_id: {
            "retries": t.retries, "delay": seconds(t.retry_delay), "pool": t.pool,
            "grows": t.retry_exponential_backoff, "limit": seconds(t.execution_timeout),
            "is_heard": bool(t.on_failure_callback), "outlets": [a.name for a in t.outlets],
            "after": sorted(t.upstream_task_ids)} for t in d.tasks}} for d in bag.dags.values()}}))
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory) -> dict:
    home = new_home(tmp_path_factory.mktemp("integrity"))
    done = subprocess.run(
        [sys.executable, "-c", READ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=240,
        env=airflow_environment(home) | {"IGWATCH_ZONE": "Europe/Amsterdam"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def nightly(read) -> dict:
    return read["dags"]["igwatch_nightly"]


def test_every_dag_is_read_without_a_fault(read):
    assert read["faults"] == {}
    assert set(read["dags"]) == {"igwatch_nightly", "igwatch_replay", "igwatch_compact"}


def test_every_dag_is_alone_documented_and_does_not_catch_up(read):
    for name, dag in read["dags"].items():
        assert (dag["max_active_runs"], dag["catchup"], dag["tags"]) == (1, False, ["igwatch"]), (
            name
        )
        assert len(dag["doc"]) > 80, name


def test_the_night_begins_by_the_clock_of_the_site(read, nightly):
    assert nightly["schedule"] == ["0 5 * * *", "Europe/Amsterdam"]
    assert read["dags"]["igwatch_compact"]["schedule"] == ["0 3 * * 0", "Europe/Amsterdam"]


def test_whoever_writes_the_warehouse_holds_its_one_slot(read):
    pools = {task: t["pool"] for dag in read["dags"].values() for task, t in dag["tasks"].items()}
    assert {task for task, pool in pools.items() if pool == "warehouse"} == {
        "prove",
        "build",
        "course",
        "check",
        "publish",
        "compact",
        "replay",
    }


def test_only_what_another_try_can_mend_is_tried_again(nightly):
    retries = {name: task["retries"] for name, task in nightly["tasks"].items()}
    assert retries == {
        "discover": 4,
        "land": 4,
        "prove": 1,
        "build": 1,
        "course": 1,
        "check": 0,
        "publish": 1,
        "report": 1,
        "listen": 0,
    }
    assert nightly["tasks"]["land"]["grows"] > 1


def test_every_task_ends_and_is_heard_when_it_fails(read):
    for dag in read["dags"].values():
        for name, task in dag["tasks"].items():
            assert task["limit"], name
            assert task["is_heard"], name


def test_what_is_produced_is_an_asset_that_others_can_wait_for(nightly):
    outlets = {name: task["outlets"] for name, task in nightly["tasks"].items() if task["outlets"]}
    assert outlets == {
        "land": ["igwatch_raw"],
        "publish": ["igwatch_generation"],
        "report": ["igwatch_report"],
    }


def test_the_order_of_a_night(nightly):
    after = {name: task["after"] for name, task in nightly["tasks"].items()}
    assert after == {
        "discover": [],
        "land": ["discover"],
        "prove": ["land"],
        "build": ["prove"],
        "course": ["build"],
        "check": ["course"],
        "publish": ["check"],
        "report": ["publish"],
        "listen": ["publish"],
    }


def test_the_clock_is_asked_for_in_a_form(read, nightly):
    assert nightly["params"]["as_of"]["format"] == "date"
    assert read["dags"]["igwatch_replay"]["params"]["as_of"]["format"] == "date"


def test_the_form_says_that_it_publishes_and_what_does_not(nightly):
    assert set(nightly["params"]) == {"as_of", "backdate"}
    assert "This run PUBLISHES" in nightly["params"]["as_of"]["said"]
    assert "trigger igwatch_replay" in nightly["params"]["as_of"]["said"]
    assert "PUBLISHED all the same" in nightly["params"]["backdate"]["said"]


def test_no_logical_date_lies_before_the_first_day_of_a_dag(read):
    """Before it Airflow runs none of the tasks, and the run is green."""
    assert {dag["begins"] for dag in read["dags"].values()} == {"1970-01-01"}


def test_airflow_reads_only_files_that_hold_a_dag():
    """Every other module of the folder is named in .airflowignore, so that no reading imports it."""
    ignored = set((ROOT / "dags" / ".airflowignore").read_text(encoding="utf-8").split())
    modules = {path.name for path in (ROOT / "dags").glob("*.py")}
    assert ignored == {name for name in modules if not name.startswith("igwatch_")}
