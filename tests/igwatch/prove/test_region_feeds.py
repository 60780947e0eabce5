"""Eight laboratories of a simulated region, each with another dialect: nobody is lost in any."""

import os
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from igwatch.night import pipeline
from igwatch.prove.prove import prove
from samples.simulate import simulate
from tests.home import SETTINGS, new_home

pytestmark = pytest.mark.heavy

AS_OF = date(2025, 8, 5)
# glenmoor's feed of exposures stopped in February, hazelwick's has numbers of its own and no names
NOT_PROVEN = {("glenmoor", "clozapine"), ("hazelwick", "clozapine")}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    out = tmp_path_factory.mktemp("region")
    simulate(out, 600, 4, 5)
    home = new_home(tmp_path_factory.mktemp("feeds"))
    for path in (out / "facility").iterdir():
        shutil.copy(path, home.facility)
    for night in sorted(out.glob("night-*")):
        deliver_night(night, home.inbox)
    pipeline.land(home, SETTINGS)
    return prove(home, SETTINGS, AS_OF).outcomes


def deliver_night(night: Path, inbox: Path) -> None:
    at = datetime.fromisoformat(night.name.removeprefix("night-")).timestamp()
    for path in night.rglob("*"):
        if path.is_file():
            to = inbox / path.relative_to(night)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
            os.utime(to, (at, at))


def test_every_dialect_is_asked(outcomes):
    assert {one.facility for one in outcomes} == {
        *("aldermoor", "birchdale", "cedarhurst", "dunmore"),
        *("elmstead", "firthside", "glenmoor", "hazelwick"),
    }


def test_nobody_is_lost_in_any(outcomes):
    assert [one for one in outcomes if one.state == "lost"] == []
    not_proven = {(o.facility, o.canary) for o in outcomes if o.state == "not_proven"}
    assert not_proven == NOT_PROVEN
    found = {(o.facility, o.canary) for o in outcomes if o.state == "found"}
    assert {("firthside", "low_igm_adult"), ("dunmore", "strong_infant")} <= found
