"""What is told of a file while it lands: rows and bytes, nothing of who is in it."""

import gzip
import os
import pty
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.home import deliver, new_home
from tests.igwatch.command_line import command
from transforms.parse.facility.facility import Facility
from transforms.parse.land import land
from transforms.parse.raw.reading_progress import watched

N = 40_000
TEXT = "patient_id,collected_at,code,value\n" + "".join(
    f"SECRET-{i},2024-01-10,2472-9,0.9\n" for i in range(N)
)
MESSAGE = (
    "MSH|^~\\&|L|N|I|N|20240110||ORU^R01|{0}|P|2.5\rPID|1||A{0}\rOBR|1||O{0}|P\r"
    "OBX|1|NM|2472-9^IgM^LN||0.9|g/L|||||F|||20240110\r"
)
MESSAGES = "".join(MESSAGE.format(i) for i in range(N // 8)).encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", TEXT.encode()),
        ("a.csv.gz", gzip.compress(TEXT.encode())),
        ("a.hl7", MESSAGES),
        ("a.hl7.gz", gzip.compress(MESSAGES)),
        ("a.hl7", MESSAGES.decode().encode("utf-16")),
    ],
)
def test_rows_and_bytes_grow_to_those_of_the_file(tmp_path, name, content):
    home, told = new_home(tmp_path), []
    path = deliver(home, "north", name, content)
    with watched(lambda now: told.append(replace(now))):
        landed = land(path, home.root, Facility(name="north"))
    assert len(told) > 1
    assert told[-1].n_rows == landed.counts["observation"]
    assert (told[-1].n_bytes, told[-1].size_bytes) == (len(content), len(content))
    assert [t.n_bytes for t in told] == sorted(t.n_bytes for t in told)


def test_nobody_who_does_not_watch_is_told(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", TEXT)
    done = command(home, "land")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_shows_rows_and_megabytes(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", TEXT)
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "igwatch", "land", "--home", str(home.root)]
    env = os.environ | {"IGWATCH_SETTLE_SECONDS": "0", "COLUMNS": "120", "TERM": "xterm"}
    done = subprocess.Popen(words, stderr=theirs, stdout=subprocess.PIPE, env=env)
    os.close(theirs)
    shown = _all_of(ours)
    assert done.wait() == 0
    assert "landing a file of north" in shown
    assert " rows, " in shown
    assert "SECRET" not in shown
    assert "a.csv" not in shown


def _all_of(terminal: int) -> str:
    shown = b""
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(terminal)
    return shown.decode()
