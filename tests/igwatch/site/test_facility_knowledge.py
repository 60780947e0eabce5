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


def test_an_unknown_parameter_stops_the_night_in_one_line(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    written(home.facility, SIGNED | {"parameter": "span"})
    done = command(home, "run", "--as-of", "2024-01-20")
    assert done.returncode == 1
    assert "north.rules.csv, line 2: selective_igm_deficiency has no parameter span" in done.stderr
    assert "Traceback" not in done.stderr
