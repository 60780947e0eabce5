"""A home whose raw is compacted by the month is the same home: what is published, replayed, verified."""

import shutil
from datetime import date, datetime

import duckdb
import pytest

from igwatch.decision.retry import retry_rejects
from igwatch.inquiry.rejects import rejects
from igwatch.inquiry.replay import replay_night
from igwatch.inquiry.verify import verify_home
from igwatch.night import pipeline
from igwatch.night.compact import compact_home
from igwatch.night.run import landed
from tests.home import RESULTS_HEADER, SETTINGS, contents, deliver, new_home, night
from transforms.parse.raw.compaction import compact_months, compacted_months

pytestmark = pytest.mark.heavy

EVENING = datetime(2024, 1, 31, 12)


def results(*days: str) -> str:
    rows = [
        f"P1,N,1980-01-05,F,,,serum,{day},{day},{code},LN,,{value},g/L,,,F,,"
        for day in days
        for code, value in (("2472-9", "0.2"), ("2465-3", "9.1"), ("2458-8", "1.4"))
    ]
    return "\n".join([RESULTS_HEADER, *rows, ""])


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two nights, the first of which is made to have landed in January 2024."""
    home = new_home(tmp_path_factory.mktemp("compacted"))
    deliver(home, "north", "a.csv", results("2024-01-10", "never"))
    deliver(home, "south", "a.csv", results("2024-01-11"))
    pipeline.land(home, SETTINGS)
    for path in home.raw.glob("source_file/*/*.parquet"):
        aside = path.with_suffix(".moved")
        duckdb.execute(
            f"COPY (SELECT * REPLACE ($1::TIMESTAMP AS landed_at) FROM '{path}') TO '{aside}' "
            "(FORMAT parquet)",
            [EVENING],
        )
        aside.replace(path)
    shutil.rmtree(home.raw / ".note")  # it says what those files were before
    night(home, "2024-01-31")
    deliver(home, "north", "b.csv", results("2024-05-02"))
    night(home, "2024-05-20")
    return home


def seen(home) -> dict:
    """All that anybody can ask of a home."""
    replayed = replay_night(home, SETTINGS, date(2024, 5, 20), EVENING)
    return {
        "published": contents(home),
        "known by": landed(home, EVENING),
        "replay": {name: str(value) for name, value in replayed.items()},
        "verify": verify_home(home, SETTINGS, lambda step: None),
        "rejects": sorted(map(str, rejects(home))),
        "rerun": night(home, "2024-05-20").generation.run_id,
    }


def test_nothing_that_anybody_can_ask_is_otherwise(home):
    before = seen(home)
    assert len(before["known by"]) == 2
    assert compact_home(home, SETTINGS)["source_files_packed"] == 2
    assert compact_months(home.root, "2999-01") == 1
    assert len(list(home.raw.glob("source_file/*/*.parquet"))) == 3
    assert all(len(p.stem) == len("2024-01") for p in home.raw.glob("*/*/*.parquet"))
    after = seen(home)
    assert after == before
    assert all(not faults for faults in after["verify"]["checks"].values())


def test_what_was_refused_is_read_again_out_of_its_month(home):
    (refused,) = retry_rejects(home)
    assert (refused["facility"], refused["held_before"], refused["held_now"]) == ("north", 3, 3)
    assert len(compacted_months(home.root, "north")) == 1, "the other file of north stays compacted"


def test_files_of_a_feed_whose_settings_changed_are_read_again_out_of_their_months(home):
    compact_months(home.root, "2999-01")
    (home.facility / "north.yaml").write_text("zone: Asia/Tokyo\n")
    assert pipeline.land(home, SETTINGS).n_reread == 2
    assert (
        len(compacted_months(home.root, "north")),
        len(compacted_months(home.root, "south")),
    ) == (0, 1)
    assert len(landed(home)) == 3
    assert pipeline.land(home, SETTINGS).n_reread == 0
