"""A build in buckets of patients publishes what a whole one does. `make test-homes`; a night through
Airflow in two buckets is tests/dags/test_nightly.py."""

import csv
import itertools
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from igwatch.night import build, partition, pipeline
from igwatch.night.clearance import clear
from igwatch.site.home import Home
from samples.demo_nights import deliver as deliver_samples
from samples.demo_nights import write_samples
from samples.simulate import simulate
from tests.home import RESULTS_HEADER, SETTINGS, ask, contents, deliver, new_home

pytestmark = pytest.mark.heavy
AS_OF = date(2025, 8, 4)


def settings(n: int):
    return SETTINGS.model_copy(update={"buckets": n})


def published(home: Home, n: int, as_of: date = AS_OF) -> dict[str, int]:
    """The published tables of a night in `n` buckets, without checks and reports."""
    pipeline.land(home, settings(n))
    work = pipeline.build(home, settings(n), as_of)
    pipeline.course(work, settings(n))
    clear(work)
    pipeline.publish(home, work, settings(n))
    return contents(home)


@pytest.fixture(scope="module")
def region(tmp_path_factory) -> Path:
    """A home whose inbox holds a simulated region with merges, repeats and dirt."""
    folder = tmp_path_factory.mktemp("region")
    simulate(folder / "made", 150, 2, 5, 0.05)
    home = new_home(folder)
    shutil.copytree(folder / "made" / "facility", home.facility, dirs_exist_ok=True)
    for delivered in sorted((folder / "made").glob("night-*/*")):
        shutil.copytree(delivered, home.inbox / delivered.name / delivered.parent.name)
    deliver(home, "elmstead", "merges.csv", merges(folder / "made" / "truth.csv"))
    return home.root


def merges(truth: Path) -> str:
    """Fifteen patients are each found to be the one before them: one long chain of merges."""
    lines = ["assigning_authority,retired_id,surviving_id,merged_at"]
    with truth.open(encoding="utf-8", newline="") as file:
        people = sorted(
            csv.DictReader(file), key=lambda p: (p["assigning_authority"], p["patient_id"])
        )
    for before, person in itertools.pairwise(people):
        if before["assigning_authority"] == person["assigning_authority"] and len(lines) < 16:
            names = (person["assigning_authority"], person["patient_id"], before["patient_id"])
            lines.append(",".join([*names, "2025-06-01"]))
    return "\n".join([*lines, ""])


def again(root: Path, folder: Path) -> Home:
    shutil.copytree(root, folder / "home")
    return new_home(folder)


@pytest.fixture(scope="module")
def whole(region, tmp_path_factory) -> dict[str, int]:
    home = again(region, tmp_path_factory.mktemp("whole"))
    tables = published(home, 1)
    assert ask(home, "SELECT count(*) > 0 FROM core.patient_alias") == [(True,)]
    assert ask(home, "SELECT count(*) > 0 FROM core.superseded") == [(True,)]
    assert ask(home, "SELECT count(*) > 0 FROM flag.patient_flag") == [(True,)]
    return tables


@pytest.mark.parametrize("n", [2, 16])
def test_a_region_in_buckets_publishes_the_same_tables(region, whole, tmp_path, n):
    assert published(again(region, tmp_path), n) == whole


def test_the_sample_feeds_come_out_the_same_in_buckets(tmp_path):
    homes = [new_home(tmp_path / name) for name in ("whole", "cut")]
    nights, _ = (write_samples(home.root).nights for home in homes)
    for home, n in zip(homes, (1, 5), strict=True):
        for night in nights:
            deliver_samples(home.root, night)
        published(home, n, nights[-1].as_of)
    assert contents(homes[1]) == contents(homes[0])


def floored(patient: int, igm: str) -> str:
    return (
        f"P{patient},NORTH,1980-01-05,F,,,serum,2024-01-10,2024-01-10,2472-9,LN,IgM,{igm},g/L,,,F,,"
    )


def test_a_laboratorys_hidden_floor_is_seen_across_the_buckets(tmp_path):
    """No bucket alone holds enough results at the floor to see that it is one."""
    rows = [floored(n, "0.30" if n < 60 else f"{0.5 + n / 100:.2f}") for n in range(240)]
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", "\n".join([RESULTS_HEADER, *rows, ""]))
    pipeline.land(home, SETTINGS)
    floors = []
    for n in (1, 16):
        work = build.build(home, settings(n), date(2024, 2, 1))
        with duckdb.connect(str(work / "build.duckdb"), read_only=True) as con:
            floors.append(con.execute("FROM result.hidden_detection_limit").fetchall())
    assert floors[0] == floors[1] != []


def test_every_row_of_a_person_lies_in_one_bucket_and_no_row_is_lost(region, tmp_path):
    home = again(region, tmp_path)
    pipeline.land(home, SETTINGS)
    work = build.begin(home, settings(7), AS_OF)
    spread = str(work / "spread" / "observation" / "*" / "*.parquet")
    with duckdb.connect(str(work / "build.duckdb"), read_only=True) as con:
        n_raw = con.execute("SELECT count(*) FROM raw.observation").fetchone()
        assert con.execute("SELECT count(*) FROM read_parquet($1)", [spread]).fetchone() == n_raw
        torn = con.execute(
            "SELECT count(*) FROM (SELECT coalesce(a.patient_key, o.patient_id) AS person "
            "FROM read_parquet($1) AS o LEFT JOIN core.patient_alias AS a USING "
            "(assigning_authority, patient_id) GROUP BY 1, o.assigning_authority "
            "HAVING count(DISTINCT bucket) > 1)",
            [spread],
        )
        assert torn.fetchone() == (0,)
    assert list(partition.numbers(work)) == list(range(7))


def test_a_bucket_cut_short_and_done_again_is_done_once(region, whole, tmp_path):
    home, n = again(region, tmp_path), settings(3)
    pipeline.land(home, n)
    work = build.begin(home, n, AS_OF)
    for number in (2, 0, 1, 0):
        build.resolve(work, number, n)
    build.build_shared(work, n)
    build.build_shared(work, n)
    for number in (1, 2, 1, 0):
        build.follow_partition(work, number, n)
    build.finish(work, n)
    build.finish(work, n)
    clear(work)
    pipeline.publish(home, work, n)
    assert contents(home) == whole
