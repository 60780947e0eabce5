"""What commands print of a feed whose every text is hostile, and what a night leaves lying about."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import pytest

from igwatch.site.home import home_at
from igwatch.site.person import person
from tests.home import EXPOSURES_HEADER, RESULTS_HEADER, deliver, new_home
from tests.igwatch.command_line import command

pytestmark = pytest.mark.heavy

ESCAPE, OF_C1, TO_THE_LEFT = "\x1b[31m", "\x9b", "\u202e"
BAD = f"x{OF_C1}y{TO_THE_LEFT}z{ESCAPE}"
PATIENT, NIGHT = "P7391846", "2024-05-20"


MEASURED = {"2472-9": ("IgM", "0.2"), "2465-3": ("IgG", "9.1"), "2458-8": ("IgA", "1.4")}


def results() -> str:
    """A low IgM twice, a result that nobody maps, one that is refused."""
    who = f"{PATIENT},N,1989-01-05,F,{BAD},,serum"
    rows = [
        f"{who},{day},{day},{code},LN,{name},{value},g/L,,,F,lab{BAD},"
        for day in ("2024-01-10", "2024-03-10")
        for code, (name, value) in MEASURED.items()
    ]
    rows.append(f"{who},2024-03-11,,L{BAD},L,IgM{BAD},0.2,g/L,,,F,,")
    rows.append(f",N,,F,,,serum,when{BAD},,2472-9,LN,IgM{BAD},0.2,g/L,,,F,,")
    return "\n".join([RESULTS_HEADER, *rows, ""])


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Commands that read what was sent, for a person and for a script."""
    home = new_home(tmp_path_factory.mktemp("hostile"))
    deliver(home, "north", "first.csv", results())
    exposure = f"{PATIENT},N,medication,X{BAD},ATC,drug{BAD},2024-01-02,"
    deliver(home, "north", "exposures.csv", f"{EXPOSURES_HEADER}\n{exposure}\n")
    deliver(home, "north", "scan\x1b[31m.pdf", b"%PDF")
    before = set(Path(tempfile.gettempdir()).glob("openpyxl*"))
    asked = {
        "run": ("run", "--as-of", NIGHT),
        "explain": ("explain", PATIENT, "--why", "the ward telephoned"),
        "explain --json": ("explain", PATIENT, "--json"),
        "replay --json": ("replay", "--as-of", NIGHT, "--json"),
        "quarantine list --json": ("quarantine", "list", "--json"),
        "unmapped": ("unmapped",),
        "unmapped --json": ("unmapped", "--exposures", "--json"),
        "access --json": ("access", PATIENT, "--json"),
    }
    said = {name: command(home, *words) for name, words in asked.items()}
    left = set(Path(tempfile.gettempdir()).glob("openpyxl*")) - before
    return home, said, left


def test_no_sign_of_a_feed_reaches_a_terminal_or_a_script(told):
    _, said, _ = told
    for name, done in said.items():
        text = done.stdout + done.stderr
        assert done.returncode in (0, 3), (name, text[:400])
        obeyed = {sign for sign in text if not sign.isprintable() and sign != "\n"}
        assert obeyed == set(), name
        if name.endswith("--json"):
            of_texts = json.dumps(json.loads(done.stdout), ensure_ascii=True)
            assert "\\u001b" not in of_texts, name
            assert "\\u009b" not in of_texts, name
            assert "\\u202e" not in of_texts, name


def test_the_hostile_texts_were_printed_at_all(told):
    _, said, _ = told
    assert "not taken: inbox/north/…: " in said["run"].stdout, "its name is for a terminal"
    for name in ("explain", "explain --json", "unmapped --json"):
        shown = said[name].stdout.replace("\\\\x", "\\x")
        assert r"\x1b" in shown, name


def test_patients_are_named_only_when_asked_for_where_this_is_no_terminal(told):
    _, said, _ = told
    assert "repeat" in said["run"].stdout, "somebody is flagged"
    assert json.loads(said["replay --json"].stdout)["flags"]
    for name in ("run", "replay --json"):
        assert PATIENT not in said[name].stdout + said[name].stderr, name
        assert "--show-patients" in said[name].stderr


def test_who_looked_at_a_patient_is_listed(told):
    home, said, _ = told
    listed = json.loads(said["access --json"].stdout)
    assert [(row["command"], row["about"], row["why"]) for row in listed] == [
        ("explain", "this patient", "the ward telephoned"),
        ("explain", "this patient", None),
        ("replay", "everybody", None),
    ]
    assert {row["who"] for row in listed} == {person()}
    kept = (home.ledger / "access.jsonl").read_text()
    assert PATIENT not in kept
    assert command(home, "access", "another").stdout.count("explain") == 0


def test_nothing_is_left_when_a_night_is_over(told):
    home, _, left = told
    # digests, counts of checks, and what became of invented patients
    kept = {home.verdicts, home.work / "proof.json"}
    assert set(home.work.iterdir()) - kept == set()
    assert left == set()
    assert not list(home.root.glob("*.tmp"))


def test_a_read_only_home_answers_and_says_that_nobody_noted_who_looked(told, tmp_path):
    home, _, _ = told
    closed = tmp_path / "read_only"
    closed.mkdir()
    for words in (("--bind", str(home.root)), ("-o", "remount,bind,ro")):
        subprocess.run(["mount", *words, str(closed)], check=True)
    try:
        done = command(home_at(closed), "explain", PATIENT)
    finally:
        subprocess.run(["umount", str(closed)], check=True)
    assert done.returncode == 0, done.stderr
    assert PATIENT in done.stdout
    assert "that you looked could not be noted (Read-only file system)" in done.stderr
