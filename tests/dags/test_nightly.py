"""igwatch_nightly through Airflow, embedded on a fresh SQLite, against `igwatch run`."""

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.dags.flight import flight
from tests.home import (
    EXPOSURES_HEADER,
    RESULTS_HEADER,
    ask,
    contents,
    deliver,
    new_home,
    ordinary_exposures,
    whole_night,
)

pytestmark = pytest.mark.heavy

NAME = "Zzyzzwick"
PATIENT = "IDENT7391846"
BORN = "1989-01-05"


def results(*rows: tuple[str, str]) -> str:
    lines = [
        f"{PATIENT},NORTH,{BORN},F,,,serum,{day},{day},2472-9,LN,IgM,{igm},g/L,,,F,,{NAME}\n"
        f"{PATIENT},NORTH,{BORN},F,,,serum,{day},{day},2465-3,LN,IgG,9.1,g/L,,,F,,\n"
        f"{PATIENT},NORTH,{BORN},F,,,serum,{day},{day},2458-8,LN,IgA,1.4,g/L,,,F,,\n"
        for day, igm in rows
    ]
    return RESULTS_HEADER + "\n" + "".join(lines)


def exposures(*days: str) -> str:
    return f"{EXPOSURES_HEADER}\n{ordinary_exposures(PATIENT, 'NORTH', *days)}"


NIGHTS = {
    "2024-01-20": {
        f"{NAME}-1.csv": results(("2024-01-10", "0.2137")),
        "exposures.csv": exposures("2024-01-05", "2024-04-25"),
    },
    "2024-02-20": {},
    "2024-05-01": {
        "b.csv": results(("2024-04-20", "0.1913")),
        "junk.csv": b"\x00\x01\x02",
    },
}


LAST = "2024-05-01"


def log_of(home) -> str:
    return (home.root / "airflow" / "airflow.log").read_text()[-3000:]


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("flown"))
    (home.facility / "north.yaml").write_text("exposure_feed: complete\n")
    with flight(home, *NIGHTS) as nights:
        for files in NIGHTS.values():
            for name, content in files.items():
                deliver(home, "north", name, content)
            assert nights.night() == "success", log_of(home)
    seen = contents(home)
    shutil.move(home.inbox / "north", home.root / "unmounted")
    with flight(home, LAST, IGWATCH_BUCKETS="2") as nights:
        assert nights.night() == "failed", "a vanished inbox is an alarm"
    assert contents(home) == seen, "not an empty night; and in two buckets it is the same tables"
    return home


def test_a_night_without_files_runs_too(flown):
    assert ask(flown, "SELECT as_of::VARCHAR, to_status FROM flag.transition ORDER BY 1") == [
        ("2024-01-20", "candidate"),
        ("2024-05-01", "persistent"),
    ]


def test_it_gives_the_same_tables_as_the_command_line(flown, tmp_path):
    home = new_home(tmp_path)
    (home.facility / "north.yaml").write_text("exposure_feed: complete\n")
    for as_of, files in NIGHTS.items():
        for name, content in files.items():
            delivered = deliver(home, "north", name, content)
            stat = (flown.root / "unmounted" / name).stat()
            os.utime(delivered, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        whole_night(home, as_of)
    assert contents(home) == contents(flown)


def test_the_data_interval_was_empty_and_still_everything_was_read(flown):
    """Airflow 3 gives a cron DAG an interval of no width: what is new must not depend on it."""
    with sqlite3.connect(flown.root / "airflow" / "airflow.db") as con:
        widths = con.execute(
            "SELECT DISTINCT data_interval_start = data_interval_end FROM dag_run "
            "WHERE dag_id = 'igwatch_nightly'"
        ).fetchall()
    assert widths in ([(1,)], [(None,)])
    assert ask(flown, "SELECT count(*) FROM core.measurement") == [(6,)]


def test_no_identifier_name_or_result_is_in_a_log_an_xcom_or_a_quality_table(flown):
    """Seeded strings are looked for in every byte Airflow and the quality catalogue wrote."""
    watched = [
        flown.root / "airflow",
        flown.quality_catalogue,
        flown.live.resolve() / "quality",
        *flown.reports.glob("*quality*"),
        flown.reports / "checks",
        flown.root / "status",
    ]
    files = [
        f
        for path in watched
        for f in ([path] if path.is_file() else path.rglob("*"))
        if f.is_file()
    ] + [flown.root / "alarm.txt"]
    assert any(f.name == "airflow.db" for f in files)
    seeds = [NAME, PATIENT, BORN, "19890105", "0.2137", "0.1913"]
    assert sum(f.suffix == ".parquet" for f in files) > 5
    found = [(f.name, seed) for f in files for seed in seeds if seed.encode() in readable(f)]
    assert found == []
    named = [
        str(p)
        for p in flown.root.rglob("*")
        if p.parent.name != "unmounted" and (NAME in p.name or PATIENT in p.name)
    ]
    assert named == []


def readable(file: Path) -> bytes:
    """The bytes of a file; of a Parquet file its cells, since its bytes are packed."""
    if file.suffix != ".parquet":
        return file.read_bytes()
    return json.dumps(pq.read_table(file).to_pylist(), default=str).encode()


def test_a_night_says_how_long_each_facility_has_been_silent(flown):
    log = (flown.root / "airflow" / "airflow.log").read_text()
    assert "north: 2 new files; last spoke 10 days before this night" in log
    assert "this night brought nothing new from anyone" in log
    assert "north: 0 new files; last spoke 41 days before this night" in log
    assert "north: 2 new files; last spoke 11 days before this night" in log


def test_two_buckets_of_patients_were_built_by_tasks_of_their_own(flown):
    with sqlite3.connect(flown.root / "airflow" / "airflow.db") as con:
        mapped = con.execute(
            "SELECT task_id, count(*) FROM task_instance WHERE map_index >= 0 AND "
            "task_id IN ('resolve', 'follow') AND state = 'success' GROUP BY task_id ORDER BY 1"
        ).fetchall()
    assert mapped == [("follow", 2), ("resolve", 2)]


def test_an_alarm_names_the_facility_and_the_reason_to_the_sites_own_command(flown):
    alarm = (flown.root / "alarm.txt").read_text()
    assert "igwatch_nightly listen" in alarm
    assert "the inbox of north has vanished" in alarm
