"""A rule, as the fold uses it: a row of knowledge/rule.csv and the module of its name.

`transforms/course/rules/<rule_id>.py` says what the events of a patient mean under the rule; the
row says whose results these are, in what words and in what order. No other code names a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any, Protocol, cast

import pyarrow as pa

from igwatch.base.error import IgwatchError
from transforms.course import rules
from transforms.course.counting import repeat_dates
from transforms.course.event import Event, Result
from transforms.course.parameter import Parameters
from transforms.course.state import State


class RuleError(IgwatchError):
    """A rule that cannot be followed."""


class RuleModule(Protocol):
    """What a module of transforms/course/rules says. Every function is pure.

    It may also have `is_urgent(result, parameters) -> bool`: whether a panel cannot wait, whatever
    the state (a rule without it is never urgent), and `repeat_dates(state, parameters)`: when a
    repeat is due and overdue, None where none is awaited (counting.repeat_dates otherwise).
    """

    def advance(self, state: State, event: Event, p: Parameters) -> State:
        """The state after one event: a result, the start of immunoglobulin replacement, time."""
        ...

    def grade(self, state: State, p: Parameters) -> str | None:
        """How pronounced the pattern is, in one of the row's grades; None where none fits."""
        ...


@dataclass(frozen=True)
class Rule:
    """index_analyte: whose results are the rule's events. The functions are the module's."""

    rule_id: str
    index_analyte: str
    advance: Callable[[State, Event, Parameters], State]
    grade: Callable[[State, Parameters], str | None]
    is_urgent: Callable[[Result, Parameters], bool]
    repeat_dates: Callable[[State, Parameters], tuple[date, date] | None]
    own_statuses: frozenset[str]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Rule:
        """The rule of a row of knowledge/rule.csv. Raises RuleError."""
        module = module_of(row["rule_id"])
        return cls(
            row["rule_id"],
            row["index_analyte"],
            module.advance,
            module.grade,
            getattr(module, "is_urgent", never_urgent),
            getattr(module, "repeat_dates", repeat_dates),
            frozenset((row["own_statuses"] or "").split("|")) - {""},
        )

    def course(self, events: Iterable[Event], p: Parameters) -> list[tuple[Event, State]]:
        """Every event with the state after it, from no evidence on."""
        state, course = State(), []
        for event in events:
            state = self.advance(state, event, p)
            course.append((event, state))
        return course


def rules_of(rule: pa.Table) -> tuple[Rule, ...]:
    """The rules of the table knowledge.rule, in their order. Raises RuleError."""
    return tuple(Rule.of(row) for row in rule.sort_by("sort_order").to_pylist())


def module_of(rule_id: str) -> RuleModule:
    """The module of a rule. Raises RuleError where there is none, or it lacks a function."""
    name = f"{rules.__name__}.{rule_id}"
    place = f"transforms/course/rules/{rule_id}.py"
    if find_spec(name) is None:
        raise RuleError(f"rule.csv names {rule_id}, but {place} is missing:", "write it")
    module = import_module(name)
    for function in ("advance", "grade"):
        if not callable(getattr(module, function, None)):
            raise RuleError(f"{place} has no function {function}:", "write it")
    return cast(RuleModule, module)


def module_names() -> set[str]:
    """The rules that have a module, found by their folder."""
    return {module.name for module in iter_modules(rules.__path__)}


def never_urgent(result: Result, p: Parameters) -> bool:
    """What a rule says whose module knows no urgent pattern."""
    return False
