"""What small things cost: a command, a night of one message, 20,000 files of one message each.

    python -m benchmarks.small [FILES]

All run as a site runs them, in a home that is thrown away. Seconds to the first line are by the
clock, processor seconds those of the command and its processes; the memory is the peak of the
largest of them.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.hl7 import message, total_codes
from igwatch.site.home import Home, home_at

FILES = 20_000
FACILITY = "north"
QUIET = {"IGWATCH_SETTLE_SECONDS": "0"}


class Cost(NamedTuple):
    """Seconds to the first line and to the end by the clock, processor seconds, peak megabytes."""

    first_line: float
    seconds: float
    cpu: float
    megabytes: float


def main() -> None:
    """Print the cost of each."""
    n_files = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    print(f"{'':34}{'first line':>11}{'clock':>9}{'cpu s':>9}{'MB':>8}")
    with TemporaryDirectory(prefix="igwatch-bench-") as folder:
        home = home_at(Path(folder)).prepare()
        show("igwatch --help", igwatch("--help"))
        deliver(home, 0, 3)
        igwatch("run", "--home", str(home.root))
        deliver(home, 3, 1)
        show("a night of one message", igwatch("run", "--home", str(home.root)))
        show("a night of nothing new", igwatch("run", "--home", str(home.root)))
        show("explain", igwatch("explain", "1", "--home", str(home.root)))
        show("generations list", igwatch("generations", "list", "--home", str(home.root)))
        show("quarantine list", igwatch("quarantine", "list", "--home", str(home.root)))
        show("verify", igwatch("verify", "--home", str(home.root)))
        deliver(home, 10, n_files)
        show(f"landing {n_files:,} files", igwatch("land", "--home", str(home.root)))
        show("landing nothing new", igwatch("land", "--home", str(home.root)))
        show("a night with them", igwatch("run", "--home", str(home.root)))
        show("a night of nothing new", igwatch("run", "--home", str(home.root)))


def show(name: str, cost: Cost) -> None:
    first_line, seconds, cpu, megabytes = cost
    print(f"{name:34}{first_line:>11.2f}{seconds:>9.2f}{cpu:>9.2f}{megabytes:>8.0f}", flush=True)


def deliver(home: Home, first: int, n_files: int) -> None:
    """Lay messages into the inbox, each of it in a file of its own."""
    inbox = home.inbox / FACILITY
    inbox.mkdir(parents=True, exist_ok=True)
    rng, codes = random.Random(first), total_codes()
    for number in range(first, first + n_files):
        (inbox / f"{number:07}.hl7").write_text(message(number, rng, codes), newline="")


def igwatch(*arguments: str) -> Cost:
    """Run a command and measure it; what it prints behind its first line is thrown away."""
    began = time.perf_counter()
    command = subprocess.Popen(
        [sys.executable, "-m", "igwatch", *arguments],
        env=os.environ | QUIET,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert command.stdout is not None
    command.stdout.readline()
    first_line = time.perf_counter() - began
    command.stdout.read()
    _, _, used = os.wait4(command.pid, 0)
    command.returncode = 0
    cpu = used.ru_utime + used.ru_stime
    return Cost(first_line, time.perf_counter() - began, cpu, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
