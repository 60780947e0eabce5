"""A past night again: the same rows as were published, and what has made a difference since."""

import shutil
from datetime import UTC, date, datetime

import duckdb
import pytest

from igwatch.inquiry.replay import night_of, replay_night
from tests.home import SETTINGS, deliver, new_home
from tests.igwatch.night.test_night import panel, results
from tests.igwatch.nights import quick_night as night

pytestmark = pytest.mark.heavy

EXPOSURES = "patient_id,assigning_authority,kind,code,code_system,name,start_date,end_date\n"
CLOZAPINE = "ann,NORTH,medication,N05AH02,ATC,clozapine,2023-01-01,\n"
MERGES = "assigning_authority,retired_id,surviving_id,merged_at\n"
NIGHTS = {
    "2024-05-01": [
        ("a.csv", results(panel("2024-01-10", "0.21", order="A1"))),
        ("b.csv", results(panel("2024-04-20", "0.19", order="A2"))),
    ],
    # late: collected before the first night, delivered after it
    "2024-06-01": [("c.csv", results(panel("2024-03-01", "0.9", order="A3")))],
    # and then corrected
    "2024-06-10": [("d.csv", results(panel("2024-03-01", "0.2", order="A3", status="C")))],
    "2024-12-01": [
        ("e.csv", EXPOSURES + CLOZAPINE),
        ("f.csv", results(panel("2024-11-20", "1.1", order="A4"))),
    ],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("replay"))
    for day, files in NIGHTS.items():
        for name, content in files:
            kind = "exposures" if content.startswith(EXPOSURES) else "results"
            deliver(home, "north", f"{kind}-{name}", content)
        night(home, day)
    return home


@pytest.mark.parametrize("day", NIGHTS)
def test_a_replayed_night_is_the_published_one_row_by_row(home, day):
    as_of = date.fromisoformat(day)
    published = night_of(home, as_of, None).run_id
    file = home.generations / published / "flag" / "patient_flag.parquet"
    told = replay_night(home, SETTINGS, as_of)
    columns = "* EXCLUDE (run_id, data_to)"
    said = duckdb.sql(f"SELECT {columns} FROM '{file}' ORDER BY ALL").to_arrow_table()
    assert told["flags"] == said.to_pylist()
    assert (told["published_run_id"], told["differs_from_published"]) == (published, 0)


def because(told):
    return [
        (c["then"], c["now"], [r["kind"] for r in c["reasons"]]) for c in told["differs_from_now"]
    ]


def test_every_difference_from_now_has_its_reason(home):
    told = replay_night(home, SETTINGS, date(2024, 6, 1))
    assert [r["said"] for r in told["differs_from_now"][0]["reasons"]] == [
        "IgM of 2024-03-01: 0.9 g/L corrected to 0.2 g/L",
        "IgM of 2024-11-20: 1.1 g/L was measured since",
        "medication clozapine from 2023-01-01 became known",
    ]


def test_time_alone_and_what_landed_later(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21", order="A1")))
    night(home, "2024-01-20")
    between = datetime.now(UTC).replace(tzinfo=None)
    night(home, "2024-04-15")
    assert because(replay_night(home, SETTINGS, date(2024, 1, 20))) == [
        ("candidate", "repeat_due", ["time"])
    ]
    deliver(home, "north", "b.csv", results(panel("2024-04-12", "0.19", order="A2")))
    night(home, "2024-04-16")
    told = replay_night(home, SETTINGS, date(2024, 4, 16), between)
    assert [f["status"] for f in told["flags"]] == ["repeat_due"]
    assert told["published_run_id"] is None
    assert because(told) == [("repeat_due", "persistent", ["late"])]


def test_a_merge_since_is_a_reason_and_the_ledger_outlives_its_generation(tmp_path):
    home = new_home(tmp_path)
    other = panel("2024-04-20", "0.19").replace("ann,NORTH", "bob,NORTH")
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21"), other))
    first = night(home, "2024-05-01")
    deliver(home, "north", "merges.csv", MERGES + "NORTH,bob,ann,2024-05-02\n")
    night(home, "2024-05-03")
    shutil.rmtree(home.generations / first)
    told = replay_night(home, SETTINGS, date(2024, 5, 1))
    assert "merge" in {r["kind"] for c in told["differs_from_now"] for r in c["reasons"]}
    assert {f["patient_id"] for f in told["flags"]} == {"ann", "bob"}
    assert (told["published_run_id"], told["differs_from_published"]) == (first, 0)
