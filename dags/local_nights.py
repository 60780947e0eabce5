"""Several nights of igwatch_nightly in this one process, embedded: SQLite metadata, no server.

`python -m dags.local_nights LOG DATE [DATE ...]`: Airflow's own noise goes to the file LOG;
standard output carries one line per finished night: its date, its state and the seconds it took.
Before each night one line is read from standard input, so that the caller can deliver that night's
files.
"""

from __future__ import annotations

import os
import sys
from time import monotonic


def main(log: str, dates: list[str]) -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    noise = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(noise, 1)
    os.dup2(noise, 2)
    from airflow.utils.db import initdb

    initdb()
    from dags.igwatch_nightly import nightly

    for task in nightly.tasks:
        task.retries = 0  # somebody is watching: a fault is shown at once

    for as_of in dates:
        sys.stdin.readline()
        began = monotonic()
        run = nightly.test(run_conf={"as_of": as_of})
        print(as_of, run.state, f"{monotonic() - began:.1f}", file=answers)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
