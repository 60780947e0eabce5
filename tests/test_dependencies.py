"""What pyproject.toml asks for is what the packages import: no more and no less."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = {p.parent.name for p in ROOT.glob("*/py.typed")}
SHIPPED = PACKAGES - {"benchmarks"}
LOADED_BY_AIRFLOW = {"apache-airflow-providers-standard"}


def named(requirements: list[str]) -> set[str]:
    return {_plain(re.match(r"[\w.-]+", text)[0]) for text in requirements}


def imported() -> set[str]:
    """The distributions that the shipped packages import, wherever in a file they do."""
    found = set()
    for package in SHIPPED:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.split(".")[0])
    owners = packages_distributions()
    foreign = found - set(sys.stdlib_module_names) - PACKAGES
    return {_plain(owners[name][0]) for name in foreign}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_library_that_is_imported_is_asked_for_and_no_other():
    asked_for = named(PROJECT["project"]["dependencies"]) - LOADED_BY_AIRFLOW
    airflow = {"apache-airflow-core", "apache-airflow-task-sdk"}
    by_airflow = {"apache-airflow" if name in airflow else name for name in imported()}
    # what a site may leave out is imported where it is asked for alone (tests/test_layers.py)
    extras = PROJECT["project"]["optional-dependencies"]
    assert by_airflow == asked_for | named(extras["lineage"]) | named(extras["links"])


def test_every_package_says_that_it_has_types_and_is_checked():
    assert set(PROJECT["tool"]["mypy"]["packages"]) == PACKAGES
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders == PACKAGES
