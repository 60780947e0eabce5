"""Answers judged: right, wrong, missing or unknown, each under the sentence of its case.

Nothing is guessed. Who gives no answer is not right, also where the state is no_evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from igwatch.conformance.answer import Answers
from igwatch.conformance.pack_cases import rules_version
from igwatch.conformance.question import IN, OUT, Question, questions, states

RIGHT, WRONG, MISSING, UNKNOWN = "right", "wrong", "missing", "unknown"
VERDICTS = (RIGHT, WRONG, MISSING, UNKNOWN)


@dataclass(frozen=True)
class Judged:
    """One question with what was said to it, and the verdict."""

    question: Question
    said: str | None
    verdict: str


def judge(
    answers: Answers, format_name: str | None = None, is_cohort: bool = False
) -> list[Judged]:
    """Every question of a format (None: of any) with its verdict.

    `unknown`: what was said is no state of the rules, or neither `in` nor `out` where a cohort is
    judged. An answer to what is not asked counts for nothing.
    """
    words = (IN, OUT) if is_cohort else states()
    return [_judged(q, answers.get(q.key), words) for q in questions(format_name, is_cohort)]


def _judged(question: Question, said: str | None, words: Iterable[str]) -> Judged:
    if said is None:
        return Judged(question, said, MISSING)
    if said not in words:
        return Judged(question, said, UNKNOWN)
    return Judged(question, said, RIGHT if said == question.expected else WRONG)


def is_all_right(judged: Iterable[Judged]) -> bool:
    return all(each.verdict == RIGHT for each in judged)


def counts(
    judged: Iterable[Judged], name: Callable[[Judged], Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Verdicts by what `name` says of each, in the order in which it first stands."""
    found: dict[tuple[Any, ...], tuple[Mapping[str, Any], Counter[str]]] = {}
    for each in judged:
        key = name(each)
        _, counter = found.setdefault(tuple(key.values()), (key, Counter()))
        counter[each.verdict] += 1
    return [
        {**key, **{verdict: counter[verdict] for verdict in VERDICTS}}
        for key, counter in found.values()
    ]


def of_rule(each: Judged) -> dict[str, Any]:
    return {"rule": each.question.rule}


def of_state(each: Judged) -> dict[str, Any]:
    return {"rule": each.question.rule, "state": each.question.expected}


def of_sentence(each: Judged) -> dict[str, Any]:
    case = each.question.case.case
    return {"section": case.section, "sentence": case.sentence}


def as_row(each: Judged) -> dict[str, Any]:
    """What an answer was, what it had to be, and the sentence of the rules that says so."""
    case = each.question.case
    return {
        "case_id": case.case_id,
        "rule": each.question.rule,
        "verdict": each.verdict,
        "expected": each.question.expected,
        "said": each.said,
        "section": case.case.section,
        "sentence": case.case.sentence,
        "case": case.case.row["case"],
    }


def as_data(judged: list[Judged]) -> dict[str, Any]:
    """All of it, for scripts."""
    by_state = counts(judged, of_state)
    return {
        "rules": rules_version(),
        "all_right": is_all_right(judged),
        "together": {verdict: sum(row[verdict] for row in by_state) for verdict in VERDICTS},
        "by_rule": counts(judged, of_rule),
        "by_state": sorted(by_state, key=lambda row: (row["rule"], row["state"])),
        "by_sentence": counts(judged, of_sentence),
        "not_right": [as_row(each) for each in judged if each.verdict != RIGHT],
    }
