"""A share that is not mounted leaves an empty folder: told, where it was seen mounted before.

The shares are real file systems (tmpfs), so root runs these tests.
"""

import pytest

from igwatch.night.landing import faults_tonight
from igwatch.night.mounted_inbox import remember_mounts, unmounted_inboxes
from igwatch.night.pipeline import land
from tests.home import SETTINGS, deliver, new_home
from tests.small_disk import small_disk


@pytest.fixture
def home(tmp_path):
    home = new_home(tmp_path)
    (home.inbox / "south").mkdir()
    return home


def test_an_empty_folder_that_never_was_a_mount_is_a_quiet_feed(home):
    remember_mounts(home)
    assert unmounted_inboxes(home) == []


@pytest.mark.heavy
def test_one_that_was_a_mount_and_is_none_is_told_until_it_holds_files(home):
    with small_disk(home.inbox / "north"):
        land(home, SETTINGS)
        assert unmounted_inboxes(home) == []
    assert unmounted_inboxes(home) == ["north"]
    assert [fault.facility for fault in land(home, SETTINGS).faults] == ["north"]
    (fault,) = faults_tonight(home)
    assert fault.text.startswith(
        "inbox/north: was a mounted share and is an empty folder: mount it"
    )
    deliver(home, "north", "a.csv", "")
    assert unmounted_inboxes(home) == []
