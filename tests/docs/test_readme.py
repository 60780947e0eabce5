"""README.md: its tree and figures; the commands for a site's own feeds, run as they stand."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from datetime import date

import pytest

from igwatch.site.home import Home, home_at
from samples.cast import NIGHTS
from samples.data_file import rows
from tests.docs.page import FOLDERS, ROOT, SPAN, page, pages
from tests.home import deliver
from tests.igwatch.decision.test_release import contradicted, file

README = page("README.md")
OWN_FEEDS = "On your own feeds"
WITHHELD = 3
GIVEN = {"FILE": "sample.csv", "NAME": "south", "PATIENT_ID": "ann", "DATE": "2024-01-21"}
# a file without times of report is of the day on which it came
GIVEN |= {"SITE": "here", "YYYY-MM": f"{date.today():%Y-%m}"}
GIVEN |= {"FACILITY": "north", "TEXT": "confirmed", "PATIENT": "ann", "F": "north"}
ASKED = [SPAN.findall(row[0])[0] for row in README.section("What you can ask").tables()[0][1:]]


def test_a_figure_stands_beside_the_command_that_gives_it():
    (table,) = README.section("How fast, how sure").tables()
    assert [row[0] for row in table[1:] if not SPAN.match(row[2])] == []
    assert all(SPAN.findall(row[2])[0].startswith("make ") for row in table[1:])


def test_the_tree_shows_the_folders_and_rooms_that_there_are():
    tree = README.boxes("")[-1]
    shown, top = set(), ""
    for line in tree.splitlines():
        indent, name = re.match(r"( *)(\w+)/", line).groups()
        top = name if not indent else top
        shown.add(f"{top}/{name}" if indent else name)
    assert {path for path in shown if not (ROOT / path).is_dir()} == set()
    assert shown >= set(FOLDERS) - {"docs"}
    assert shown >= {f"igwatch/{room}" for room in rooms("igwatch")}
    assert shown >= {f"transforms/{room}" for room in rooms("transforms")} | {"transforms/models"}
    for room in rooms("transforms/parse"):
        assert re.search(rf"parse/ .*\b{room}\b", tree), room


def rooms(folder: str) -> set[str]:
    """The folders with modules in a folder."""
    return {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")}


def test_the_demonstration_is_as_the_page_says():
    assert len(NIGHTS) + 1 == 7
    assert "plays seven nights" in README.text
    (patient,) = re.findall(r"igwatch explain (\w+) --home var/demo", README.text)
    assert patient in {row["patient_id"] for row in [*rows("cast"), *rows("placement")]}


def run(line: str, home: Home) -> subprocess.CompletedProcess:
    """One line of the page in a shell of this folder, with what it leaves open put in."""
    for word, value in {**GIVEN, "/srv/igwatch": str(home.root)}.items():
        line = re.sub(rf"(?<!\w){re.escape(word)}\b", value, line)
    program = shlex.quote(str(ROOT / ".venv/bin/python")) + " -m igwatch"
    line = re.sub(r"^(\.venv/bin/)?igwatch", program, line)
    key = home.root.parent / "key"
    key.write_text("a key for this test alone", encoding="utf-8")
    given = {"IGWATCH_HOME": str(home.root), "IGWATCH_SETTLE_SECONDS": "0"}
    given |= {"IGWATCH_PSEUDONYM_KEY_FILE": str(key)}
    return subprocess.run(
        line,
        shell=True,
        cwd=home.root.parent,
        env=os.environ | given | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """A home with a sample beside it, a published night and a delivery that was withheld."""
    home = home_at(tmp_path_factory.mktemp("readme") / "home").prepare()
    (home.root.parent / "sample.csv").write_text(file("bea"), encoding="utf-8")
    deliver(home, "north", "first.csv", file("ann"))
    assert run("igwatch run --as-of 2024-01-20", home).returncode == 0
    deliver(home, "north", "second.csv", contradicted(20))
    assert run("igwatch run --as-of 2024-01-21", home).returncode == WITHHELD
    return home


@pytest.mark.heavy
def test_the_commands_for_a_site_s_own_feeds_end_well_in_their_order(tmp_path):
    home = home_at(tmp_path / "home").prepare()
    (tmp_path / "sample.csv").write_text(file("bea"), encoding="utf-8")
    deliver(home, "south", "first.csv", file("ann"))
    (box,) = README.section(OWN_FEEDS).boxes("")
    for line in box.splitlines():
        done = run(line, home)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        for draft in home.facility.glob("*.yaml"):  # the answers that the page leaves to a person
            draft.write_text(draft.read_text(encoding="utf-8").replace('"?"', "UTC"))


@pytest.mark.heavy
@pytest.mark.parametrize("line", ASKED)
def test_what_can_be_asked_is_answered(home: Home, line: str):
    done = run(line, home)
    found_something = line == "igwatch doctor" and done.returncode == 1  # of this machine
    assert done.returncode == 0 or found_something, f"{line}\n{done.stdout}\n{done.stderr}"
    assert done.stdout


@pytest.mark.heavy
def test_what_the_pages_say_lies_in_a_home_lies_there(home: Home):
    """What a night writes for others to read: status, reports, the catalogues."""
    pattern = re.compile(r"^(?:<home>/)?((?:status|reports)/[\w./-]+|\w+\.duckdb)$")
    spans = [text for shown in pages() if shown.name != "CHANGELOG.md" for text in shown.spans()]
    named = {found[1] for text in spans if (found := pattern.match(text))}
    ours = {name for name in named if (ROOT / name).exists()}
    assert {"quality.duckdb", "status/run.json", "reports/checks/index.html"} <= named
    assert {name for name in named - ours if not (home.root / name).exists()} == set()
