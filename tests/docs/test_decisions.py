"""The decisions: each has a date and a status, all are in the index, and what they name still exists."""

import re
from pathlib import Path

import pytest

from igwatch.base.paths import MODELS

FOLDER = Path("docs/decisions")
DECISIONS = sorted(FOLDER.glob("0*.md"))
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")
HEAD = re.compile(
    r"# (?P<number>\d+)\. (?P<title>[^\n]+)\n\n"
    r"Date: (?P<date>\d{4}-\d\d-\d\d)\. "
    r"Status: (?P<status>accepted|superseded by \[\d+\]\((?P<by>[^)]+)\))\.\n\n"
)
SCHEMAS = {folder.name for folder in MODELS.iterdir()}
TABLE = re.compile(rf"`((?:{'|'.join(sorted(SCHEMAS))})\.[a-z_]+)")


@pytest.mark.parametrize("file", DECISIONS, ids=lambda file: file.stem)
def test_a_decision_has_its_number_a_date_and_a_status_and_stands_in_the_index(file):
    head = HEAD.match(file.read_text(encoding="utf-8"))
    assert head, "the head is: # N. title, then Date: YYYY-MM-DD. Status: accepted."
    assert int(head["number"]) == int(file.name[:4])
    assert head["by"] is None or (FOLDER / head["by"]).exists()
    row = (
        f"| [{head['number']}]({file.name}) | {head['title']} | {head['date']} | {head['status']} |"
    )
    assert row in INDEX.splitlines()


def test_the_index_has_no_row_of_a_decision_that_is_gone():
    listed = re.findall(r"^\| \[\d+\]\(([^)]+)\)", INDEX, re.MULTILINE)
    assert listed == [file.name for file in DECISIONS]


@pytest.mark.parametrize("file", DECISIONS, ids=lambda file: file.stem)
def test_the_models_that_a_standing_decision_names_exist(file):
    text = file.read_text(encoding="utf-8")
    if "Status: superseded" in text:
        return
    written = {f"{model.parent.name}.{model.stem}" for model in MODELS.glob("*/*.sql")}
    by_the_fold = {"flag.standing", "flag.step", "quality.check_result"}
    named = {".".join(name.split(".")[:2]) for name in TABLE.findall(text)}
    assert named <= written | by_the_fold
