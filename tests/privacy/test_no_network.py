"""Nothing is asked of any network: whole nights and every question, where there is none (root)."""

import os
import subprocess
import sys

import pytest

from tests.home import RESULTS_HEADER, deliver, new_home

pytestmark = pytest.mark.heavy

# Python tells of each look-up and connection before it is made; what DuckDB would do by itself
# finds no network, for the process has one of its own without any way out
WATCH = """
import sys

def tell(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        print("NETWORK", event, arguments, file=sys.stderr)
        sys.exit(99)

sys.addaudithook(tell)
"""
MAIN = "from igwatch.command import main\nmain()\n"
ROW = "10001,NORTH,1980-01-05,F,,,serum,2024-01-10,2024-01-10,2472-9,LN,IgM,0.2,g/L,,,F,,"
QUIET = {"IGWATCH_SETTLE_SECONDS": "0"}
COMMANDS = [
    ("run", "--as-of", "2024-01-20"),
    ("explain", "10001"),
    ("replay", "--as-of", "2024-01-20"),
    ("verify", "--deep"),
    ("letters",),
    ("doctor",),
    ("compact",),
]


def watched(code: str, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["unshare", "--net", sys.executable, "-c", WATCH + code, *words],
        capture_output=True, text=True, check=False, env=os.environ | QUIET,
    )  # fmt: skip


def test_a_look_up_would_be_seen():
    asked = watched("import socket\nsocket.getaddrinfo('example.org', 443)\n")
    assert (asked.returncode, asked.stderr.split()[0]) == (99, "NETWORK")


def test_no_command_asks_the_network(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "results.csv", f"{RESULTS_HEADER}\n{ROW}\n")
    for words in COMMANDS:
        done = watched(MAIN, *words, "--home", str(home.root))
        assert "NETWORK" not in done.stderr, (words, done.stderr)
        assert done.returncode == (1 if words == ("doctor",) else 0), (words, done.stderr)
