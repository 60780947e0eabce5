"""A simulated dirty region: its truth holds, core's grains are unique, and everything adds up."""

import os
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest

from igwatch.inquiry.verify import verify_home
from igwatch.night import pipeline
from igwatch.site.home import Home
from samples import simulate as simulated
from samples.course import courses
from samples.feed import feeds
from samples.simulate import LAST_NIGHT, simulate
from samples.truth import SIMULATED
from tests.home import SETTINGS, ask, new_home, night
from tests.igwatch.nights import quick_night
from tests.transforms.models.test_grain import CORE, grain

PATIENTS = int(os.environ.get("IGWATCH_PATIENTS", "100000"))
CROWD = 2_500
FAULTS = {"glenmoor": ["exposure_feed_silent"], "hazelwick": ["exposures_unread"]}
pytestmark = pytest.mark.heavy


def delivered(folder: Path) -> Home:
    """A home into which everything of the region in `folder` was delivered at once."""
    home = new_home(folder)
    shutil.copytree(folder / "made" / "facility", home.facility, dirs_exist_ok=True)
    for files in sorted((folder / "made").glob("night-*/*")):
        shutil.copytree(files, home.inbox / files.name)
    return home


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    folder = tmp_path_factory.mktemp("region")
    simulate(folder / "made", PATIENTS, 1, 7, 0.02)
    home = delivered(folder)
    night(home, LAST_NIGHT.isoformat())
    return home


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """A region in which every course is as common as any other, so that every facility has it."""
    folder = tmp_path_factory.mktemp("crowded")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(simulated, "shares", lambda: np.full(len(courses()), 1 / len(courses())))
        simulate(folder / "made", CROWD, 1, 7)
    home = delivered(folder)
    quick_night(home, LAST_NIGHT.isoformat())
    return home


@pytest.fixture(scope="module")
def build(region, tmp_path_factory):
    """Core of the region again, in private: publishing took the build away."""
    work = pipeline.build(
        region, SETTINGS, LAST_NIGHT, work=tmp_path_factory.mktemp("again") / "work"
    )
    pipeline.course(work, SETTINGS)
    with duckdb.connect(str(work / "build.duckdb"), read_only=True) as con:
        yield con


@pytest.mark.parametrize("rule", SIMULATED)
@pytest.mark.parametrize("which", ["region", "crowded"])
def test_every_state_is_the_true_one(request, which, rule):
    """Also where the feed of exposures fell silent, and where nobody can read its codes."""
    home = request.getfixturevalue(which)
    wrong = ask(
        home,
        f"SELECT t.facility, t.true_condition, t.expected_{rule}, f.status, count(*) "
        f"FROM read_csv('{home.root.parent}/made/truth.csv', all_varchar = true) AS t "
        "LEFT JOIN flag.patient_flag AS f ON t.patient_id = f.patient_id "
        f"AND t.assigning_authority = f.assigning_authority AND f.rule_id = '{rule}' "
        f"WHERE coalesce(f.status, 'no_evidence') <> t.expected_{rule} GROUP BY ALL ORDER BY ALL",
    )
    assert wrong == []


def test_a_definite_pattern_needs_a_feed_that_is_alive_and_read(crowded):
    states = ask(
        crowded,
        "SELECT t.facility, list(DISTINCT f.status ORDER BY f.status) "
        f"FROM read_csv('{crowded.root.parent}/made/truth.csv', all_varchar = true) AS t "
        "INNER JOIN flag.patient_flag AS f ON t.patient_id = f.patient_id "
        "WHERE t.true_condition = 'definite_low_igm' "
        "AND f.rule_id = 'selective_igm_deficiency' GROUP BY ALL",
    )
    definite = {feed.name for feed in feeds() if feed.keeps_its_promise}
    assert dict(states) == {
        feed.name: ["definite_pattern" if feed.name in definite else "persistent"]
        for feed in feeds()
    }


def test_which_feeds_of_exposures_keep_their_promise(region):
    said = dict(ask(region, "SELECT facility, faults FROM quality.exposure_feed"))
    assert said == {
        feed.name: FAULTS.get(feed.name, []) for feed in feeds() if feed.sends_exposures
    }
    page = (region.reports / "latest-quality.html").read_text(encoding="utf-8")
    assert "ask whether its export still runs" in page
    assert "lists what to map, with the line for each" in page


def test_verify_holds(region):
    found = verify_home(region, SETTINGS, lambda step: None)
    assert {name: faults for name, faults in found["checks"].items() if faults} == {}
    assert sum(row["n"] for row in found["conservation"] if row["unit"] == "result") > PATIENTS


@pytest.mark.parametrize("model", CORE, ids=lambda m: f"{m.parent.name}.{m.stem}")
def test_grain(build, model):
    columns = grain(model)
    twice = (
        f"SELECT count(*) FROM (SELECT {columns} FROM {model.parent.name}.{model.stem} "
        "GROUP BY ALL HAVING count(*) > 1)"
    )
    assert build.execute(twice).fetchall() == [(0,)]
