"""What a night came to, for machines that watch: one JSON line and a Prometheus text file."""

import json
import re
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from igwatch.night.metrics import HELP, prometheus
from tests.home import RESULTS_HEADER, deliver, new_home, night

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).resolve().parents[3]
LABEL = r'[a-z]+="[^"\\\n]+"'
LINE = re.compile(rf"^igwatch_[a-z_]+(\{{{LABEL}(,{LABEL})*\}})? -?\d+(\.\d+)?(e-?\d+)?$")
PATIENT = "IDENT7391846"


def row(day: str, value: str) -> str:
    return f"{PATIENT},N,1989-01-05,F,,,serum,{day},{day},2472-9,LN,IgM,{value},g/L,,,F,,"


def delivered(home, name: str, *rows: str) -> None:
    deliver(home, "north", name, "\n".join([RESULTS_HEADER, *rows, ""]))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("summary"))
    delivered(home, "a.csv", row("2024-01-10", "0.2"), row("2024-01-11", "0.2173914"))
    night(home, "2024-01-20")
    delivered(home, "b.csv", row("2024-02-10", "0.2"), row("never", "0.2"))
    deliver(home, "north", "scan.pdf", b"%PDF")
    night(home, "2024-02-20")
    return home


@pytest.fixture(scope="module")
def told(home) -> dict:
    (line,) = (home.status / "run.json").read_text().splitlines()
    return json.loads(line)


def test_what_was_new_is_counted_and_what_was_not_taken_is_aged(told):
    counted = ("files", "rows", "held_rows", "withheld_facilities", "vanished_inboxes")
    assert [told[name] for name in counted] == [1, 2, 1, 0, 0]
    assert told["unprocessed_files"] == 1, "a PDF is nobody's result"
    assert 0 <= told["oldest_unprocessed_seconds"] < 600
    assert told["silent_days"] == {"north": 10}
    assert told["as_of"] == "2024-02-20"
    assert told["rows_per_second"] > 0
    assert abs(told["last_success_timestamp_seconds"] - time.time()) < 600


def test_every_step_has_its_seconds(told):
    steps = {"land", "build", "course", "check", "publish", "report"}
    assert steps <= set(told["step_seconds"])
    assert all(seconds >= 0 for seconds in told["step_seconds"].values())


def test_prometheus_can_read_every_measure(home, told):
    text = (home.status / "exact" / "igwatch.prom").read_text()
    assert text == prometheus(told)
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in samples if not LINE.match(line)] == []
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} == {
        f"igwatch_{name}" for name in HELP
    }


def test_what_the_homes_group_reads_counts_nobody(home):
    """One result more, one flag, one urgent child: the file that others read is the same."""
    text = (home.status / "igwatch.prom").read_text()
    shown = {re.split(r"[ {]", line)[0] for line in text.splitlines() if line[0] != "#"}
    assert shown == {
        f"igwatch_{name}"
        for name in (
            *("withheld_facilities", "vanished_inboxes", "oldest_unprocessed_seconds"),
            *("last_success_timestamp_seconds", "step_seconds", "silent_days"),
            *("clinics_without_folder", "alarm_command_set", "canaries_not_proven"),
        )
    }
    assert "igwatch_oldest_unprocessed_seconds 3600" in text, "to the hour, and never 0 for one"
    assert mode(home.status / "igwatch.prom") == 0o640
    assert mode(home.status / "exact") == 0o700
    assert mode(home.status / "exact" / "igwatch.prom") == 0o600


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_is_named(home):
    text = "".join(path.read_text() for path in home.status.rglob("*") if path.is_file())
    assert not any(word in text for word in (PATIENT, "1989", "0.2173914", "scan.pdf", "a.csv"))


def test_a_vanished_inbox_is_an_alarm_of_igwatch_run_too(home, tmp_path):
    copied = new_home(tmp_path)
    shutil.copytree(home.root, copied.root, dirs_exist_ok=True, symlinks=True)
    shutil.rmtree(copied.inbox / "north")
    done = subprocess.run(
        [sys.executable, "-m", "igwatch", "run", "--home", str(copied.root), "--as-of", "2024-02-20"],
        capture_output=True, text=True, cwd=ROOT, timeout=240,
        env={"PATH": "/usr/bin:/bin", "IGWATCH_ALARM_COMMAND": f"tee {tmp_path / 'alarm.txt'}"},
    )  # fmt: skip
    said = "the inbox of north has vanished: is the share mounted? The night was published"
    assert done.returncode == 1
    assert said in done.stderr
    assert said in (tmp_path / "alarm.txt").read_text()
    assert json.loads((copied.status / "run.json").read_text())["vanished_inboxes"] == 1
