"""A build is published only where its checks let it through, as it was then, and in its turn."""

from datetime import date

import duckdb
import pytest

from igwatch.base.error import PipelineError
from igwatch.night import pipeline
from igwatch.night.clearance import clear
from tests.dags.test_resume import N_PATIENTS, batch
from tests.home import SETTINGS, ask, deliver, new_home
from tests.igwatch.command_line import command
from tests.igwatch.nights import quick_night

pytestmark = pytest.mark.heavy

FIRST, SECOND, THIRD = date(2024, 1, 20), date(2024, 1, 21), date(2024, 2, 20)


@pytest.fixture
def home(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", batch("north", "2024-01-10", 10.0))
    return home


def built(home, as_of: date = FIRST):
    pipeline.land(home, SETTINGS)
    work = pipeline.build(home, SETTINGS, as_of)
    pipeline.course(work, SETTINGS)
    return work


def refused(home, work, why: str) -> None:
    live = home.live.resolve()
    with pytest.raises(PipelineError, match=why):
        pipeline.publish(home, work, SETTINGS)
    assert home.live.resolve() == live


def test_a_build_that_was_not_checked_is_not_published(home):
    work = built(home)
    refused(home, work, "the checks were not run on this build; run: igwatch check")
    clear(work)
    with duckdb.connect(str(work / "build.duckdb")) as con:
        con.execute("UPDATE core.measurement SET value_g_per_l = 1")
    refused(home, work, "the checks were not run on this build")
    clear(built(home))
    refused(home, built(home), "the checks were not run on this build")
    work = built(home)
    clear(work)
    pipeline.publish(home, work, SETTINGS)
    assert home.live.exists()


def test_a_build_that_another_night_overtook_is_not_published(home):
    work = built(home)
    clear(work)
    later = quick_night(home, SECOND.isoformat())
    refused(home, work, f"run {later} was published since this one was built; run: igwatch run")
    assert ask(home, "SELECT DISTINCT run_id FROM core.measurement") == [(later,)]


def test_by_single_steps_a_batch_in_another_unit_is_withheld_as_by_a_whole_night(home):
    assert command(home, "run", "--as-of", FIRST.isoformat()).returncode == 0
    deliver(home, "north", "b.csv", batch("north", "2024-02-10", 1.0))
    for words in (("land",), ("build", "--as-of", THIRD.isoformat())):
        assert command(home, *words).returncode == 0
    done = command(home, "publish")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        "igwatch: the checks were not run on this build; run: igwatch check",
    )
    assert command(home, "check").returncode == 3
    assert command(home, "publish").returncode == 0
    assert ask(home, "SELECT count(*) FROM core.measurement") == [(N_PATIENTS,)]
