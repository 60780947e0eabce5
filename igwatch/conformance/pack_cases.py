"""Every case of the project: the drawn ones, and the worked examples behind them."""

from __future__ import annotations

from functools import cache

from igwatch.base.knowledge import knowledge_rows
from igwatch.conformance.drawn_patient import drawn_patient
from igwatch.conformance.pack_case import PackCase
from igwatch.conformance.worked_patient import worked_examples, worked_patient
from transforms.course.parameter import set_version
from transforms.knowledge.drawn_case import read_cases


def rules_version() -> str:
    """The version of the rules that the cases test."""
    return set_version(row["version"] for row in knowledge_rows("rule_parameter"))


@cache
def pack_cases() -> tuple[PackCase, ...]:
    """Every case, in the order of its files; a person's number in OMOP is the place here."""
    drawn = [drawn_patient(number, case) for number, case in enumerate(read_cases(), 1)]
    worked = enumerate(worked_examples(), len(drawn) + 1)
    return (*drawn, *(worked_patient(number, example) for number, example in worked))
