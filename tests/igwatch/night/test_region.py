"""A simulated dirty region: every core model's grain is unique, and everything adds up."""

import os
import shutil

import duckdb
import pytest

from igwatch.inquiry.verify import verify_home
from igwatch.night import pipeline
from samples.simulate import LAST_NIGHT, simulate
from tests.home import SETTINGS, new_home, night
from tests.transforms.models.test_grain import CORE, grain

PATIENTS = int(os.environ.get("IGWATCH_PATIENTS", "100000"))
pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    folder = tmp_path_factory.mktemp("region")
    simulate(folder / "made", PATIENTS, 1, 7, 0.02)
    home = new_home(folder)
    shutil.copytree(folder / "made" / "facility", home.facility, dirs_exist_ok=True)
    for delivered in sorted((folder / "made").glob("night-*/*")):
        shutil.copytree(delivered, home.inbox / delivered.name)
    night(home, LAST_NIGHT.isoformat())
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
