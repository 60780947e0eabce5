"""The suites as data: one YAML file per table, each entry an expectation, its severity and why.

A file names when its table is checked (`checked: read`, the new rows of one facility, or `flag`,
the whole table before it is published) and whether it may have no row (`may_be_empty`). An
expectation with `may_be_empty` may find nothing but empty cells. A warning with `touches_flags` is
shown beside every result of that delivery on which a flag rests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from igwatch.base.error import IgwatchError

FOLDER = Path(__file__).resolve().parent
WHEN = ("read", "flag")
SEVERITIES = ("critical", "warning")
SETTINGS = {"severity", "why", "may_be_empty", "touches_flags"}


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
    expectations = tuple(
        _expectation(entry, f"{path.name}, line {number} of expectations")
        for number, entry in enumerate(content["expectations"], start=1)
    )
    return Suite(
        path.stem, content["checked"], expectations, bool(content.get("may_be_empty", False))
    )


def _expectation(entry: Any, place: str) -> Expectation:
    types = set(entry) - SETTINGS if isinstance(entry, dict) else set()
    if len(types) != 1:
        raise SuiteError(f"{place}:", f"name one expectation beside {', '.join(sorted(SETTINGS))}")
    if entry.get("severity") not in SEVERITIES:
        raise SuiteError(f"{place}:", f"write `severity:` with one of {', '.join(SEVERITIES)}")
    if not entry.get("why"):
        raise SuiteError(f"{place}:", "say `why:` it must hold, and what to do")
    (type_,) = types
    arguments = {key: _as_time(value) for key, value in (entry[type_] or {}).items()}
    return Expectation(
        type_,
        arguments,
        entry["severity"],
        entry["why"],
        bool(entry.get("may_be_empty")),
        bool(entry.get("touches_flags")),
    )


def _as_time(value: Any) -> Any:
    """A date as the start of its day: Great Expectations compares times with times only."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time.min)
    return value
