"""Every key that a table can hold has its words, and no word holds a clinical number."""

import csv
import re
from pathlib import Path

import pytest

from reports.wording import wording, wordings

KNOWLEDGE = Path(__file__).resolve().parents[2] / "transforms" / "knowledge"
STATES = {
    "candidate",
    "repeat_due",
    "repeat_overdue",
    "persistent",
    "definite_pattern",
    "resolved",
    "indeterminate",
    "excluded_secondary",
    "not_selective",
    "not_higm_pattern",
    "not_assessable",
    "no_evidence",
}
CLASSES = {
    "very_low",
    "low",
    "borderline_low",
    "normal",
    "borderline_high",
    "high",
    "censored_unresolved",
    "not_classed",
}
# Names that hold a figure: the fifth is the antigen, the others are isotypes and a protein
NAMES = re.compile(r"IgG[1-4]|CD40|alpha-1-antitrypsin")


def keys_of(file: str, column: str) -> set[str]:
    with (KNOWLEDGE / file).open(encoding="utf-8", newline="") as rows:
        return {row[column] for row in csv.DictReader(rows) if row[column]}


# "resolved" has its section for a while; the last two only lead another action in
NEVER_ALONE = {"resolved", "electrophoresis_first", "paraprotein_workup"}


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("status", STATES),
        ("class", CLASSES),
        ("mark", CLASSES),
        ("rule", {"hyper_igm", "selective_igm_deficiency"}),
        ("grade", {"strong", "compatible", "complete", "partial"}),
        ("verdict", keys_of("verdict.csv", "verdict")),
        ("since", {"state", "severity", "result", "time"}),
        ("severity", {"immediate", "high", "raised", "paraprotein_workup"}),
        ("section_of", keys_of("action.csv", "ask") - NEVER_ALONE),
        ("route", keys_of("route.csv", "route")),
        ("look", keys_of("route.csv", "route")),
        ("missing", keys_of("missing.csv", "missing")),
        ("effect", keys_of("exposure.csv", "effect")),
        ("analyte", keys_of("analyte.csv", "analyte")),
        ("asks", keys_of("measuring.csv", "asks")),
        ("wait", keys_of("waiting_horizon.csv", "wait")),
    ],
)
def test_every_key_has_its_word(kind, keys):
    assert keys - wordings()[kind].keys() == set()


def test_what_would_settle_it_names_reasons_that_exist():
    own = {"time", "other"}
    assert wordings()["settle"].keys() - own <= keys_of("course_reason.csv", "reason_code")


def test_no_word_holds_a_clinical_number():
    texts = [text for by_key in wordings().values() for text in by_key.values()]
    assert [text for text in texts if re.search(r"\d", NAMES.sub("", text))] == []


def test_a_key_that_nobody_worded_shows_as_itself():
    assert wording("route", "route_new_idea") == "new idea"
    assert wording("status", None) == ""
    assert wording("mark", "normal") == ""
