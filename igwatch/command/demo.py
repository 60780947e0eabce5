"""`make demo`: the sample feeds, several nights through Airflow, and what they came to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from igwatch.base.paths import ROOT
from igwatch.command.night_result import read_live, show_result
from igwatch.command.terminal import progress, say_fault, screen
from igwatch.site.home import Home, home_at
from samples.demo_nights import Samples, deliver, write_samples


def main() -> int:
    """Run the demo in ./var/demo; 0 when every night succeeded."""
    home = home_at(Path("var/demo").resolve())
    shutil.rmtree(home.root, ignore_errors=True)
    home.prepare()
    log = home.root / "airflow.log"
    samples = write_samples(home.root)
    with progress() as say:
        failed = _run_nights(home, samples, log, say)
    if failed:
        say_fault(f"night {failed} did not succeed; Airflow's log is {log}")
        return 1
    show_result(read_live(home))
    screen.print(f"Airflow's own log: {log}", soft_wrap=True)
    return 0


def _run_nights(home: Home, samples: Samples, log: Path, say) -> str | None:
    """Deliver and run night after night; the date of the first that failed, or None."""
    dates = [night.as_of.isoformat() for night in samples.nights]
    say("starting Airflow (embedded: SQLite, no server)")
    with subprocess.Popen(
        [sys.executable, "-m", "dags.local_nights", str(log), *dates],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=_airflow(home),
    ) as nights:
        assert nights.stdin is not None
        assert nights.stdout is not None
        for number, night in enumerate(samples.nights, start=1):
            deliver(home.root, night)
            say(
                f"night {number} of {len(dates)}, {night.as_of}: {len(night.files)} files delivered"
            )
            nights.stdin.write("next\n")
            nights.stdin.flush()
            answer = nights.stdout.readline().split()
            if answer[1:2] != ["success"]:
                nights.kill()
                return night.as_of.isoformat()
    return None


def _airflow(home: Home) -> dict[str, str]:
    airflow = home.root / "airflow"
    airflow.mkdir(mode=0o700)
    return os.environ | {
        "IGWATCH_HOME": str(home.root),
        "IGWATCH_SETTLE_SECONDS": "0",
        "AIRFLOW_HOME": str(airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow}/airflow.db",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(airflow / "logs"),
        "PYTHONWARNINGS": "ignore",
    }


if __name__ == "__main__":
    sys.exit(main())
