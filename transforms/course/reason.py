"""Why: the sentences of knowledge/course_reason.csv, filled with what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from transforms.course.event import Result
from transforms.course.exposure import Cause
from transforms.course.parameter import Parameters
from transforms.course.state import INDETERMINATE, SILENT, State
from transforms.course.told import Told, in_words, since_in_words

DAYS_PER_MONTH = 30.4375


class _Known(dict[str, str]):
    """What is known of a sentence's names; the others stay to be filled."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


@dataclass(frozen=True)
class Reasons:
    """Sentence per reason code, with the rule's numbers in it; what differs is yet to be filled.

    settles: reason code -> the one test or answer that would settle a state of that reason.
    """

    sentences: Mapping[str, str]
    settles: Mapping[str, str]

    def step(self, state: State, result: Result | None, day: date) -> str:
        """Why the last event was read as it was."""
        return self._sentence(state.step.reason_code, state, result, day)

    def status(self, state: State, day: date) -> str:
        """Why the patient is in this state; names the state that the last result overruled, and
        the last result itself where it left the state alone."""
        sentence = self.plain_status(state, day)
        earlier = state.earlier_status
        if not state.is_by_count and earlier is not None and earlier not in SILENT:
            sentence = f"{sentence}; before that: {earlier.replace('_', ' ')}"
        if state.remark is None:
            return sentence
        remark = self._sentence(state.remark.reason_code, state, state.remark.result, day)
        return f"{sentence}; {remark}"

    def plain_status(self, state: State, day: date) -> str:
        """Why the patient is in this state, and nothing of the states before."""
        return self._sentence(state.reason_code, state, state.decided_by, day)

    def possible_event(self, state: State, result: Result | None, day: date) -> str:
        """What an event that has not happened would mean: its own reason where it is not counted,
        else that of the state it would lead to."""
        if result is None or state.step.is_counted:
            return self.plain_status(state, day)
        return self.step(state, result, day)

    def settled_by(self, state: State) -> str | None:
        """What would settle an indeterminate state; None where it is another or nothing would."""
        return self.settles.get(state.reason_code) if state.status == INDETERMINATE else None

    def cause(self, reason_code: str, cause: Cause) -> str:
        """A cause in a few words."""
        sentence = self.sentences[reason_code]
        return sentence.format(cause=in_words(cause.group), since=since_in_words(cause.since))

    def _sentence(self, code: str, state: State, result: Result | None, day: date) -> str:
        sentence = self.sentences[code]
        if "{" not in sentence:
            return sentence
        return sentence.format_map(Told(state, result, day, self._caps))

    def _caps(self, state: State, result: Result | None, day: date) -> Iterator[str]:
        return (self._sentence(cap, state, result, day) for cap in state.capped_by)


def load_reasons(course_reason: pa.Table, parameters: Parameters) -> Reasons:
    rows = course_reason.to_pylist()
    numbers = {name: f"{value:g}" for name, value in parameters.values.items()}
    ages = {
        name.removesuffix("_days"): age_in_words(value)
        for name, value in parameters.values.items()
        if name.endswith("_age_days")
    }
    known = _Known(numbers | ages)
    return Reasons(
        {row["reason_code"]: row["sentence"].format_map(known) for row in rows},
        {row["reason_code"]: row["settled_by"] for row in rows if row["settled_by"]},
    )


def age_in_words(days: float) -> str:
    """183 -> '6 months', 1461 -> '4 years'."""
    months = round(days / DAYS_PER_MONTH)
    return f"{months} months" if months <= 24 else f"{months / 12:g} years"
