"""A whole night by `igwatch run`: what is flagged, what is held, what adds up, what stays the same."""

import json
import os
import stat
import subprocess
import sys
from datetime import date

import pytest

from igwatch.inquiry.rebuild import states_as_of
from igwatch.inquiry.verify import verify_home
from igwatch.night.compact import compact_home
from igwatch.night.pipeline import land
from tests.home import RESULTS_HEADER, SETTINGS, ask, contents, deliver, new_home, night
from tests.igwatch.command_line import command
from tests.igwatch.nights import quick_night

LOW = "ann,NORTH,1989-01-05,F,{order},,serum,{day},,{code},LN,{name},{value},{unit},,,{status},,\n"
CODES = {"IgG": "2465-3", "IgA": "2458-8", "IgM": "2472-9"}


def panel(day: str, igm: str, unit: str = "g/L", status: str = "F", order: str = "") -> str:
    values = {"IgG": ("9.1", "g/L"), "IgA": ("1.4", "g/L"), "IgM": (igm, unit)}
    return "".join(
        LOW.format(
            day=day, code=CODES[name], name=name, value=value, unit=of, status=status, order=order
        )
        for name, (value, of) in values.items()
    )


def results(*panels: str) -> str:
    return RESULTS_HEADER + "\n" + "".join(panels)


@pytest.fixture
def home(tmp_path):
    return new_home(tmp_path)


def states(home) -> list[tuple]:
    return ask(home, "SELECT rule_id, status FROM flag.patient_flag ORDER BY ALL")


@pytest.mark.heavy
def test_a_first_low_igm_becomes_persistent_and_each_change_is_kept(home):
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    night(home, "2024-01-20")
    assert states(home) == [("selective_igm_deficiency", "candidate")]
    assert ask(home, "SELECT DISTINCT data_to::VARCHAR FROM core.measurement") == [
        ("2024-01-10 00:00:00",)
    ]
    night(home, "2024-04-15")
    deliver(home, "north", "b.csv", results(panel("2024-04-20", "0.19")))
    night(home, "2024-05-01")
    assert ask(
        home, "SELECT as_of::VARCHAR, from_status, to_status FROM flag.transition ORDER BY as_of"
    ) == [
        ("2024-01-20", None, "candidate"),
        ("2024-04-15", "candidate", "repeat_due"),
        ("2024-05-01", "repeat_due", "persistent"),
    ]


@pytest.mark.heavy
def test_the_same_night_twice_gives_identical_tables(home):
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    first = night(home, "2024-01-20").generation.run_id, contents(home)
    second = night(home, "2024-01-20").generation.run_id, contents(home)
    assert first == second


@pytest.mark.heavy
def test_the_same_file_twice_is_one_file(home):
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    deliver(home, "north", "again.csv", results(panel("2024-01-10", "0.21")))
    assert [land(home, SETTINGS).n_new for _ in range(2)] == [1, 0]
    quick_night(home, "2024-01-21")
    assert ask(home, "SELECT count(*) FROM core.measurement") == [(3,)]


@pytest.mark.heavy
def test_a_correction_withdraws_the_flag(home):
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.05", order="X1")))
    quick_night(home, "2024-01-20")
    deliver(home, "north", "b.csv", results(panel("2024-01-10", "0.95", status="C", order="X1")))
    quick_night(home, "2024-01-21")
    assert states(home) == []
    assert ask(home, "SELECT to_status FROM flag.transition ORDER BY as_of") == [
        ("candidate",),
        ("no_evidence",),
    ]


@pytest.mark.heavy
def test_results_collected_later_than_the_clock_are_not_seen(home):
    deliver(
        home, "north", "a.csv", results(panel("2024-01-10", "0.21"), panel("2024-04-20", "0.2"))
    )
    quick_night(home, "2024-02-01")
    assert states(home) == [("selective_igm_deficiency", "candidate")]


@pytest.mark.heavy
def test_a_past_date_can_be_asked_without_publishing_it(home):
    deliver(
        home, "north", "a.csv", results(panel("2024-01-10", "0.21"), panel("2024-04-20", "0.2"))
    )
    live = quick_night(home, "2024-05-01")
    assert states_as_of(home, SETTINGS, date(2024, 2, 1)) == {
        "selective_igm_deficiency candidate": 1
    }
    assert ask(home, "SELECT DISTINCT run_id FROM flag.patient_flag") == [(live,)]
    assert list(home.work.iterdir()) == []


BAD = {
    "unreadable.csv": b"\x00\x01\x02\x03 not a table \xff\xfe\x00",
    "bad-row.csv": results(panel("2024-01-10", "0.9")) + "too,few,fields\n",
    "broken.hl7": "MSH|^~\\&|LAB|NORTH|||20240110||ORU^R01|1|P|2.5.1\rPID|1||\r"
    "OBR|1||A9\rOBX|1|NM|2472-9^IgM^LN||0.3|g/L|||||F\r",
}


