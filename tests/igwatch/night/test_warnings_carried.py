"""A warning about a delivery is told beside every flag that rests on it, that night and later."""

import json

import pytest

from tests.home import ask, deliver, new_home, night
from tests.igwatch.command_line import command
from tests.igwatch.decision.test_release import file

pytestmark = pytest.mark.heavy

NOTES = """
SELECT DISTINCT facility, quality_note LIKE '%far more people are born on 1 January%'
FROM flag.evidence ORDER BY ALL
"""


def test_a_warning_stays_with_the_results_of_its_delivery_and_of_no_other(tmp_path):
    home = new_home(tmp_path)
    born = file(*(f"P{n}" for n in range(10, 22))).replace("1989-03-05", "1989-01-01")
    deliver(home, "north", "first.csv", born)
    deliver(home, "south", "first.csv", file("ann"))
    night(home, "2024-01-20")
    assert ask(home, NOTES) == [("north", True), ("south", None)]
    deliver(home, "north", "second.csv", file("bob"))
    night(home, "2024-01-21")
    assert ask(home, "SELECT count(*) FROM quality.check_history") == [(5,)]
    assert ask(home, NOTES) == [("north", True), ("north", None), ("south", None)]
    report = (home.reports / "latest-north.html").read_text(encoding="utf-8")
    assert "IgM, quality note: the birth date is a 1 January" in report
    assert "of its whole delivery: far more people" in report
    told = json.loads(command(home, "verify", "--json").stdout)
    assert not any(told["checks"].values())
