"""The sample data files beside this module, read as rows of text."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
KNOWLEDGE = FOLDER.parent / "transforms" / "knowledge"


@lru_cache
def rows(name: str, folder: Path = FOLDER) -> tuple[dict[str, str], ...]:
    """Rows of `<folder>/<name>.csv`; every cell is text, empty where nothing is stated."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def keyed(name: str, key: str) -> dict[str, dict[str, str]]:
    """The same rows by the value of one column, in the order of the file."""
    return {row[key]: row for row in rows(name)}
