"""Helpers end with the process that began them."""

import os
import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import os, time
from igwatch.base.process_pool import process_pool
if __name__ == "__main__":
    with process_pool(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    """Whether it runs; one that has ended may wait for somebody to take note of it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_a_helper_ends_when_its_parent_is_killed(tmp_path):
    program = tmp_path / "parent.py"
    program.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )
    helper = int(parent.stdout.readline())
    assert is_alive(helper)
    parent.kill()
    parent.wait()
    until = time.monotonic() + 30
    while is_alive(helper) and time.monotonic() < until:
        time.sleep(0.1)
    assert not is_alive(helper)
