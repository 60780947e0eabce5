"""igwatch_nightly through Airflow, embedded on a fresh SQLite, against `igwatch run`."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from igwatch.home import home_at
from tests.home import RESULTS_HEADER, SETTINGS, ask, contents, deliver, new_home, night

ROOT = Path(__file__).resolve().parents[2]
NAME = "Zzyzzwick"
PATIENT = "IDENT7391846"
BORN = "1989-01-05"


def results(*rows: tuple[str, str]) -> str:
    lines = [f"{PATIENT},NORTH,{BORN},F,,,serum,{day},,2472-9,LN,IgM,{igm},g/L,,,F,,{NAME}\n"
             f"{PATIENT},NORTH,{BORN},F,,,serum,{day},,2465-3,LN,IgG,9.1,g/L,,,F,,\n"
             f"{PATIENT},NORTH,{BORN},F,,,serum,{day},,2458-8,LN,IgA,1.4,g/L,,,F,,\n"
             for day, igm in rows]
    return RESULTS_HEADER + "\n" + "".join(lines)


NIGHTS = {
    "2024-01-20": {f"{NAME}-1.csv": results(("2024-01-10", "0.2137"))},
    "2024-02-20": {},
    "2024-05-01": {"b.csv": results(("2024-04-20", "0.1913")), "junk.csv": b"\x00\x01\x02"},
}


def airflow(home, *dates: str) -> list[list[str]]:
    """Run the DAG for the nights in one process; each night's files are delivered before it."""
    folder = home.root / "airflow"
    folder.mkdir(exist_ok=True)
    env = os.environ | {
        "IGWATCH_HOME": str(home.root), "IGWATCH_SETTLE_SECONDS": "0", "AIRFLOW_HOME": str(folder),
        "IGWATCH_MEMORY_LIMIT": SETTINGS.memory_limit, "IGWATCH_THREADS": str(SETTINGS.threads),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    told = []
    with subprocess.Popen(
        [sys.executable, "-m", "dags.nights", str(folder / "airflow.log"), *dates],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env,
    ) as process:
        for date in dates:
            for name, content in NIGHTS[date].items():
                deliver(home, "north", name, content)
            process.stdin.write("next\n")
            process.stdin.flush()
            told.append(process.stdout.readline().split())
    return told


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("flown"))
    (home.facility / "north.yaml").write_text("exposure_feed: complete\n")
    told = airflow(home, *NIGHTS)
    log = (home.root / "airflow" / "airflow.log").read_text()
    assert [line[1] for line in told] == ["success"] * len(NIGHTS), log[-3000:]
    return home


def test_a_night_without_files_runs_too(flown):
    assert ask(flown, "SELECT as_of::VARCHAR, to_status FROM flag.transition ORDER BY 1") == [
        ("2024-01-20", "candidate"), ("2024-05-01", "persistent")]


def test_it_gives_the_same_tables_as_the_command_line(flown, tmp_path):
    home = new_home(tmp_path)
    (home.facility / "north.yaml").write_text("exposure_feed: complete\n")
    for as_of, files in NIGHTS.items():
        for name, content in files.items():
            delivered = deliver(home, "north", name, content)
            stat = (flown.inbox / "north" / name).stat()
            os.utime(delivered, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        night(home, as_of)
    assert contents(home) == contents(flown)


def test_the_data_interval_was_empty_and_still_everything_was_read(flown):
    """Airflow 3 gives a cron DAG an interval of no width: what is new must not depend on it."""
    import sqlite3

    with sqlite3.connect(flown.root / "airflow" / "airflow.db") as con:
        widths = con.execute("SELECT DISTINCT data_interval_start = data_interval_end FROM dag_run "
                             "WHERE dag_id = 'igwatch_nightly'").fetchall()
    assert widths in ([(1,)], [(None,)])
    assert ask(flown, "SELECT count(*) FROM core.measurement") == [(6,)]


def test_no_identifier_name_or_result_is_in_a_log_an_xcom_or_a_quality_table(flown):
    """Seeded strings are looked for in every byte Airflow and the quality catalogue wrote."""
    watched = [flown.root / "airflow", flown.quality_catalogue, flown.live.resolve() / "quality",
               *flown.reports.glob("*quality*")]
    files = [f for path in watched for f in ([path] if path.is_file() else path.rglob("*"))
             if f.is_file()]
    assert any(f.name == "airflow.db" for f in files)
    seeds = [NAME, PATIENT, BORN, "19890105", "0.2137", "0.1913"]
    found = [(f.name, seed) for f in files for seed in seeds
             if seed.encode() in f.read_bytes()]
    assert found == []
    named = [str(p) for p in flown.root.rglob("*") if flown.inbox not in p.parents
             and (NAME in p.name or PATIENT in p.name)]
    assert named == []


def test_every_dag_is_read_without_a_fault(tmp_path):
    done = subprocess.run(
        [shutil.which("airflow", path=str(Path(sys.executable).parent)), "dags", "list", "-o", "json"],
        capture_output=True, text=True, check=True,
        env=os.environ | {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                          "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
                          "IGWATCH_HOME": str(home_at(tmp_path).root)},
    )
    listed = json.loads(done.stdout[done.stdout.index("["):])
    assert {dag["dag_id"] for dag in listed} == {"igwatch_nightly", "igwatch_replay",
                                                "igwatch_compact"}
