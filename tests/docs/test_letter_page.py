"""docs/letter.md against what a letter's template is really given, and igwatch's own template."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reports.generation import open_generation
from reports.letter import LONGEST, MOST_RESULTS, OWN, letter_fields
from reports.patient import load_patients
from tests.docs.page import ROOT, SPAN, page
from tests.reports.region import write_generation

PAGE = page("docs/letter.md")
NUMBERS = {"twelve": 12}


def documented() -> set[str]:
    """`clinic`, `patient.number`, ...: the names of the page, whole."""
    (table,) = PAGE.section("Your own text").tables()
    found = set()
    for name, meaning in table[1:]:
        first, *rest = SPAN.findall(name)
        below = [*rest, *SPAN.findall(meaning)]
        parts = {text for text in below if text.startswith(".")}
        holder = first.split(".")[0]
        whole = {text for text in SPAN.findall(name) if not text.startswith(".")}
        found |= {f"{holder}{part}" for part in parts} | (whole - {holder} if parts else whole)
    return found


def given(fields: dict[str, Any]) -> set[str]:
    """The same names, of what a template is given."""
    found = set()
    for name, value in fields.items():
        holder = value[0] if isinstance(value, list) and value else value
        below = [f"{name}.{key}" for key in holder] if isinstance(holder, dict) else [name]
        found |= set(below)
    return found


@pytest.fixture(scope="module")
def fields(tmp_path_factory) -> dict[str, Any]:
    """What the letter of a patient is given who has everything that a letter may say."""
    generation = write_generation(tmp_path_factory.mktemp("letter"))
    patients = load_patients(open_generation(generation), "Riverside Immunology")
    found = [letter_fields(patient, "Riverside") for patient in patients if patient.requests]
    return next(f for f in found if all(f.values()))


def test_the_names_of_the_page_are_those_that_a_letter_is_given(fields):
    assert documented() == given(fields)


def test_igwatch_s_own_letter_uses_only_names_of_the_page():
    assert used(OWN.read_text(encoding="utf-8")) <= documented()


def used(template: str) -> set[str]:
    """The names in a template; what a loop calls its element counts as the list."""
    tree = ImmutableSandboxedEnvironment().parse(template)
    loops = [(loop.target.name, loop.iter.name, loop) for loop in tree.find_all(nodes.For)]
    of_lists = {
        f"{list_name}.{a.attr}"
        for element, list_name, loop in loops
        for a in loop.find_all(nodes.Getattr)
        if a.node.name == element
    }
    elements = {element for element, _, _ in loops}
    attributes = [a for a in tree.find_all(nodes.Getattr) if a.node.name not in elements]
    dotted = of_lists | {f"{a.node.name}.{a.attr}" for a in attributes}
    holders = {name.split(".")[0] for name in dotted} | elements
    return dotted | ({name.name for name in tree.find_all(nodes.Name)} - holders)


def test_the_numbers_of_the_page_are_those_of_the_code():
    text = PAGE.text
    assert NUMBERS[re.findall(r"at most (\w+)", text)[0]] == MOST_RESULTS
    assert re.findall(r"over ([\d,]+) characters", text) == [f"{LONGEST:,}"]


def test_the_template_to_begin_with_is_there():
    (template,) = [text for text in PAGE.spans() if text.startswith("reports/template/")]
    assert ROOT / template == OWN
