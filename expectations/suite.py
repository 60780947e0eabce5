"""The suites as data: one YAML file per table, each entry an expectation, its severity and why.

A file names when its table is checked (`checked: read`, the new rows of one facility, or `flag`,
the whole table before it is published) and whether it may have no row (`may_be_empty`). An
expectation with `may_be_empty` may find nothing but empty cells. A warning with `touches_flags` is
shown beside every result of that delivery on which a flag rests.

What a suite says of the rules it takes from knowledge: an entry with `for_each: rule` stands once
for each row of rule.csv, `{column}` in its texts being that row's cell, and `- $RULE: column` in a
`value_set` stands for what the row (without `for_each`: every row) has there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from igwatch.base.error import IgwatchError
from igwatch.base.knowledge import rule_rows

FOLDER = Path(__file__).resolve().parent
WHEN = ("read", "flag")
SEVERITIES = ("critical", "warning")
SETTINGS = {"severity", "why", "may_be_empty", "touches_flags", "for_each"}
RULE = "$RULE"


class SuiteError(IgwatchError):
    """A suite file that cannot be used; the text names the file, the line and the mend."""


@dataclass(frozen=True)
class Expectation:
    """One expectation: its type and arguments, how bad a failure is, and why it must hold."""

    type: str
    arguments: Mapping[str, Any]
    severity: str
    why: str
    may_be_empty: bool = False
    touches_flags: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it is about, without those of its row condition."""
        keys = [key for key in ("column", "column_A", "column_B") if key in self.arguments]
        return (*(self.arguments[key] for key in keys), *self.arguments.get("column_list", ()))

    @property
    def needed(self) -> frozenset[str]:
        """Its columns, and every word of its row condition, since that may be a column too."""
        return frozenset((*self.columns, *self.arguments.get("row_condition", "").split()))

    @property
    def column_name(self) -> str | None:
        """Column or columns as one text, with the condition on the rows."""
        condition = self.arguments.get("row_condition")
        return ", ".join(self.columns) + (f" where {condition}" if condition else "") or None


@dataclass(frozen=True)
class Suite:
    """What must be true of one table."""

    table: str
    checked: str
    expectations: tuple[Expectation, ...] = field(repr=False)
    may_be_empty: bool = False

    @property
    def columns(self) -> set[str]:
        """Every word that may be a column of one of its expectations."""
        return {column for each in self.expectations for column in each.needed}


@cache
def load_suites() -> dict[str, Suite]:
    """Every suite of this folder by table name. Raises SuiteError."""
    return {path.stem: load_suite(path) for path in sorted(FOLDER.glob("*.yaml"))}


def load_suite(path: Path) -> Suite:
    """Read one suite file. Raises SuiteError."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not content.get("expectations"):
        raise SuiteError(f"{path.name}:", "list at least one line under `expectations:`")
    if content.get("checked") not in WHEN:
        raise SuiteError(f"{path.name}:", f"write `checked:` with one of {', '.join(WHEN)}")
    expectations: list[Expectation] = []
    for number, entry in enumerate(content["expectations"], start=1):
        of_rules = _expectations(entry, f"{path.name}, line {number} of expectations")
        expectations += [e for e in of_rules if e not in expectations]  # two rules may say the same
    return Suite(
        path.stem, content["checked"], tuple(expectations), bool(content.get("may_be_empty", False))
    )


def _expectations(entry: Any, place: str) -> list[Expectation]:
    """The expectation of an entry, or one for each rule."""
    if not isinstance(entry, dict) or "for_each" not in entry:
        return [_expectation(entry, place, rule_rows())]
    if entry["for_each"] != "rule":
        raise SuiteError(f"{place}:", "write `for_each: rule`; it knows no other word")
    return [_expectation(_filled(entry, row), place, [row]) for row in rule_rows()]


def _filled(value: Any, row: Mapping[str, str]) -> Any:
    """A value of the file with the cells of a rule's row in its texts."""
    if isinstance(value, dict):
        return {key: _filled(inner, row) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, row) for inner in value]
    return value.format_map(row) if isinstance(value, str) else value


def _expectation(entry: Any, place: str, rules: Sequence[Mapping[str, str]]) -> Expectation:
    types = set(entry) - SETTINGS if isinstance(entry, dict) else set()
    if len(types) != 1:
        raise SuiteError(f"{place}:", f"name one expectation beside {', '.join(sorted(SETTINGS))}")
    if entry.get("severity") not in SEVERITIES:
        raise SuiteError(f"{place}:", f"write `severity:` with one of {', '.join(SEVERITIES)}")
    if not entry.get("why"):
        raise SuiteError(f"{place}:", "say `why:` it must hold, and what to do")
    (type_,) = types
    given = {key: _of_rules(value, rules) for key, value in (entry[type_] or {}).items()}
    arguments = {key: _as_time(value) for key, value in given.items()}
    return Expectation(
        type_,
        arguments,
        entry["severity"],
        entry["why"],
        bool(entry.get("may_be_empty")),
        bool(entry.get("touches_flags")),
    )


def _of_rules(value: Any, rules: Sequence[Mapping[str, str]]) -> Any:
    """A list with the rules' cells in the place of `$RULE: column`, each once."""
    if not isinstance(value, list):
        return value
    found: list[Any] = []
    for item in value:
        column = item.get(RULE) if isinstance(item, dict) else None
        cells = (
            [cell for row in rules for cell in row[column].split("|") if cell] if column else [item]
        )
        found += cells
    return list(dict.fromkeys(found))


def _as_time(value: Any) -> Any:
    """A date as the start of its day: Great Expectations compares times with times only."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time.min)
    return value
