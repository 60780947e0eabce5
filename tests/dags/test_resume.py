"""What a night withstands between two of its tasks: another build, a task cut short, a retry."""

from datetime import date

import pytest

from igwatch.inquiry.rebuild import states_as_of
from igwatch.night import pipeline
from tests.home import RESULTS_HEADER, SETTINGS, ask, contents, deliver, new_home, night

pytestmark = pytest.mark.heavy

FIRST, SECOND = date(2024, 1, 20), date(2024, 2, 20)
N_PATIENTS = 100


def batch(facility: str, day: str, igg: float) -> str:
    """One IgG result of each of many patients, all of nearly the same height."""
    rows = [
        f"{facility}{n},{facility.upper()},1980-01-05,F,,,serum,{day},{day},2465-3,LN,IgG,"
        f"{igg * (0.9 + n / 500):.2f},g/L,,,F,,\n"
        for n in range(N_PATIENTS)
    ]
    return RESULTS_HEADER + "\n" + "".join(rows)


@pytest.fixture
def home(tmp_path):
    """Two facilities; tonight the results of south are ten times too low."""
    home = new_home(tmp_path)
    for facility in ("north", "south"):
        deliver(home, facility, "a.csv", batch(facility, "2024-01-10", 10.0))
    night(home, FIRST.isoformat())
    deliver(home, "north", "b.csv", batch("north", "2024-02-10", 10.0))
    deliver(home, "south", "b.csv", batch("south", "2024-02-10", 1.0))
    pipeline.land(home, SETTINGS)
    return home


def built(home):
    work = pipeline.build(home, SETTINGS, SECOND)
    pipeline.course(work, SETTINGS)
    return work


def test_a_check_cut_short_and_run_again_still_withholds(home):
    work = built(home)
    assert pipeline.check(home, work, SETTINGS) == ("south",)
    assert pipeline.check(home, work, SETTINGS) == ("south",)
    pipeline.publish(home, work, SETTINGS)
    assert ask(home, "SELECT facility, count(*) FROM core.measurement GROUP BY ALL ORDER BY 1") == [
        ("north", 2 * N_PATIENTS),
        ("south", N_PATIENTS),
    ]


def test_a_replay_of_the_same_date_leaves_the_night_that_is_being_built_alone(home):
    work = built(home)
    states_as_of(home, SETTINGS, SECOND)
    assert pipeline.check(home, work, SETTINGS) == ("south",)
    assert pipeline.publish(home, work, SETTINGS).run_id == work.name


def test_a_step_done_twice_is_done_once(home):
    work = built(home)
    pipeline.course(work, SETTINGS)
    pipeline.check(home, work, SETTINGS)
    pipeline.publish(home, work, SETTINGS)
    seen = contents(home)
    night(home, SECOND.isoformat())
    assert contents(home) == seen
