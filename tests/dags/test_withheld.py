"""A night of the DAG over a feed with broken settings and one with a dead link: it succeeds, told."""

import json

import pytest

from tests.dags.flight import flight
from tests.dags.test_nightly import results
from tests.home import ask, deliver, new_home

pytestmark = pytest.mark.heavy

PRIVATE = "Zzyzzwick"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("withheld"))
    for name in ("north", "south"):
        deliver(home, name, "a.csv", results(("2024-01-10", "0.2137")))
    (home.inbox / "north" / f"{PRIVATE}.csv").symlink_to(home.inbox / "nothing.csv")
    (home.facility / "south.yaml").write_text('zone: "?"\n')
    with flight(home, "2024-01-20") as nights:
        state = nights.night()
    assert state == "success", (home.root / "airflow" / "airflow.log").read_text()[-3000:]
    return home


def test_the_others_went_through(home):
    assert ask(home, "SELECT facility, count(*) FROM core.measurement GROUP BY ALL") == [
        ("north", 3)
    ]


def test_what_was_withheld_is_told(home):
    lines = [
        "north: inbox/north, 1 file: is a link to nothing: deliver the file itself",
        'south: south.yaml, line 1: key zone: not answered yet; write the answer in place of "?", '
        "or take the line out",
    ]
    alarms = (home.root / "alarm.txt").read_text()
    assert all(f"withheld: {line}" in alarms for line in lines)
    told = json.loads((home.status / "run.json").read_text())["faults"]
    assert [f"{fault['facility']}: {fault['text']}" for fault in told] == lines


def test_no_log_names_the_delivered_file(home):
    logs = [path for path in (home.root / "airflow").rglob("*.log") if path.is_file()]
    assert logs
    assert not any(PRIVATE in path.read_text(errors="replace") for path in logs)
