"""The wordings that reports show for keys of the tables: word.csv (kind, key, text).

A clinic reads words and never a key, and the words can be changed without touching code. Those of
the rules are knowledge, in rule.csv and next_step.csv.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from igwatch.base.knowledge import knowledge_rows, rule_rows
from reports.safe_text import safe_text

FILE = Path(__file__).with_name("word.csv")


@cache
def wordings() -> dict[str, dict[str, str]]:
    """kind -> key -> text, in the order of the file."""
    by_kind: dict[str, dict[str, str]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_kind.setdefault(row["kind"], {})[row["key"]] = row["text"]
    return by_kind | _wordings_of_rules()


def _wordings_of_rules() -> dict[str, dict[str, str]]:
    """The rules' names, and what the next result would change under each, by rule and state."""
    steps = knowledge_rows("next_step")
    return {
        "rule": {row["rule_id"]: row["name"] for row in rule_rows()},
        "rule_short": {row["rule_id"]: row["short_name"] for row in rule_rows()},
        "next": {f"{row['rule_id']}.{row['status']}": row["sentence"] for row in steps},
    }


def wording(kind: str, key: str | None) -> str:
    """The text for a key; a key that nobody worded shows as itself, readable."""
    if key is None:
        return ""
    text = wordings()[kind].get(key)
    return safe_text(key.removeprefix("route_").replace("_", " ")) if text is None else text


def has_wording(kind: str, key: str) -> bool:
    return key in wordings()[kind]
