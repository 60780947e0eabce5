"""The wordings that reports show for keys of the tables: word.csv (kind, key, text).

A clinic reads words and never a key, and the words can be changed without touching code.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from reports.safe_text import safe_text

FILE = Path(__file__).with_name("word.csv")


@cache
def wordings() -> dict[str, dict[str, str]]:
    """kind -> key -> text, in the order of the file."""
    by_kind: dict[str, dict[str, str]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_kind.setdefault(row["kind"], {})[row["key"]] = row["text"]
    return by_kind


def wording(kind: str, key: str | None) -> str:
    """The text for a key; a key that nobody worded shows as itself, readable."""
    if key is None:
        return ""
    return wordings()[kind].get(key, safe_text(key.removeprefix("route_").replace("_", " ")))


def has_wording(kind: str, key: str) -> bool:
    return key in wordings()[kind]
