"""docs/runbook.md: every box of commands is run as it stands, in the story of one home.

`make test-runbook`. Each box must end well; what it is to bring about is looked at as well.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from igwatch.site.home import Home, home_at
from tests.home import ask, contents, deliver
from tests.igwatch.decision.forgetting_home import traces
from tests.igwatch.decision.test_release import contradicted, file
from tests.transforms.parse.facility.test_own_rules import SIGNED, written

pytestmark = pytest.mark.heavy
ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
COMMANDS = """
igwatch() { "$ROOT/.venv/bin/python" -m igwatch "$@"; }
make() { if [ "$1" = setup ]; then command make -C "$ROOT" setup; else command make "$@"; fi; }
"""
MERGED = "assigning_authority,retired_id,surviving_id,merged_at\nLAB,P21,P20,2024-01-22\n"


def boxes() -> dict[str, list[str]]:
    """The boxes of commands by the heading they stand under."""
    parts = re.split(r"^## (.+)$", RUNBOOK, flags=re.M)[1:]
    found = {name: re.findall(r"```sh\n(.*?)```", text, re.S) for name, text in zip(parts[::2], parts[1::2], strict=True)}  # fmt: skip
    return {name: blocks for name, blocks in found.items() if blocks}


class Story:
    """One home through the boxes; `do` runs those of a heading that were not run yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home: Home = home_at(folder / "home")
        self.left = boxes()
        shutil.copy(ROOT / "Makefile", folder)
        shutil.copytree(ROOT / "deploy", folder / "deploy")
        self.key = folder / "key"
        self.key.write_bytes(b"a key of the site, 32 bytes long")

    def do(self, heading: str, **given: str) -> str:
        """What the next box says; it ends well."""
        script = self.left[heading].pop(0).replace("/srv/igwatch", str(self.home.root))
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", COMMANDS + script],
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=600,
            env=os.environ
            | {
                "ROOT": str(ROOT),
                "PYTHONPATH": str(ROOT),
                "IGWATCH_HOME": str(self.home.root),
                "IGWATCH_SETTLE_SECONDS": "0",
                "IGWATCH_PSEUDONYM_KEY_FILE": str(self.key),
            }
            | given,
        )
        assert done.returncode == 0, f"{heading}:\n{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict:
    """The story; what each part of it showed."""
    story, seen = Story(tmp_path_factory.mktemp("runbook")), {}
    home = story.home
    (story.folder / "first.csv").write_text(file("ann"))
    seen["install"] = story.do("Install")
    seen["chain"] = story.do("Does everything add up?")

    deliver(home, "north", "second.csv", contradicted(20))
    deliver(home, "south", "first.csv", file("cem"))
    seen["withheld"] = story.do("A delivery was withheld, or a unit was swapped")
    seen["without"] = patients(home)
    deliver(home, "south", "merges.csv", MERGED)
    seen["released"] = story.do("A delivery was withheld, or a unit was swapped")
    seen["joined"] = patients(home)

    seen["parted"] = story.do("A wrong merge")
    seen["apart"] = patients(home)

    seen["backed up"] = story.do("Back up and restore")
    night = json.loads((home.status / "run.json").read_text())["as_of"]
    restored = home_at(story.folder / "restored")
    given = {"RESTORED": str(restored.root), "LAST_NIGHT": night}
    seen["restored"] = story.do("Back up and restore", **given)
    seen["same"] = contents(restored) == contents(home)

    written(story.folder, SIGNED)
    deliver(home, "north", "third.csv", file("NG-1007"))
    seen["rule"] = story.do("A rule was changed")
    seen["rules"] = ask(home, "SELECT DISTINCT rule_version FROM flag.patient_flag ORDER BY 1")

    seen["silent"] = story.do("A feed went silent")
    seen["full"] = story.do("The disk is full")
    seen["upgrade"] = story.do("Upgrade")
    live = home.live.resolve().name
    seen["rolled back"] = story.do("Upgrade")
    seen["earlier"] = home.live.resolve().name != live
    seen["before"] = traces(home, ("NG-1007",))
    seen["forgotten"] = story.do("Somebody asks to be forgotten")
    seen["after"] = traces(home, ("NG-1007",))
    seen["machines"] = story.do("Moving to many machines")
    seen["left"] = {name: blocks for name, blocks in story.left.items() if blocks}
    return seen


def patients(home: Home) -> list[str]:
    return [p for (p,) in ask(home, "SELECT patient_id FROM flag.patient_flag ORDER BY 1")]


def test_every_box_of_the_runbook_was_run(told):
    assert told["left"] == {}


def test_the_ledgers_chain_is_walked_without_igwatch(told):
    assert told["chain"] == "the chain of the ledger holds\n"


def test_a_withheld_batch_is_told_and_let_through_by_name(told):
    assert "north" in told["withheld"]
    assert told["without"] == ["ann", "cem"]
    assert {"P20", "P27"} <= set(told["joined"])
    assert "P29" not in told["joined"], (
        "its flag says the opposite, whoever lets the delivery through"
    )


def test_a_wrong_merge_is_undone_in_all_history(told):
    assert "P21" not in told["joined"]
    assert "P21" in told["apart"]


def test_a_restored_home_publishes_the_same_tables(told):
    assert told["same"]


def test_a_rule_of_a_facility_judges_all_history(told):
    assert any("north" in version for (version,) in told["rules"])


def test_a_silent_feed_is_seen(told):
    assert 'igwatch_silent_days{facility="north"}' in told["silent"]


def test_room_is_made_without_losing_what_landed(told):
    assert "source files packed" in told["full"]


def test_an_upgrade_can_be_taken_back(told):
    assert told["earlier"]


def test_somebody_is_forgotten_and_everything_adds_up(told):
    assert "NG-1007" not in told["forgotten"], "what cron mails names nobody"
    assert "Would be removed" in told["forgotten"]
    assert {name.split("/")[0] for name, _ in told["before"]} >= {"archive", "inbox", "raw"}
    assert told["after"] == set()


def test_a_home_is_ready_for_many_machines(told):
    assert "IGWATCH_UID=" in told["machines"]
