"""A home of release 0.1.0 goes on under today's code: what was sent, published and decided then holds.

tests/data/README.md says of whom it is, and how it was made.
"""

import tarfile

import pytest

from igwatch.base.paths import ROOT
from igwatch.site.home import Home
from tests.home import ask
from tests.igwatch.command_line import command
from warehouse.ledger import published_statuses

pytestmark = pytest.mark.heavy
VERDICTS = (
    "SELECT p.patient_id, r.verdict FROM mart.review AS r INNER JOIN core.patient AS p "
    "ON p.patient_key = r.patient_key AND p.run_id = r.run_id"
)
HYPER, SELECTIVE = "hyper_igm", "selective_igm_deficiency"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    folder = tmp_path_factory.mktemp("first-release")
    with tarfile.open(ROOT / "tests" / "data" / "home_0_1_0.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    home = Home(folder / "home")
    done = command(home, "run", "--as-of", "2025-05-05")
    assert done.returncode == 0, done.stderr
    return home


def test_its_patients_are_followed_by_the_rules_of_today(home):
    """Definite needs a feed of drugs and diagnoses since 2026.2 (no_exposure_feed caps)."""
    flags = "SELECT patient_id, rule_id, status FROM flag.patient_flag ORDER BY ALL"
    assert ask(home, flags) == [("boy", HYPER, "persistent"), ("dan", SELECTIVE, "persistent")]


def test_the_verdict_that_was_given_then_stands(home):
    assert ask(home, VERDICTS) == [("dan", "confirmed")]


def test_the_ledger_holds_what_was_published_then_and_now(home):
    said = {
        (row["patient_id"], row["seq"]): row["status"]
        for row in published_statuses(home.root).to_pylist()
    }
    assert said["boy", 1] == "definite_pattern"
    assert said["boy", 3] == "persistent"


def test_everything_adds_up(home):
    done = command(home, "verify")
    assert done.returncode == 0, done.stdout + done.stderr
