"""Ready SQL for dashboards: each panel runs on a published night, as the reader it is for."""

import csv
import re
from pathlib import Path

import duckdb
import pytest

from samples.demo_nights import deliver, write_samples
from tests.home import new_home, night

ROOT = Path(__file__).resolve().parents[2]
PANELS = sorted((ROOT / "warehouse" / "panels").glob("*.sql"))
# nothing was let through; a reason of few is hidden; few repeats came due; nobody signed a row
EMPTY_HERE = {"release", "unusable_reason", "unmeasured"}
CLINIC_ONLY = {"funnel"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The first three nights of the sample region."""
    home = new_home(tmp_path_factory.mktemp("panels"))
    for delivery in write_samples(home.root).nights[:3]:
        deliver(home.root, delivery)
        night(home, delivery.as_of.isoformat())
    return home


def asked(catalogue: Path, panel: Path) -> list[dict]:
    with duckdb.connect(str(catalogue), read_only=True) as con:
        found = con.execute(panel.read_text(encoding="utf-8"))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.mark.heavy
@pytest.mark.parametrize("panel", PANELS, ids=lambda p: p.stem)
def test_a_panel_answers_on_both_catalogues(home, panel):
    rows = asked(home.catalogue, panel)
    assert bool(rows) is (panel.stem not in EMPTY_HERE)
    if panel.stem not in CLINIC_ONLY:
        assert asked(home.quality_catalogue, panel) == rows


@pytest.mark.parametrize("panel", PANELS, ids=lambda p: p.stem)
def test_a_panel_says_what_it_is_and_its_grain(panel):
    first, second = panel.read_text(encoding="utf-8").splitlines()[:2]
    assert first.startswith("-- ")
    assert ": " in first
    assert "grain: " in second


@pytest.mark.parametrize("panel", PANELS, ids=lambda p: p.stem)
def test_a_panel_joins_tables_of_one_run_only(panel):
    """While the next night is published a view may follow it earlier than another: what is of two
    nights does not meet."""
    for joined in panel.read_text(encoding="utf-8").split("JOIN ")[1:]:
        assert re.search(r"\.run_id = \w+\.run_id", joined.split("\n\n")[0].split("WHERE")[0]), (
            joined
        )


@pytest.mark.heavy
def test_no_panel_holds_a_patient(home):
    """Every identifier of the region, searched in every cell of every panel."""
    with (ROOT / "samples" / "expected.csv").open(encoding="utf-8", newline="") as file:
        people = {row["patient_id"] for row in csv.DictReader(file)}
    told = [str(asked(home.catalogue, panel)) for panel in PANELS]
    assert len(people) > 50
    assert [person for person in people if any(person in text for text in told)] == []


@pytest.mark.heavy
def test_the_nights_of_a_check_history_are_all_that_were_run(home):
    (panel,) = (p for p in PANELS if p.stem == "check_history")
    assert [str(row["as_of"]) for row in asked(home.quality_catalogue, panel)] == [
        "2024-06-03",
        "2024-07-15",
        "2024-09-16",
    ]
