"""A night as a hospital has it: a delivery of HL7 lands, is built, checked, published, reported.

    python -m benchmarks.night [MESSAGES] [--of-interest 10] [--memory 1GB]

The messages are those of benchmarks/hl7.py, one in so many of which holds immunoglobulins. They are
delivered as files of 50,000 into a home that is thrown away. The night is `igwatch run` itself; the
memory is the peak of the largest of its processes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.hl7 import message, total_codes
from igwatch.site.home import Home, home_at

MESSAGES_PER_FILE = 50_000
FACILITY = "north"
STEPS = ("land", "build", "course", "check", "publish", "report")


def main() -> None:
    """Print the seconds of each step, of the night, and its memory."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("messages", nargs="?", type=int, default=1_000_000)
    given.add_argument("--of-interest", type=int, default=10, help="one message in so many is")
    given.add_argument("--memory", default="1GB", help="DuckDB's limit")
    asked = given.parse_args()
    with TemporaryDirectory(prefix="igwatch-bench-") as folder:
        home = home_at(Path(folder)).prepare()
        n_bytes = deliver(home, asked.messages, asked.of_interest)
        print(f"{asked.messages:,} messages, {n_bytes / 1e6:,.0f} MB, in {FACILITY}'s inbox")
        seconds, megabytes = night(home, asked.memory)
        metrics = json.loads((home.status / "run.json").read_text(encoding="utf-8"))
    for step in STEPS:
        print(f"{step:>10}{metrics['step_seconds'][step]:>9.1f} s")
    rate = asked.messages / seconds
    print(f"{'night':>10}{seconds:>9.1f} s   {megabytes:,.0f} MB   {rate:,.0f} messages/s")


def deliver(home: Home, n_messages: int, of_interest: int) -> int:
    """Write the files into the inbox, and return how many bytes they are."""
    rng, codes = random.Random(1), total_codes()
    inbox = home.inbox / FACILITY
    inbox.mkdir(parents=True)
    n_bytes = 0
    for first in range(0, n_messages, MESSAGES_PER_FILE):
        path = inbox / f"{first:09}.hl7"
        with path.open("w", encoding="utf-8", newline="") as file:
            for number in range(first, min(first + MESSAGES_PER_FILE, n_messages)):
                file.write(message(number, rng, None if number % of_interest else codes))
        n_bytes += path.stat().st_size
    return n_bytes


def night(home: Home, memory: str) -> tuple[float, float]:
    """Run `igwatch run`; seconds by the clock, and the peak memory of one process in megabytes."""
    command = [sys.executable, "-m", "igwatch", "run", "--home", str(home.root)]
    environment = {**os.environ, "IGWATCH_MEMORY_LIMIT": memory}
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    main()
