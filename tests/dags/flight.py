"""Airflow without a server, in a process of its own: fresh SQLite, nights one after another."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from igwatch.site.home import Home
from tests.home import SETTINGS

ROOT = Path(__file__).resolve().parents[2]


def airflow_environment(home: Home) -> dict[str, str]:
    """What Airflow needs to live below the home, beside what a test site sets."""
    folder = home.root / "airflow"
    folder.mkdir(exist_ok=True)
    return os.environ | {
        "IGWATCH_HOME": str(home.root),
        "IGWATCH_SETTLE_SECONDS": "0",
        "IGWATCH_MEMORY_LIMIT": SETTINGS.memory_limit,
        "IGWATCH_THREADS": str(SETTINGS.threads),
        "IGWATCH_ALARM_COMMAND": f"tee -a {home.root / 'alarm.txt'}",
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(ROOT),
    }


class Flight:
    """A running `dags.local_nights`: `night` lets it run the next date and says how that ended."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process

    def begin(self) -> None:
        self.process.stdin.write("next\n")
        self.process.stdin.flush()

    def end(self) -> str | None:
        """The state in which the night ended; None when the process is gone."""
        line = self.process.stdout.readline().split()
        return line[1] if line else None

    def night(self) -> str | None:
        self.begin()
        return self.end()


@contextmanager
def flight(home: Home, *dates: str, **site: str) -> Iterator[Flight]:
    """The nights of these dates at `home`; `site` are further settings of it."""
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "dags.local_nights",
            str(home.root / "airflow" / "airflow.log"),
            *dates,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=airflow_environment(home) | site,
    ) as process:
        try:
            yield Flight(process)
        finally:
            process.kill()
