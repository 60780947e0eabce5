"""`igwatch generations`: list, diff, and going back in one swap that is recorded.

`make test-homes`."""

import json

import pytest

from tests.home import deliver, new_home, night
from tests.igwatch.command_line import command
from tests.igwatch.decision.test_release import file, flagged
from warehouse.decision_record import decisions

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("generations"))
    deliver(home, "north", "first.csv", file("ann"))
    night(home, "2024-01-20")
    deliver(home, "north", "second.csv", file("bob"))
    night(home, "2024-01-21")
    return home


def run_ids(home) -> list[str]:
    return [g["run_id"] for g in json.loads(command(home, "generations", "list", "--json").stdout)]


def test_generations_are_listed_with_what_is_live(home):
    listed = json.loads(command(home, "generations", "list", "--json").stdout)
    assert [(g["as_of"], g["flags"], g["live"]) for g in listed] == [
        ("2024-01-20", 1, ""),
        ("2024-01-21", 2, "live"),
    ]
    assert all(g["published_at"] and g["data_to"] for g in listed)


def test_diff_tells_each_flag_that_differs(home):
    before, after = run_ids(home)
    (row,) = json.loads(command(home, "generations", "diff", before, after, "--json").stdout)
    assert (row["patient_id"], row["status_before"], row["status_after"]) == (
        "bob",
        "no_evidence",
        "candidate",
    )
    assert "selective_igm_deficiency: no_evidence to candidate" in command(
        home, "generations", "diff", before, after
    ).stdout  # fmt: skip
    assert command(home, "generations", "diff", "r0", after).returncode == 1


def test_a_rollback_is_one_swap_is_recorded_and_the_next_run_builds_as_normal(home):
    before, after = run_ids(home)
    assert command(home, "generations", "rollback", before).returncode == 2
    gone = command(home, "generations", "rollback", "r0", "--why", "wrong")
    assert gone.returncode == 1
    assert "generation r0 is not kept" in gone.stderr
    done = command(home, "generations", "rollback", before, "--why", "wrong map", "--by", "j.doe")
    assert done.returncode == 0, done.stderr
    assert flagged(home) == ["ann"]
    assert before in (home.reports / "latest-north.html").read_text(encoding="utf-8")
    (made,) = decisions(home.root)
    assert (made.kind, made.run_id, made.decided_by, made.why) == (
        "rollback",
        before,
        "j.doe",
        "wrong map",
    )
    assert night(home, "2024-01-21").generation.run_id == after
    assert flagged(home) == ["ann", "bob"]
