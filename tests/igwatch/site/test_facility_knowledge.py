"""A facility's signed rules over a night; what igwatch verify says of signatures and reviews."""

from datetime import date

import pytest

from igwatch.inquiry.verify import verify_home
from igwatch.site.facility_knowledge import reviews_due
from tests.home import SETTINGS, ask, deliver, new_home
from tests.igwatch.command_line import command
from tests.igwatch.night.test_night import panel, results
from tests.igwatch.nights import quick_night
from tests.transforms.parse.facility.test_own_rules import SIGNED, written


@pytest.mark.heavy
def test_a_night_under_a_facilitys_own_rules(tmp_path):
    home = new_home(tmp_path)
    deliver(
        home, "north", "a.csv", results(panel("2024-01-10", "0.21"), panel("2024-03-11", "0.2"))
    )
    common = quick_night(home, "2024-03-20")
    (home.facility / "north.yaml").write_text("", encoding="utf-8")
    written(home.facility, SIGNED)
    own = quick_night(home, "2024-03-20")
    assert common != own
    assert ask(home, "SELECT status, rule_version FROM flag.patient_flag") == [
        ("persistent", "2026.2+north:3")]  # fmt: skip
    assert ask(home, "SELECT from_status, to_status, rule_version FROM flag.transition "
                     "ORDER BY from_status NULLS FIRST") == [
        (None, "candidate", "2026.2"), ("candidate", "persistent", "2026.2+north:3")]  # fmt: skip
    found = verify_home(home, SETTINGS, lambda step: None)
    assert not any(found["checks"].values())
    overdue = "the rules of north (3): review of 1 parameters overdue since 2025-01-01"
    assert any("the common rules (2026.2)" in line for line in found["reviews"])
    assert overdue in reviews_due(home, ["north"], date(2025, 1, 2))
    assert overdue not in reviews_due(home, ["north"], date(2025, 1, 1))


def test_an_unknown_parameter_is_one_line_and_lands_nothing(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    written(home.facility, SIGNED | {"parameter": "span"})
    done = command(home, "land")
    assert done.returncode == 3
    assert "north.rules.csv, line 2: selective_igm_deficiency has no parameter span" in done.stdout
    assert done.stderr == ""
    assert not list(home.raw.rglob("*.parquet"))


BROKEN = {
    "north.limits.csv": "north.limits.csv: header must be",
    "north.rules.csv": "north.rules.csv: header must be",
    "north.exposures.csv": "north.exposures.csv",
    "north.measuring.csv": "north.measuring.csv: header must be",
}


@pytest.mark.parametrize(("name", "fault"), BROKEN.items())
def test_check_landing_and_preview_refuse_the_same_broken_file(tmp_path, name, fault):
    home = new_home(tmp_path)
    (home.facility / "north.yaml").write_text("zone: UTC\n", encoding="utf-8")
    (home.facility / name).write_text("one,two\n1,2\n", encoding="utf-8")
    path = deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    for exit_code, words in (
        (1, ("facility", "check")),
        (3, ("land",)),
        (1, ("preview", str(path), "--facility", "north")),
    ):
        done = command(home, *words)
        assert (done.returncode, fault in done.stdout + done.stderr) == (exit_code, True), words
        assert "Traceback" not in done.stderr
    assert not list(home.raw.rglob("*.parquet"))


STRAY = {
    "nroth.rules.csv": "nroth.rules.csv: there is no nroth.yaml beside it",
    "nroth.limits.csv": "nroth.limits.csv: there is no nroth.yaml beside it",
    "nroth.exposures.csv": "nroth.exposures.csv: there is no nroth.yaml beside it",
    "north.rule.csv": "north.rule.csv: nothing reads it; rename it to north.rules.csv",
    "nroth.yml": "nroth.yml: would not be read; rename it to nroth.yaml",
}


@pytest.mark.parametrize(("name", "fault"), STRAY.items())
def test_check_tells_a_file_that_nothing_reads(tmp_path, name, fault):
    home = new_home(tmp_path)
    (home.facility / "north.yaml").write_text("", encoding="utf-8")
    assert command(home, "facility", "check").returncode == 0
    (home.facility / name).write_text("", encoding="utf-8")
    done = command(home, "facility", "check")
    assert (done.returncode, fault in done.stdout) == (1, True), done.stdout


def test_check_tells_a_facility_that_does_not_exist(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", "")
    done = command(home, "facility", "check", "nosuch")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no facility nosuch" in done.stderr
    assert "north" in done.stderr
    assert command(home, "facility", "check", "north").returncode == 0


@pytest.mark.parametrize("name", ["a" * 300, "-north"])
def test_a_name_that_no_facility_may_have_is_one_line(tmp_path, name):
    home = new_home(tmp_path)
    path = deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    done = command(home, "preview", str(path), f"--facility={name}")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "is no facility's name: it may hold letters" in done.stderr
