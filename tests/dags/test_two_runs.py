"""Two runs of the DAG at once, a backfill and one by hand, each in a process of its own: their
steps are called in turn, as Airflow's workers would, and told which run they are of as it tells."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dags.test_resume import N_PATIENTS, batch
from tests.home import SETTINGS, ask, deliver, new_home

pytestmark = pytest.mark.heavy
ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import json, sys
from dags import task_steps

task_steps.PATIENCE_SECONDS = 0
for line in sys.stdin:
    name, *arguments = json.loads(line)
    try:
        answer = [getattr(task_steps, name)(*arguments), None]
    except task_steps.StepError as fault:
        answer = [None, str(fault)]
    print("ANSWER " + json.dumps(answer), flush=True)
"""


class Worker:
    """The steps of one run of the DAG; `do` says what came out, and why not."""

    def __init__(self, home, run_id: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env=os.environ
            | {"AIRFLOW_CTX_DAG_ID": "igwatch_nightly", "AIRFLOW_CTX_DAG_RUN_ID": run_id}
            | {"IGWATCH_HOME": str(home.root), "IGWATCH_SETTLE_SECONDS": "0"}
            | {"IGWATCH_MEMORY_LIMIT": SETTINGS.memory_limit, "IGWATCH_THREADS": "2"}
            | {"AIRFLOW_HOME": str(home.root / "airflow"), "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def do(self, name: str, *arguments) -> tuple:
        self.process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("ANSWER "):
                return tuple(json.loads(line.removeprefix("ANSWER ")))
        raise AssertionError("the worker is gone")


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict:
    """Both runs begin; the second is refused, then takes the home over from the silent first."""
    home = new_home(tmp_path_factory.mktemp("two"))
    deliver(home, "north", "a.csv", batch("north", "2024-01-10", 10.0))
    backfill = Worker(home, "backfill__2024-01-20T05:00:00+00:00")
    by_hand = Worker(home, "manual__2024-02-20T09:31:07+00:00")
    seen = {"home": home}
    try:
        (batches, _) = backfill.do("discover")
        seen["beside discover"] = by_hand.do("discover")[1]
        for planned in batches:
            backfill.do("land", planned)
        work, _ = backfill.do("build", "2024-01-20")
        again, _ = backfill.do("build", "2024-01-20")
        seen["beside build"] = by_hand.do("build", "2024-01-20")[1]
        os.utime(home.root / ".night", (0, 0))
        other, _ = by_hand.do("build", "2024-01-20")
        seen["folders"] = (work, again, other)
        seen["back too early"] = backfill.do("course", work)[1]
        for step in ("course", "check", "publish"):
            seen["by hand"] = by_hand.do(step, other)
        seen["published twice"] = by_hand.do("publish", other)
        seen["report"] = by_hand.do("report")
        (newer, _) = by_hand.do("build", "2024-02-20")
        for step in ("course", "check", "publish"):
            by_hand.do(step, newer)
        for step in ("course", "check"):
            backfill.do(step, work)
        seen["overtaken"] = backfill.do("publish", work)[1]
        seen["clock"] = ask(home, "SELECT DISTINCT as_of::VARCHAR FROM flag.patient_flag")
        seen["n"] = ask(home, "SELECT count(*) FROM core.measurement")
        seen["free"] = not (home.root / ".night").exists()
    finally:
        for worker in (backfill, by_hand):
            worker.process.kill()
            worker.process.wait()
    return seen


def test_the_home_is_one_runs_from_its_first_step_to_its_last(told):
    for when in ("beside discover", "beside build"):
        assert "igwatch_nightly backfill__2024-01-20T05:00:00+00:00" in told[when]
        assert "holds this home since" in told[when]


def test_each_run_builds_in_a_folder_of_its_own_and_a_retry_in_the_same(told):
    work, again, other = told["folders"]
    assert work == again != other
    assert told["back too early"].startswith("igwatch_nightly manual__")


def test_a_publication_tried_again_is_done_once(told):
    run_id = told["folders"][0].split("/")[-1].split(".")[0]
    assert told["by hand"] == told["published twice"] == (run_id, None)


def test_a_run_that_was_overtaken_does_not_publish_the_older_clock(told):
    assert "was published since this one was built; run: igwatch run" in told["overtaken"]
    assert told["n"] == [(N_PATIENTS,)]
    assert told["free"], "it lets go of the home as it ends"
