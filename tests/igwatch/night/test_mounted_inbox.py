"""A share that is not mounted leaves an empty folder: told, where it was seen mounted before."""

import os
import subprocess

import pytest

from igwatch.night.landing import faults_tonight
from igwatch.night.mounted_inbox import remember_mounts, unmounted_inboxes
from igwatch.night.pipeline import land
from tests.home import SETTINGS, deliver, new_home

MOUNT = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs"]


def mounted(folder) -> bool:
    return subprocess.run([*MOUNT, str(folder)], capture_output=True, check=False).returncode == 0


@pytest.fixture
def home(tmp_path):
    home = new_home(tmp_path)
    for name in ("north", "south"):
        (home.inbox / name).mkdir()
    return home


def test_an_empty_folder_that_never_was_a_mount_is_a_quiet_feed(home):
    remember_mounts(home)
    assert unmounted_inboxes(home) == []


def test_one_that_was_a_mount_and_is_none_is_told_until_it_holds_files(home, monkeypatch):
    shares = {str(home.inbox / "north")}
    monkeypatch.setattr(os.path, "ismount", lambda path: str(path) in shares)
    remember_mounts(home)
    assert unmounted_inboxes(home) == []
    shares.clear()
    assert unmounted_inboxes(home) == ["north"]
    (fault,) = faults_tonight(home)
    assert fault.text.startswith(
        "inbox/north: was a mounted share and is an empty folder: mount it"
    )
    deliver(home, "north", "a.csv", "")
    assert unmounted_inboxes(home) == []


def test_a_real_share(home):
    """Where the tests may mount one."""
    share = home.inbox / "north"
    if not mounted(share):
        pytest.skip("may not mount")
    try:
        land(home, SETTINGS)
        assert unmounted_inboxes(home) == []
    finally:
        subprocess.run(["umount", str(share)], check=True)
    assert [fault.facility for fault in land(home, SETTINGS).faults] == ["north"]
