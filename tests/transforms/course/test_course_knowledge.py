"""The tables the course reads: every cell has a source, a meaning and a use."""

import ast
import csv
import re
from datetime import date
from pathlib import Path

import pytest

from igwatch.base.knowledge import rule_ids
from tests.warehouse_in_memory import core
from transforms.course.parameter import set_version
from transforms.course.told import Told
from transforms.knowledge import KnowledgeError, load_knowledge

ROOT = Path(__file__).resolve().parents[3]
COURSE = ROOT / "transforms" / "course"
FEED = ROOT / "transforms" / "models" / "exposure" / "feed.sql"
SENT = ROOT / "tests" / "data" / "exposure_as_sent.csv"
KNOWLEDGE = {name: table.to_pylist() for name, table in load_knowledge().items()}
MINE = (
    "rule",
    "funnel",
    "next_step",
    "rule_parameter",
    "course_reason",
    "missing",
    "route",
    "exposure",
)
RULE_IDS = set(rule_ids())
EFFECTS = {
    "definite",
    "possible",
    "immunoglobulin_replacement",
    "acute_illness",
    "monoclonal",
    "suspected",
    "screen_negative",
    "spep_negative",
    "known_immunodeficiency",
    "note",
    "unreviewed_drug",
    "unrecognised_drug",
}


def words_in_code() -> set[str]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in COURSE.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


@pytest.mark.parametrize("name", MINE)
def test_every_row_names_a_known_source(name):
    known = {row["source_id"] for row in KNOWLEDGE["source"]}
    assert {row["source_id"] for row in KNOWLEDGE[name]} <= known


def test_nobody_has_signed_who_did_not():
    signatures = ("authored_by", "checked_by", "reviewed_on", "next_review_on")
    for row in KNOWLEDGE["rule_parameter"]:
        assert (row["checked_by"] is None) == (row["reviewed_on"] is None), row["parameter"]
        assert {name for name in signatures if name not in row} == set()


def test_a_parameter_stands_once_and_since_a_version():
    keys = [(row["rule_id"], row["parameter"]) for row in KNOWLEDGE["rule_parameter"]]
    assert len(keys) == len(set(keys))
    assert {rule for rule, _ in keys} <= RULE_IDS | {"*"}
    assert {row["version"] for row in KNOWLEDGE["rule_parameter"]} == {"2026.1", "2026.2"}


def test_a_set_has_the_version_of_its_newest_number():
    assert set_version(["2026.1", "2026.10", "2026.9"]) == "2026.10"
    with pytest.raises(KnowledgeError):
        set_version(["2026.1", "new"])


def test_a_number_that_stands_in_two_tables_is_the_same_in_both():
    washout = [
        row["value"]
        for row in KNOWLEDGE["rule_parameter"]
        if row["parameter"] == "igrt_washout_days"
    ]
    look_backs = {
        row["lookback_days"]
        for row in KNOWLEDGE["exposure"]
        if row["effect"] == "immunoglobulin_replacement"
    }
    assert look_backs == set(washout)


def test_every_reason_code_has_a_sentence_and_every_sentence_a_use():
    sentences = {row["reason_code"] for row in KNOWLEDGE["course_reason"]}
    words = words_in_code() | {"strong_counted", "compatible_counted"}
    # why a feed screens nobody is found in SQL
    words |= set(re.findall(r"'(exposures?_[a-z_]+)'", FEED.read_text(encoding="utf-8")))
    assert sentences <= words
    assert len(sentences) == len(KNOWLEDGE["course_reason"])


def test_a_sentence_names_only_what_its_rule_has():
    filled = {name for name, value in vars(Told).items() if isinstance(value, property)}
    for row in KNOWLEDGE["course_reason"]:
        rules = RULE_IDS if row["rule_id"] == "*" else {row["rule_id"]}
        for rule in rules:
            has = {
                p["parameter"] for p in KNOWLEDGE["rule_parameter"] if p["rule_id"] in ("*", rule)
            }
            has |= {name.removesuffix("_days") for name in has if name.endswith("_age_days")}
            assert set(re.findall(r"\{(\w+)\}", row["sentence"])) <= filled | has, row[
                "reason_code"
            ]


