"""A past night again: the same rows as were published, and what has made a difference since."""

from datetime import UTC, date, datetime

import duckdb
import pytest

from igwatch.past import rebuild
from igwatch.replay import night_of, replay_night
from tests.home import SETTINGS, deliver, new_home, night
from tests.igwatch.test_night import panel, results

EXPOSURES = "patient_id,assigning_authority,kind,code,code_system,name,start_date,end_date\n"
CLOZAPINE = "ann,NORTH,medication,N05AH02,ATC,clozapine,2023-01-01,\n"
MERGES = "assigning_authority,retired_id,surviving_id,merged_at\n"
OTHER = {"ann,NORTH": "bob,NORTH"}
NIGHTS = {
    "2024-01-20": [("a.csv", results(panel("2024-01-10", "0.21", order="A1")))],
    "2024-05-01": [("b.csv", results(panel("2024-04-20", "0.19", order="A2")))],
    # late: collected before the second night, delivered after it
    "2024-06-01": [("c.csv", results(panel("2024-03-01", "0.9", order="A3")))],
    # the late result was another's: it is corrected
    "2024-06-10": [("d.csv", results(panel("2024-03-01", "0.2", order="A3", status="C")))],
    "2024-08-01": [("e.csv", EXPOSURES + CLOZAPINE)],
    "2024-12-01": [("f.csv", results(panel("2024-11-20", "1.1", order="A4")))],
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("replay"))
    for day, files in NIGHTS.items():
        for name, content in files:
            kind = "exposures" if content.startswith(EXPOSURES) else "results"
            deliver(home, "north", f"{kind}-{name}", content)
        night(home, day)
    return home


def rows_of(path, table="said"):
    with duckdb.connect() as con:
        return con.execute(f"SELECT * EXCLUDE (run_id) FROM '{path}' ORDER BY ALL").fetchall()


@pytest.mark.parametrize("day", NIGHTS)
def test_a_replayed_night_is_the_published_one_row_by_row(home, day):
    as_of = date.fromisoformat(day)
    published = night_of(home, as_of, None)
    said = rows_of(home.generations / published.run_id / "flag" / "patient_flag.parquet")
    work = rebuild(home, SETTINGS, as_of, sources=published.sources)
    with duckdb.connect(str(work / "build.duckdb"), read_only=True) as con:
        again = con.execute("FROM flag.patient_flag ORDER BY ALL").fetchall()
    assert said == again
    assert replay_night(home, SETTINGS, as_of)["differs_from_published"] == 0


def because(home, day, known_by=None):
    told = replay_night(home, SETTINGS, date.fromisoformat(day), known_by)
    return [(c["then"], c["now"], [r["kind"] for r in c["reasons"]])
            for c in told["differs_from_now"]]  # fmt: skip


def test_every_difference_from_now_has_its_reason(home):
    assert because(home, "2024-05-01") == [
        ("persistent", "resolved", ["late", "new", "exposure"])]  # fmt: skip
    told = replay_night(home, SETTINGS, date(2024, 6, 1))
    said = [r["said"] for r in told["differs_from_now"][0]["reasons"]]
    assert said == [
        "IgM of 2024-03-01: 0.9 g/L corrected to 0.2 g/L",
        "IgM of 2024-11-20: 1.1 g/L was measured since",
        "medication clozapine from 2023-01-01 became known",
    ]


def test_where_nothing_but_time_passed_that_is_said(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    night(home, "2024-01-20")
    night(home, "2024-04-15")
    told = replay_night(home, SETTINGS, date(2024, 1, 20))
    (change,) = told["differs_from_now"]
    assert (change["then"], change["now"]) == ("candidate", "repeat_due")
    assert [r["kind"] for r in change["reasons"]] == ["time"]


def test_known_by_leaves_out_what_landed_later(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21", order="A1")))
    night(home, "2024-05-01")
    between = datetime.now(UTC).replace(tzinfo=None)
    deliver(home, "north", "b.csv", results(panel("2024-04-20", "0.19", order="A2")))
    night(home, "2024-05-02")
    told = replay_night(home, SETTINGS, date(2024, 5, 2), between)
    assert [f["status"] for f in told["flags"]] == ["repeat_due"]
    assert told["published_run_id"] is None
    assert because(home, "2024-05-02", between) == [("repeat_due", "persistent", ["late"])]


def test_a_merge_since_is_a_reason(tmp_path):
    home = new_home(tmp_path)
    other = panel("2024-04-20", "0.19").replace("ann,NORTH", "bob,NORTH")
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21"), other))
    night(home, "2024-05-01")
    deliver(home, "north", "merges.csv", MERGES + "NORTH,bob,ann,2024-05-02\n")
    night(home, "2024-05-03")
    told = replay_night(home, SETTINGS, date(2024, 5, 1))
    kinds = {r["kind"] for c in told["differs_from_now"] for r in c["reasons"]}
    assert "merge" in kinds
    assert {f["patient_id"] for f in told["flags"]} == {"ann", "bob"}
