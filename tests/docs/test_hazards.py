"""Every hazard of the log names the tests that hold it, and they are there."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.docs.hazard_page import PAGE, SAID, hazard_page, hazards
from tests.docs.page import ROOT

LOG = hazards()
each_hazard = pytest.mark.parametrize("hazard", LOG, ids=[hazard["id"] for hazard in LOG])


@cache
def defined_in(file: Path) -> frozenset[str]:
    """The tests that a file defines; none where it is not there. Nothing is run or imported."""
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return frozenset(node.name for node in found if node.name.startswith("test_"))


def is_there(test: str) -> bool:
    """Whether a pytest node id, without what it is parametrised by, is that of a test."""
    file, _, name = test.partition("::")
    return file.startswith("tests/") and name in defined_in(ROOT / file)


@each_hazard
def test_a_hazard_says_all_of_it(hazard):
    assert hazard.keys() == {"id", "hazard", "tests", *SAID}
    assert all(
        isinstance(said, str) and said.strip() for key, said in hazard.items() if key != "tests"
    )


@each_hazard
def test_its_tests_are_there(hazard):
    assert hazard["tests"], "a hazard that no test holds"
    assert [test for test in hazard["tests"] if not is_there(test)] == []
    assert len(set(hazard["tests"])) == len(hazard["tests"])


def test_each_stands_once():
    names = [hazard["id"] for hazard in LOG]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("tests/docs/test_hazards.py::test_each_stands_once", True),
        ("tests/docs/test_hazards.py::test_each_stands_twice", False),
        ("tests/docs/test_hazards.py::is_there", False),
        ("tests/docs/test_hazard.py::test_each_stands_once", False),
        ("tests/docs/test_hazards.py", False),
    ],
)
def test_one_that_is_not_there_is_seen(test, found):
    assert is_there(test) is found


def test_the_page_is_that_of_the_log():
    assert PAGE.read_text(encoding="utf-8") == hazard_page(), "python -m tests.docs.hazard_page"