def test_exposures_are_of_a_known_kind():
    rows = KNOWLEDGE["exposure"]
    named = {row["exposure_id"] for row in KNOWLEDGE["exposure_name"]}
    assert {row["effect"] for row in rows} == EFFECTS
    for row in rows:
        is_found = row["code_prefix"] is not None or row["exposure_id"] in named
        assert is_found != (row["exposure_id"] == "unrecognised_medication"), row["exposure_id"]
        assert (row["code_prefix"] is None) == (row["code_system"] is None), row["exposure_id"]
        assert row["lookback_days"] is None or row["lookback_days"] >= 0
    assert named <= {row["exposure_id"] for row in rows}


def test_a_code_is_asked_for_by_one_row():
    keys = [(r["kind"], r["code_system"], r["code_prefix"]) for r in KNOWLEDGE["exposure"]]
    coded = [key for key in keys if key[2]]
    assert len(coded) == len(set(coded))


def test_what_excludes_lowers_something_and_what_is_only_shown_lowers_nothing():
    for row in KNOWLEDGE["exposure"]:
        lowers = row["lowers_igg"] or row["lowers_iga"] or row["lowers_igm"]
        assert lowers == (row["effect"] in ("definite", "possible", "monoclonal", "suspected")), row


def test_a_name_is_written_as_names_are_compared():
    for table, column in (("exposure_name", "name"), ("exposure_word", "word")):
        for row in KNOWLEDGE[table]:
            assert re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*", row[column]), row
            assert not re.search(r"[a-z][0-9]|[0-9][a-z]", row[column]), row


def test_a_group_that_nobody_reviewed_looks_back_as_far_as_any_of_it():
    """A group without a row of its own takes the longest of L04 (docs/decisions/0085)."""
    rows = KNOWLEDGE["exposure"]
    reviewed = [r for r in rows if not r["effect"].startswith("unre")]
    longest = {
        group: max(
            (r["lookback_days"] or 0 for r in reviewed if (r["code_prefix"] or "")[:3] == group),
            default=None,
        )
        for group in ("L01", "L03", "L04")
    }
    assert longest["L03"] is None
    assert {
        r["code_prefix"]: r["lookback_days"] for r in rows if r["effect"] == "unreviewed_drug"
    } == {
        "L01": longest["L01"],
        "L03": longest["L04"],
        "L04": longest["L04"],
    }


def test_a_route_reads_known_classes_and_groups():
    groups = {row["exposure_group"] for row in KNOWLEDGE["exposure"]}
    classes = {"very_low", "low", "borderline_low", "normal", "borderline_high", "high"}
    for row in KNOWLEDGE["route"]:
        assert row["route"].startswith("route_")
        for analyte in ("igg", "iga", "igm", "ige"):
            assert set((row[analyte] or "normal").split("|")) <= classes
        for name in ("exposure_group", "unless_exposure_group"):
            assert set(filter(None, (row[name] or "").split("|"))) <= groups


def test_what_a_code_or_a_name_is_taken_for():
    """tests/data/exposure_as_sent.csv: creams, drops and look-alikes beside what must match."""
    with SENT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    header = [*(name for name in rows[0] if name != "effects"), "start_date"]
    drawn = [" | ".join(header)]
    drawn += [" | ".join([*list(row.values())[:-1], "2024-01-01"]) for row in rows]
    con = core("facility | analyte\n", exposure="\n".join(drawn), as_of=date(2024, 2, 1))
    found = con.execute(
        "SELECT code, name, coalesce(string_agg(DISTINCT effect, ' ' ORDER BY effect), '') "
        "FROM core.exposure GROUP BY position, code, name ORDER BY position"
    ).fetchall()
    expected = [(row["code"] or None, row["name"] or None, row["effects"]) for row in rows]
    assert [pair for pair in zip(found, expected, strict=True) if pair[0] != pair[1]] == []
