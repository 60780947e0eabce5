"""The rows of the knowledge tables as plain text, for rooms that may not import transforms."""

from __future__ import annotations

import csv
from functools import cache

from igwatch.base.paths import ROOT

KNOWLEDGE = ROOT / "transforms" / "knowledge"
COMMON_RULES = "*"
"""The rule set of every feed; one with rules of its own has a rule set of its name besides."""


@cache
def knowledge_rows(table: str) -> tuple[dict[str, str], ...]:
    """The rows of transforms/knowledge/<table>.csv in the order of the file, every cell a text."""
    with (KNOWLEDGE / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def rule_rows() -> list[dict[str, str]]:
    """The rules of rule.csv in their own order."""
    return sorted(knowledge_rows("rule"), key=lambda row: int(row["sort_order"]))


def rule_ids() -> list[str]:
    """The identifiers of the rules, in their order."""
    return [row["rule_id"] for row in rule_rows()]


@cache
def reading_limit(name: str) -> int:
    """A number of reading_limit.csv: beyond it something is refused, so that memory is bounded."""
    return next(
        int(row["value"]) for row in knowledge_rows("reading_limit") if row["reading_limit"] == name
    )


def rule_parameter(name: str) -> float:
    """A number of rule_parameter.csv that all rules share, in the unit its row states."""
    rows = knowledge_rows("rule_parameter")
    return next(
        float(row["value"]) for row in rows if (row["rule_id"], row["parameter"]) == ("*", name)
    )
