"""What doctor sees of a home, and what it says to mend."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from igwatch.site.finding import findings
from igwatch.site.home import home_at
from igwatch.site.mount import mount_of
from tests.igwatch.command_line import command
from tests.igwatch.site.test_home_mode import SENDER, SENDERS, by_hand


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o711)
    return home_at(by_hand(tmp_path / "home", 0o022))


def to_mend(home, about: str) -> list[str]:
    return [f"{f.what}; {f.mend}" for f in findings(home) if f.about == about and f.mend]


def test_what_is_open_is_told_with_the_mode_it_should_have(home):
    told = to_mend(home, "mode")
    assert any(said.startswith("raw is 755; chmod 700 ") for said in told)
    assert any(said.startswith("the home is 755; chmod 710 ") for said in told)
    home.prepare()
    assert to_mend(home, "mode") == []


def test_looking_changes_nothing(home):
    before = home.raw.stat().st_mode
    findings(home)
    assert home.raw.stat().st_mode == before


def test_an_unknown_thing_that_others_may_read_is_told(home):
    home.prepare()
    (home.root / "extract.csv").touch()
    (home.root / "extract.csv").chmod(0o644)
    (said,) = to_mend(home, "mode")
    assert said.startswith("extract.csv is 644; chmod go= ")


def test_a_backup_that_others_may_read_is_told(home):
    home.prepare()
    backup = home.root.parent / "igwatch-backup.tar.gz"
    backup.touch()
    backup.chmod(0o644)
    (said,) = to_mend(home, "backup")
    assert said == f"{backup} is 644; chmod go= {backup}; write it under umask 077"
    backup.chmod(0o600)
    assert to_mend(home, "backup") == []


def test_an_inbox_of_another_that_the_homes_group_may_read_is_told(home):
    home.prepare()
    os.chown(home.inbox / "north", SENDER, -1)
    (home.inbox / "north").chmod(0o750)
    (said,) = to_mend(home, "delivery")
    assert said.startswith("inbox/north is delivered into by another, 750; a group of its own")
    os.chown(home.inbox / "north", SENDER, SENDERS)
    (home.inbox / "north").chmod(0o2730)
    assert to_mend(home, "delivery") == []


def test_a_clock_behind_what_was_written_is_told(home):
    home.prepare()
    assert to_mend(home, "clock") == []
    later = time.time() + 24 * 3600
    os.utime(home.ledger, (later, later))
    (said,) = to_mend(home, "clock")
    assert "written in this clock's future" in said


def test_the_umask_of_the_account_is_told(home):
    home.prepare()
    was = os.umask(0o022)
    try:
        (said,) = to_mend(home, "umask")
        assert said.startswith("022; umask 077")
    finally:
        os.umask(was)


def test_a_mount_is_told_with_what_can_be_seen_of_its_encryption():
    proc = mount_of(Path("/proc"))
    assert proc is not None
    assert (proc.point, proc.kind) == ("/proc", "proc")
    assert "cannot be seen from here" in proc.encryption
    root = mount_of(Path("/"))
    assert root is not None
    assert root.point == "/"


def test_doctor_says_all_of_it_and_ends_with_1_where_something_is_to_be_mended(home):
    shown = command(home, "doctor")
    assert shown.returncode == 1
    assert "raw is 755" in shown.stdout
    told = json.loads(command(home, "doctor", "--json").stdout)
    about = {finding["about"] for finding in told}
    assert about >= {"versions", "clock", "umask", "mode", "group", "mount", "disk", "backup"}
    assert {finding["mend"] for finding in told if finding["about"] == "versions"} == {None}


def test_who_hears_of_an_alarm_is_told(home, monkeypatch):
    home.prepare()
    monkeypatch.delenv("IGWATCH_ALARM_COMMAND", raising=False)
    (said,) = to_mend(home, "alarm")
    assert said.startswith("alarms stand in the log and nowhere else; set IGWATCH_ALARM_COMMAND")
    monkeypatch.setenv("IGWATCH_ALARM_COMMAND", "mail -s igwatch ward")
    assert to_mend(home, "alarm") == []


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("nosuchgroup", "this machine has no such group: groupadd, or mend clinic_group"),
        (str(os.getgid()), "it is the home's own, which dashboards have: name one of the clinic's"),
        ("64201", None),
    ],
)
def test_a_clinics_group_that_gives_nobody_a_right_is_told(home, named, why):
    home.prepare()
    (home.facility / "north.yaml").write_text(f"clinic: North\nclinic_group: '{named}'\n")
    said = [f for f in findings(home) if f.about == "clinic"]
    (found,) = said
    assert (found.mend or "").startswith(why or "")
    assert found.what.startswith("clinic_group of North" if why else "North is open to group 64201")
