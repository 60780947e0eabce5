"""Nothing is left out of CI: what the default suite passes over, a target runs that .ci/run calls."""

import re

import pytest

from igwatch.base.paths import ROOT

TARGET = re.compile(r"^([a-z0-9-]+):.*\n((?:(?:\t|ifdef|else|endif).*\n?)+)", re.MULTILINE)
RECIPES = dict(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
CALLED = set(re.findall(r"\bmake ([a-z0-9-]+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8")))
HEAVY = [
    path.relative_to(ROOT)
    for path in sorted((ROOT / "tests").rglob("test_*.py"))
    if "mark" + ".heavy" in path.read_text(encoding="utf-8")
]


def test_ci_calls_targets_that_there_are():
    assert {"test", "check"} <= CALLED
    assert RECIPES.keys() >= CALLED


@pytest.mark.parametrize("file", HEAVY, ids=str)
def test_a_file_with_heavy_tests_is_run_by_ci(file):
    run = {word for name in CALLED for word in RECIPES[name].split()}
    assert run & {str(file), *map(str, file.parents[:-1])}  # `ruff check .` runs none
