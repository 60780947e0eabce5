"""What of the inbox is ready to be landed."""

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.ordinary_user import ordinary_user
from transforms.parse.inbox import Arrival, arrivals, misplaced_files

LONG_AGO = time.time() - 3600


@pytest.fixture
def inbox(tmp_path) -> Path:
    return tmp_path / "inbox"


def put(inbox: Path, name: str, content: bytes = b"x", at: float = LONG_AGO) -> Path:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at, at))
    return path


TAKEN = ["a.hl7", "b.txt", "c.csv", "d.tsv", "e.CSV", "f.csv.gz", "g.HL7.GZ", "sub/dir/h.csv"]
NOT_TAKEN = [".a.csv", "b.csv.part", "c.csv.tmp", "d.xlsx", "e.zip", "f", ".sub/g.csv", "h.gz"]


@pytest.mark.parametrize("name", TAKEN)
def test_taken(inbox, name):
    path = put(inbox, f"north/{name}", b"12345")
    assert arrivals(inbox, 5) == [Arrival("north", path, 5)]


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_not_taken(inbox, name):
    put(inbox, f"north/{name}")
    assert arrivals(inbox, 5) == []


def test_an_empty_inbox_and_none(inbox):
    assert arrivals(inbox, 5) == []
    inbox.mkdir()
    assert arrivals(inbox, 5) == []


def test_facilities_and_paths_come_in_order(inbox):
    for name in ("south/a.csv", "north/b.csv", "north/a.csv"):
        put(inbox, name)
    assert [(a.facility, a.path.name) for a in arrivals(inbox, 5)] == [
        ("north", "a.csv"),
        ("north", "b.csv"),
        ("south", "a.csv"),
    ]


def test_a_young_file_that_stands_still_is_taken_after_the_wait(inbox):
    put(inbox, "north/a.csv", at=time.time())
    began = time.monotonic()
    assert [a.path.name for a in arrivals(inbox, 0.2)] == ["a.csv"]
    assert time.monotonic() - began >= 0.2


def test_a_file_that_is_still_written_to_is_left(inbox):
    growing = put(inbox, "north/a.csv", at=time.time())
    put(inbox, "north/b.csv")
    writer = threading.Timer(0.1, lambda: growing.write_bytes(b"more"))
    writer.start()
    assert [a.path.name for a in arrivals(inbox, 0.3)] == ["b.csv"]
    writer.join()


def test_a_file_that_is_taken_away_meanwhile_is_left(inbox):
    going = put(inbox, "north/a.csv", at=time.time())
    mover = threading.Timer(0.1, going.unlink)
    mover.start()
    assert arrivals(inbox, 0.3) == []
    mover.join()


def test_old_files_are_not_waited_for(inbox):
    put(inbox, "north/a.csv")
    began = time.monotonic()
    arrivals(inbox, 30)
    assert time.monotonic() - began < 5


def test_links_do_not_lead_out_of_a_feeds_folder(inbox, tmp_path):
    secret = put(tmp_path, "elsewhere/secret.csv")
    inside = put(inbox, "north/a.csv")
    (inbox / "north/out.csv").symlink_to(secret)
    (inbox / "north/in.csv").symlink_to(inside)
    (inbox / "north/souths.csv").symlink_to(put(inbox, "south/of-south.csv"))
    (inbox / "north/folder").symlink_to(secret.parent)
    (inbox / "north/broken.csv").symlink_to(inbox / "north/nothing.csv")
    assert [a.path.name for a in arrivals(inbox, 5)] == ["a.csv", "in.csv", "of-south.csv"]


def test_what_would_never_be_landed_is_told(inbox, tmp_path):
    put(inbox, "loose.csv")
    put(inbox, "St. Mary/a.csv")
    put(inbox, "north/a.xlsx")
    put(inbox, "north/half.csv.part")
    put(inbox, "north/good.csv")
    (inbox / "north/out.csv").symlink_to(put(tmp_path, "elsewhere/secret.csv"))
    why = {o.path.relative_to(inbox).as_posix(): o.why for o in misplaced_files(inbox)}
    assert [*why] == ["St. Mary/a.csv", "loose.csv", "north/a.xlsx", "north/out.csv"]
    assert "rename the folder" in why["St. Mary/a.csv"]
    assert "move it" in why["loose.csv"]
    assert "export it again" in why["north/a.xlsx"]
    assert "link" in why["north/out.csv"]
    assert [a.path.name for a in arrivals(inbox, 5)] == ["good.csv"]


HELD_UP = {
    "dead.csv": "is a link to nothing: deliver the file itself",
    "linked": "is a link to a folder: mount the folder here instead",
    "pipe.csv": "is a fifo and no file: deliver a file in its place",
    "port.csv": "is a socket and no file: deliver a file in its place",
    "null.csv": "is a device and no file: deliver a file in its place",
    "closed.csv": "cannot be read: give the user that igwatch runs as the right to read it",
    "shut": "is a folder that cannot be listed: give the user that igwatch runs as the right to "
    "read it",
    "M\\xfcller.csv": "has a name that is not UTF-8: rename it",
}


def test_what_stands_where_a_file_should_is_told_and_the_rest_is_taken(
    inbox, tmp_path, monkeypatch
):
    put(inbox, "north/good.csv")
    put(inbox, "north/closed.csv").chmod(0)
    put(inbox, "north/shut/inside.csv").parent.chmod(0)
    put(tmp_path, "elsewhere/a.csv")
    (inbox / "north/linked").symlink_to(tmp_path / "elsewhere")
    (inbox / "north/dead.csv").symlink_to(inbox / "north/nothing.csv")
    put(inbox, os.fsdecode(b"north/M\xfcller.csv"))
    os.mkfifo(inbox / "north/pipe.csv")
    monkeypatch.chdir(inbox / "north")  # a socket's path must be short
    socket.socket(socket.AF_UNIX).bind("port.csv")
    held_up = dict(HELD_UP)
    try:
        os.mknod(inbox / "north/null.csv", 0o20666, os.makedev(1, 3))
    except PermissionError:  # only root may
        del held_up["null.csv"]
    with ordinary_user():
        assert [a.path.name for a in arrivals(inbox, 0)] == ["good.csv"]
        found = misplaced_files(inbox)
    assert {Path(one.shown).name: one.why for one in found} == held_up
    assert all(one.is_held_up for one in found)


def test_what_is_no_feeds_holds_nobody_up(inbox):
    """A file system's own lost+found, a fifo in the inbox itself."""
    put(inbox, "lost+found/a.csv").parent.chmod(0)
    os.mkfifo(inbox / "pipe")
    (inbox / "dead.csv").symlink_to(inbox / "nothing")
    (inbox / "south").symlink_to(inbox / "unmounted")
    with ordinary_user():
        held_up = {one.path.name: one.is_held_up for one in misplaced_files(inbox)}
    assert held_up == {"lost+found": False, "pipe": False, "dead.csv": False, "south": True}
