"""Files that once took gigabytes of memory: a night of each stays below 2 GB, and tells what it
refused. In full size, each in a process of its own."""

import gzip
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.home import new_home
from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX, ORU, PID

pytestmark = pytest.mark.heavy

HEAD = f"{MSH}\r{PID}\r{OBR}\r"
MEGABYTE = 10**6


def bare_headers() -> Iterator[bytes]:
    for number in range(1_000):
        yield b"".join(
            b"MSH|^~\\&|A|B|||2024||ORU^R01|%d|P\r" % n for n in range(number, number + 1000)
        )


def headers_of_nothing() -> Iterator[bytes]:
    yield b"MSH|^~\\&\r" * 1_000_000


def long_value() -> Iterator[bytes]:
    yield (HEAD + OBX.replace("0.95", "0.3" * 20_000_000) + "\r").encode()


def million_results() -> Iterator[bytes]:
    yield HEAD.encode() + f"{OBX}\r".encode() * 1_000_000


def blank_lines() -> Iterator[bytes]:
    yield HEAD.encode() + b"\r" * 60_000_000 + f"{OBX}\r".encode()


def endless_line() -> Iterator[bytes]:
    yield HEAD.encode() + b"OBX|1|NM|2472-9^IgM^LN||"
    for _ in range(2_000):
        yield b"0" * MEGABYTE


FILES = {
    bare_headers: {},
    headers_of_nothing: {"message_type_missing": 1_000_000},
    long_value: {"field_too_long": 1},
    million_results: {"message_too_many_segments": 1},
    blank_lines: {"message_too_many_segments": 1},
    endless_line: {"message_too_long": 1, "text_outside_message": 1},
}


@pytest.mark.parametrize("pieces", FILES, ids=lambda pieces: pieces.__name__)
def test_a_night_stays_below_two_gigabytes(tmp_path, pieces):
    home = new_home(tmp_path)
    path = home.inbox / "north" / "feed.hl7"
    path.parent.mkdir(parents=True)
    with (
        gzip.open(path, "wb", compresslevel=1)
        if pieces is endless_line
        else path.open("wb") as file
    ):
        for piece in pieces():
            file.write(piece)
    assert peak_megabytes("run", home.root) < 2_000
    refused = [pq.read_table(file) for file in (home.raw / "reject").rglob("*.parquet")]
    reasons = [reason for table in refused for reason in table["reason_code"].to_pylist()]
    assert Counter(reasons) == FILES[pieces]


def test_memory_does_not_grow_with_the_file(tmp_path):
    peaks = []
    for megabytes in (250, 1_000):
        home = new_home(tmp_path / str(megabytes))
        path = home.inbox / "north" / "feed.hl7"
        path.parent.mkdir(parents=True)
        thousand = ORU.encode() * 1_000
        with path.open("wb") as file:
            for _ in range(megabytes * MEGABYTE // len(thousand)):
                file.write(thousand)
        peaks.append(peak_megabytes("land", home.root))
        path.unlink()
    assert max(peaks) < 1_000
    assert peaks[1] < 1.2 * peaks[0]


def peak_megabytes(command: str, home: Path) -> float:
    """The peak memory of `igwatch COMMAND` and its processes, which must exit with 0."""
    process = subprocess.Popen(
        [sys.executable, "-m", "igwatch", command, "--home", str(home)],
        env=os.environ | {"IGWATCH_SETTLE_SECONDS": "0"},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss / 1024
