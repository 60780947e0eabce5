"""What the pack asks: of each case and rule the state, or whether it is in a cohort."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from igwatch.base.knowledge import knowledge_rows
from igwatch.conformance.pack_case import PackCase
from igwatch.conformance.pack_cases import pack_cases

IN, OUT = "in", "out"


@dataclass(frozen=True)
class Question:
    """One case under one rule; `expected` is the state, or `in` or `out`."""

    case: PackCase
    rule: str
    expected: str

    @property
    def key(self) -> tuple[str, str]:
        return self.case.case_id, self.rule


@cache
def states() -> tuple[str, ...]:
    """Every state that a case reaches."""
    return tuple(sorted({state for case in pack_cases() for state in case.states.values()}))


@cache
def cohort_statuses(rule: str) -> frozenset[str]:
    """The states of whoever is in the cohort of a rule's repeated pattern."""
    return frozenset(
        status
        for row in knowledge_rows("omop_cohort")
        if row["rule_id"] == rule
        for status in row["statuses"].split("|")
        if status
    )


def questions(format_name: str | None = None, is_cohort: bool = False) -> list[Question]:
    """What is asked of a reader of a format, or of any; in the order of the cases."""
    return [
        Question(case, rule, _cohort(rule, state) if is_cohort else state)
        for case in pack_cases()
        if (format_name in case.formats if format_name else case.formats)
        for rule, state in case.states.items()
    ]


def _cohort(rule: str, state: str) -> str:
    return IN if state in cohort_statuses(rule) else OUT