@pytest.mark.heavy
def test_what_cannot_be_read_is_held_and_the_rest_goes_through(home):
    deliver(home, "north", "good.csv", results(panel("2024-01-10", "0.21")))
    for name, content in BAD.items():
        deliver(home, "south", name, content)
    done = night(home, "2024-01-20")
    assert states(home) == [("selective_igm_deficiency", "candidate")]
    held = {
        (r["unit"], r["facility"]): r["n"]
        for r in done.conservation
        if r["outcome"] == "quarantined" and r["n"]
    }
    assert held[("file", "south")] == 1
    assert held[("message", "south")] == 1
    assert held[("result", "south")] == 2
    assert not any(verify_home(home, SETTINGS, lambda step: None)["checks"].values())


@pytest.mark.heavy
def test_everything_read_is_in_one_place(home):
    deliver(
        home,
        "north",
        "a.csv",
        results(
            panel("2024-01-10", "0.21"),
            panel("2024-02-10", "0.3", unit="furlong"),
            panel("2024-03-10", "haemolysed"),
            LOW.format(
                day="2024-01-10",
                code="718-7",
                name="Haemoglobin",
                value="130",
                unit="g/L",
                status="F",
                order="",
            ),
        ),
    )
    sums = {
        r["outcome"]: r["n"]
        for r in night(home, "2024-04-01").conservation
        if r["unit"] == "result"
    }
    assert (sums["read"], sums["measured"], sums["unusable"], sums["not_immunoglobulin"]) == (
        10,
        7,
        2,
        1,
    )


@pytest.mark.heavy
def test_files_are_the_owners_alone_but_for_the_quality_tables(home):
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    night(home, "2024-01-20")
    files = [
        path
        for path in home.root.rglob("*")
        if path.is_file() and not path.is_symlink() and home.inbox not in path.parents
    ]
    assert [p.name for p in files if p.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP)] == []
    readable = {str(p.relative_to(home.root)) for p in files if p.stat().st_mode & stat.S_IRGRP}
    assert "quality.duckdb" in readable
    others = [name for name in readable if "quality" not in name]
    assert others == ["status/igwatch.prom"], "counts of a night, for node_exporter"


def in_a_process_of_its_own(home, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "igwatch", *words, "--home", str(home.root)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"IGWATCH_SETTLE_SECONDS": "0", "COLUMNS": "200"},
    )


@pytest.mark.heavy
def test_the_command_line_tells_who_is_flagged_and_why(home):
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    deliver(home, "north", "ward 3/4471121.pdf", b"a letter")  # what is kept names no file
    done = in_a_process_of_its_own(home, "run", "--as-of", "2024-01-20")
    assert done.returncode == 0, done.stderr
    assert "not taken: inbox/north/…: " in done.stdout
    assert "4471121" not in done.stdout + done.stderr
    assert "Selective low IgM" in done.stdout
    assert "candidate" in done.stdout
    told = json.loads(command(home, "explain", "ann", "--json").stdout)
    assert told["flags"][0]["status"] == "candidate"
    assert [r["class"] for r in told["results"]] == ["normal", "normal", "low"]


@pytest.mark.heavy
def test_the_only_feed_withheld_on_its_first_night_is_told_with_the_true_reason(home):
    (home.facility / "north.yaml").write_text("zoone: Europe/London\n")
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    done = command(home, "run", "--as-of", "2024-01-20")
    assert done.returncode == 3, done.stderr
    assert "withheld: north: north.yaml, line 1: key zoone: not a known key" in done.stdout
    assert "Traceback" not in done.stderr
    assert ask(home, "FROM core.measurement") == []


def test_a_home_without_any_file_is_told_and_is_not_green(home):
    done = command(home, "run", "--as-of", "2024-01-20")
    assert done.returncode == 1
    assert "nothing has landed yet" in done.stderr


def test_wrong_usage_is_exit_2(home):
    assert command(home, "run", "--as-of", "yesterday").returncode == 2


@pytest.mark.heavy
def test_compaction_keeps_the_last_nights_and_the_page_of_checks(home):
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    for as_of in ("2024-01-20", "2024-01-21", "2024-01-22"):
        night(home, as_of)
    compact_home(home, SETTINGS.model_copy(update={"keep_generations": 2}))
    assert len(list(home.generations.glob("2*"))) == 2
    nights = {path.name[:10] for path in home.reports.glob("2*")}
    assert nights == {"2024-01-21", "2024-01-22"}
    assert (home.reports / "checks" / "index.html").is_file()
