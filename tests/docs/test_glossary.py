"""docs/GLOSSARY.md against the catalogue, the knowledge and the words of the reports."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import chain

import pytest

from igwatch.base.paths import DICTIONARY
from tests.docs.page import ROOT, SPAN, page
from transforms.course import state
from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility import Facility
from warehouse.dictionary import published_tables

PAGE = page("docs/GLOSSARY.md")
ROWS = list(chain.from_iterable(table[1:] for table in PAGE.tables()))
MEANING = {name: row[1] for row in ROWS for name in re.findall(r"\*\*([^*]+)\*\*", row[0])}
PUBLISHED = published_tables(DICTIONARY)
KNOWLEDGE = load_knowledge()


def words(kind: str) -> set[str]:
    """The keys of one kind for which the reports have words."""
    with (ROOT / "reports" / "word.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"] for row in csv.DictReader(file) if row["kind"] == kind}


def cells() -> set[str]:
    """Every word of the knowledge: names of columns and what stands in them."""
    found: set[str] = set()
    for table in KNOWLEDGE.values():
        found |= set(table.column_names)
        found |= {str(value) for column in table.columns for value in column.to_pylist()}
    return found


def spans(term: str) -> set[str]:
    return set(SPAN.findall(MEANING[term]))


def test_every_word_stands_once():
    assert [word for word, n in Counter(row[0] for row in ROWS).items() if n > 1] == []


def test_every_published_table_stands_with_one_word():
    named = Counter(name for row in ROWS for name in SPAN.findall(row[2]))
    assert dict(named) == dict.fromkeys(PUBLISHED, 1)


@pytest.mark.parametrize(
    ("term", "values"),
    [
        ("state, status", words("status")),
        ("class", words("class")),
        ("grade", words("grade")),
        ("verdict", set(KNOWLEDGE["verdict"]["verdict"].to_pylist())),
        ("rule", set(KNOWLEDGE["rule"]["rule_id"].to_pylist())),
        ("reference set", {"+", "+".join(Facility(name="north").reference_set)}),
    ],
)
def test_a_word_that_lists_its_values_lists_all(term, values):
    assert spans(term) == values


def test_the_states_are_those_of_the_course():
    shared = {v for k, v in vars(state).items() if k.isupper() and isinstance(v, str)}
    own = KNOWLEDGE["rule"]["own_statuses"].to_pylist()
    assert spans("state, status") == shared.union(*(statuses.split("|") for statuses in own))


def test_the_analytes_are_those_of_the_knowledge():
    known = set(KNOWLEDGE["analyte"]["analyte"].to_pylist())
    between = {"igg2", "igg3"}  # "`igg1` to `igg4`"
    assert spans("analyte") == known - between


def test_every_code_word_is_one():
    """Values are the knowledge's, columns the dictionary's, keys the facility file's."""
    known = cells() | set(Facility.model_fields) | words("grade") | words("class") | words("status")
    known |= words("severity")
    known |= {name.split(".")[1] for name in PUBLISHED}
    known |= {column.name for columns in PUBLISHED.values() for column in columns}
    known |= {"live", "+", "<", ">", '"?"', "...", "+".join(Facility(name="north").reference_set)}
    named = {word for meaning in MEANING.values() for word in SPAN.findall(meaning)}
    # files and commands are looked for by test_names.py and test_commands.py
    named = {word for word in named if "/" not in word and not word.startswith("igwatch ")}
    assert named - known == set()


@pytest.mark.parametrize(
    ("term", "parameter"), [("panel", "panel_window_days"), ("counted", "min_interval_days")]
)
def test_a_number_in_a_meaning_is_that_of_the_rules(term, parameter):
    rows = KNOWLEDGE["rule_parameter"].to_pylist()
    (value,) = {row["value"] for row in rows if row["parameter"] == parameter}
    assert re.findall(r"(\d+) days", MEANING[term]) == [f"{value:g}"]
