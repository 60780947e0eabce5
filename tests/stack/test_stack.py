"""The whole of docker-compose.yml without a Docker engine: PostgreSQL, Redis, Airflow, two workers.

`make test-stack`. A region is landed by two Celery workers, one of which is killed in the middle;
what is published is what `igwatch run` publishes on one machine.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path

import pytest

from igwatch.site.home import home_at
from tests.home import contents
from tests.stack.stage import Stage

pytestmark = pytest.mark.heavy
API = "http://127.0.0.1:8080"
NIGHT_SECONDS = 1500
HOME = Path("/srv/igwatch")


def ask(path: str, token: str | None = None, body: dict | None = None) -> dict:
    """The answer of Airflow's REST API; a body makes it a POST."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(API + path, data, headers), timeout=60) as r:
        return json.load(r)


def wait_for(what, seconds: float, pause: float = 1.0):
    """The first true answer of `what`; None when the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(pause)
    return None


@pytest.fixture(scope="module")
def region() -> tuple[Path, date]:
    """A simulated region, all its nights delivered at once: (folder laid out as a home, clock)."""
    folder = Path(os.environ["IGWATCH_STAGE"], "region")
    made = folder / "made"
    igwatch(
        "simulate",
        "--out",
        made,
        "--patients",
        "150",
        "--nights",
        "2",
        "--seed",
        "5",
        "--dirty",
        "0.02",
    )
    home = folder / "home"
    shutil.copytree(made / "facility", home / "facility")
    for night in sorted(made.glob("night-*")):
        for path in (path for path in night.rglob("*") if path.is_file()):
            facility, *rest = path.relative_to(night).parts
            target = home / "inbox" / facility / night.name / Path(*rest)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    return home, date.fromisoformat(night.name.removeprefix("night-"))


def igwatch(*words: object, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "igwatch", *map(str, words)],
        check=True,
        timeout=600,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def stage(region):
    folder = Path(os.environ["IGWATCH_STAGE"])
    shutil.copytree(region[0], folder / "home", dirs_exist_ok=True)
    for path in [folder / "home", *(folder / "home").rglob("*")]:
        os.chown(path, 10001, 10001)
    stage = Stage(
        folder,
        IGWATCH_EXECUTOR="CeleryExecutor",
        IGWATCH_BATCH_BYTES="1",
        IGWATCH_BUCKETS="4",
        IGWATCH_SETTLE_SECONDS="1",
        IGWATCH_LOST_AFTER_SECONDS="45",
        IGWATCH_WORKER_SLOTS="1",
        IGWATCH_SCHEDULE="none",
    )
    try:
        stage.make_database()
        for name in ("postgres", "redis"):
            stage.start(name)
            stage.healthy(name)
        stage.finish("init")
        for name in ("api-server", "scheduler", "dag-processor", "triggerer"):
            stage.start(name)
        for host in ("worker-1", "worker-2"):
            stage.start("worker", host)
        yield stage
    finally:
        stage.close()


@pytest.fixture(scope="module")
def token(stage) -> str:
    stage.healthy("api-server")
    login = json.loads(stage.secret("api_passwords"))
    body = {"username": "igwatch", "password": login["igwatch"]}
    return ask("/auth/token", body=body)["access_token"]


def tasks(run_id: str, token: str) -> list[dict]:
    return ask(f"/api/v2/dags/igwatch_nightly/dagRuns/{run_id}/taskInstances?limit=100", token)[
        "task_instances"
    ]


@pytest.fixture(scope="module")
def flown(stage, token, region) -> dict:
    """Two nights triggered at once; the worker that lands first is killed while it lands."""
    for name in ("scheduler", "dag-processor", "triggerer"):
        stage.healthy(name)
    for host in ("worker-1", "worker-2"):
        stage.healthy("worker", host)
    assert wait_for(lambda: is_known(token), 300), stage.said("dag-processor")
    night = {"logical_date": None, "conf": {"as_of": region[1].isoformat()}}
    first, second = (
        ask("/api/v2/dags/igwatch_nightly/dagRuns", token, night)["dag_run_id"] for _ in range(2)
    )

    def landing():
        found = [t for run in (first, second) for t in tasks(run, token)]
        return [t for t in found if t["task_id"] == "land" and t["state"] == "running"]

    caught = wait_for(landing, 600, 0.2)
    assert caught, stage.said("scheduler")
    stage.kill(caught[0]["hostname"])
    runs = [
        wait_for(lambda run=run: ended(run, token), NIGHT_SECONDS, 3.0) for run in (first, second)
    ]
    return {
        "runs": runs,
        "killed": caught[0]["hostname"],
        "tasks": tasks(caught[0]["dag_run_id"], token),
    }


def ended(run_id: str, token: str) -> dict | None:
    """The run when it is over."""
    run = ask(f"/api/v2/dags/igwatch_nightly/dagRuns/{run_id}", token)
    return run if run["state"] in ("success", "failed") else None


def is_known(token: str) -> bool:
    try:
        return bool(ask("/api/v2/dags/igwatch_nightly", token))
    except urllib.error.HTTPError:
        return False


def test_nobody_comes_in_without_a_token(stage, token):
    for path in ("/api/v2/dags", "/api/v2/dags/igwatch_nightly/dagRuns"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            ask(path)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        ask("/auth/token", body={"username": "igwatch", "password": "igwatch"})


def test_the_pool_of_the_writer_has_one_slot(token):
    assert ask("/api/v2/pools/warehouse", token)["slots"] == 1


def test_a_night_ends_well_though_a_worker_was_killed_in_the_middle(flown, stage):
    states = [run and run["state"] for run in flown["runs"]]
    assert states == ["success", "success"], (flown["tasks"], stage.said("scheduler"))
    landed = [t for t in flown["tasks"] if t["task_id"] == "land"]
    assert len(landed) >= 4
    assert max(t["try_number"] for t in landed) >= 2
    assert {t["hostname"] for t in landed} == {"worker-1", "worker-2"} - {flown["killed"]}
    print(f"{len(landed)} batches, {flown['killed']} killed: {flown['runs'][0]['duration']:.0f} s")


def test_the_build_was_mapped_over_buckets_of_patients(flown):
    built = [t for t in flown["tasks"] if t["task_id"] in ("resolve", "follow")]
    assert len(built) == 8
    assert {t["state"] for t in built} == {"success"}


def test_two_nights_triggered_at_once_do_not_overlap(flown):
    first, second = sorted(flown["runs"], key=lambda run: run["start_date"])
    assert first["end_date"] <= second["start_date"]


def test_the_tables_are_those_of_one_machine(flown, region, stage, tmp_path):
    home, as_of = region
    alone = home_at(tmp_path / "alone")
    shutil.copytree(home, alone.root)
    igwatch(
        "run",
        "--home",
        alone.root,
        "--as-of",
        as_of.isoformat(),
        IGWATCH_SETTLE_SECONDS="0",
        IGWATCH_PSEUDONYM_KEY_FILE=str(stage.folder / "secrets" / "pseudonym_key"),
    )
    assert contents(home_at(HOME)) == contents(alone)
    assert sum(contents(alone).values()) > 0


def test_no_secret_is_in_a_log_or_a_process_environment(flown, stage):
    secrets = [
        stage.secret(name).strip() for name in stage.compose.secrets if name != "api_passwords"
    ]
    secrets.append(json.loads(stage.secret("api_passwords"))["igwatch"])
    files = [
        *stage.folder.glob("*.out"),
        *Path("/var/log/airflow").rglob("*.log"),
        *Path("/proc").glob("[0-9]*/environ"),
        *Path("/proc").glob("[0-9]*/cmdline"),
    ]
    found = [
        (path.name, secret[:4])
        for path in files
        if path.is_file()
        for secret in secrets
        if secret.encode() in readable(path)
    ]
    assert found == []


def readable(path: Path) -> bytes:
    """The bytes of a file of a process that may have ended meanwhile."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
