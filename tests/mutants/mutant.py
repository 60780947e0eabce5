"""A fault made on purpose: a line of mutants.yaml, and how it is put into a copy of the tree."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from igwatch.base.paths import ROOT

LIST = Path(__file__).with_name("mutants.yaml")
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "var", "__pycache__", "*.egg-info", ".*_cache")


@dataclass(frozen=True)
class Mutant:
    """In `file` the one `old` becomes `new`, and one of `tests` must fail.

    equivalent says why none can: the fault changes nothing that anybody sees.
    """

    name: str
    file: str
    old: str
    new: str
    tests: list[str]
    equivalent: str | None = None


def mutants() -> list[Mutant]:
    return [Mutant(**row) for row in yaml.safe_load(LIST.read_text(encoding="utf-8"))]


def tree_copied_to(folder: Path) -> Path:
    return Path(shutil.copytree(ROOT, folder, ignore=LEFT_OUT, symlinks=True))


@contextmanager
def mutated(tree: Path, mutant: Mutant) -> Iterator[None]:
    """The tree with the fault in it, and afterwards as it was."""
    path = tree / mutant.file
    right = path.read_text(encoding="utf-8")
    path.write_text(right.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(right, encoding="utf-8")
