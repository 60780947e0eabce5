"""A whole night that loses a canary: told wherever people and machines look, and nothing withheld."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date

import duckdb
import pytest

from igwatch.base.paths import ROOT
from igwatch.night.proof import canary_table, read_proof
from igwatch.night.run import plan_run
from igwatch.prove.canary import Person, canaries
from igwatch.prove.prove import prove_night
from samples.demo_nights import nights
from tests.home import SETTINGS, ask, deliver, new_home

pytestmark = pytest.mark.heavy

AS_OF = "2025-08-05"
WHY = "it looks like an immunoglobulin, but its code is not mapped"
# on this sample night some of Northgate's results of IgM come from a new analyser, as IGMQ
LOST = ("northgate", "unit", "igm 2", "lost", "critical", "unmapped", "OBX-3", WHY)
CANARY = "SELECT * EXCLUDE (run_id, data_to) FROM quality.canary"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("proven"))
    source = ROOT / "samples" / "facility" / "demo" / "northgate.yaml"
    shutil.copy(source, home.facility)
    for night in (4, 5):
        for facility, name, content in nights()[night].files:
            if facility == "northgate":
                deliver(home, facility, name, content)
    return home


def run(home, **environment):
    return subprocess.run(
        [sys.executable, "-m", "igwatch", "run", "--home", str(home.root), "--as-of", AS_OF],
        env=os.environ | {"IGWATCH_SETTLE_SECONDS": "0"} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def done(home, tmp_path_factory):
    heard = tmp_path_factory.mktemp("heard") / "alarm.txt"
    return run(home, IGWATCH_ALARM_COMMAND=f"tee -a {heard}"), heard.read_text()


def test_a_site_may_leave_them_out_of_its_nights(home, tmp_path):
    """Asked before any night has asked them."""
    alone = new_home(tmp_path)
    shutil.copytree(home.facility, alone.facility, dirs_exist_ok=True)
    shutil.copytree(home.inbox, alone.inbox, dirs_exist_ok=True)
    assert run(alone, IGWATCH_PROVE="false").returncode == 0
    assert ask(alone, CANARY) == []
    assert read_proof(alone) is None


def test_it_withholds_nothing(done, home):
    assert done[0].returncode == 0, done[0].stderr
    assert ask(home, "SELECT count(*) FROM quality.freshness WHERE is_withheld") == [(0,)]


def test_it_is_published_and_dashboards_see_it(done, home):
    rows = ask(home, f"{CANARY} ORDER BY state, canary")
    assert rows[-1] == LOST
    found = {(canary, state, severity) for _, canary, _, state, severity, *_ in rows[:-1]}
    names = ("correction", "healthy_child", "low_igm_adult", "strong_infant", "unit")
    assert found == {(name, "found", "ok") for name in names}
    with duckdb.connect(str(home.quality_catalogue), read_only=True) as con:
        assert LOST in con.execute(CANARY).fetchall()


def test_the_alarm_the_page_and_prometheus_say_where(done, home):
    told = f"northgate: canary unit igm 2 lost, unmapped (OBX-3): {WHY}"
    assert told in done[1]
    assert told in done[0].stderr
    page = (home.reports / "latest-quality.html").read_text()
    assert WHY in page
    assert "<b>1</b> of 6 canaries lost" in page
    lines = (home.status / "igwatch.prom").read_text().splitlines()
    assert 'igwatch_canaries_lost{facility="northgate"} 1' in lines
    line = '{facility="northgate",canary="unit igm 2",step="unmapped",field="OBX-3"} 1'
    assert f"igwatch_canary_lost{line}" in lines
    assert json.loads((home.status / "run.json").read_text())["step_seconds"]["prove"] > 0


def test_no_canary_is_anywhere_else(done, home):
    people = [Person(c, "northgate", date.fromisoformat(AS_OF), c.name) for c in canaries()]
    numbers = [number for p in people for number in (p.number(), p.number("patient", "1"))]
    for table in ("core.patient", "core.measurement", "flag.patient_flag"):
        found = f"SELECT count(*) FROM {table} WHERE patient_id IN (SELECT unnest($1))"
        with duckdb.connect(str(home.catalogue), read_only=True) as con:
            assert con.execute(found, [numbers]).fetchall() == [(0,)]
    with duckdb.connect() as con:
        files = str(home.raw / "observation" / "*" / "*.parquet")
        found = "SELECT count(*) FROM read_parquet($1) WHERE patient_id IN (SELECT unnest($2))"
        assert con.execute(found, [files, numbers]).fetchall() == [(0,)]
    told = [path.read_bytes() for path in home.root.rglob("*") if path.is_file()]
    assert [n for n in numbers if any(n.encode() in content for content in told)] == []
    assert [p.name for p in home.work.iterdir() if p.name.startswith(("prove", "scratch"))] == []


def test_what_is_kept_is_for_the_owner_alone(done, home):
    assert home.proof.stat().st_mode & 0o777 == 0o600
    assert len(read_proof(home).outcomes) == 6


def test_what_they_came_to_is_in_the_run_id_since_it_is_published(done, home):
    as_published = plan_run(home, date.fromisoformat(AS_OF)).input_digest
    kept = home.proof.read_bytes()
    home.proof.write_bytes(kept.replace(b'"lost"', b'"found"'))
    otherwise = plan_run(home, date.fromisoformat(AS_OF)).input_digest
    home.proof.write_bytes(kept)
    assert as_published != otherwise


def test_when_nothing_new_came_they_are_not_asked_again(done, home):
    before = read_proof(home)
    shutil.move(home.archive, home.archive.with_name("away"))  # whoever asks would need it
    try:
        assert prove_night(home, SETTINGS, date(2025, 8, 6)) == before
    finally:
        shutil.move(home.archive.with_name("away"), home.archive)


def test_without_the_archived_bytes_it_is_told_and_the_night_goes_on(done, home):
    kept = home.proof.read_bytes()
    home.proof.unlink()
    shutil.move(home.archive, home.archive.with_name("away"))
    try:
        proof = prove_night(home, SETTINGS, date(2025, 8, 6))
    finally:
        shutil.move(home.archive.with_name("away"), home.archive)
        home.proof.write_bytes(kept)
    assert {one.state for one in proof.outcomes} == {"not_proven"}
    why = {one.why for one in proof.outcomes}
    assert why == {"the bytes of its newest results are no longer in the archive"}


def test_whatever_goes_wrong_is_told_and_the_night_goes_on(done, home):
    kept = home.proof.read_bytes()
    home.proof.unlink()
    (damaged,) = list((home.raw / "observation" / "northgate").glob("*.parquet"))[:1]
    whole = damaged.read_bytes()
    damaged.write_bytes(b"PAR1 not a parquet file PAR1")
    try:
        proof = prove_night(home, SETTINGS, date(2025, 8, 6))
        told = canary_table(home, [("any", "night")]).to_pylist()
    finally:
        damaged.write_bytes(whole)
        home.proof.write_bytes(kept)
    (alarm,) = proof.alarms
    assert alarm.startswith("the canaries could not be asked: ")
    assert [(row["facility"], row["state"]) for row in told] == [(None, "not_proven")]
    assert "northgate" not in str(told)
