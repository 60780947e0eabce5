"""Why: the sentences of knowledge/course_reason.csv, filled with what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from transforms.course.event import Result
from transforms.course.parameter import Parameters
from transforms.course.state import SILENT, State

DAYS_PER_MONTH = 30.4375
ISOTYPE = {"igg": "IgG", "iga": "IgA", "igm": "IgM"}


class _Known(dict[str, str]):
    """What is known of a sentence's names; the others stay to be filled."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


@dataclass(frozen=True)
class Reasons:
    """Sentence per reason code, with the rule's numbers in it; what differs is yet to be filled."""

    sentences: Mapping[str, str]

    def step(self, state: State, result: Result | None, day: date) -> str:
        """Why the last event was read as it was."""
        return self._sentence(state.step.reason_code, state, result, day)

    def status(self, state: State, day: date) -> str:
        """Why the patient is in this state; names the state that the last result overruled."""
        sentence = self.plain_status(state, day)
        earlier = state.earlier_status
        if state.is_by_count or earlier is None or earlier in SILENT:
            return sentence
        return f"{sentence}; before that: {earlier.replace('_', ' ')}"

    def plain_status(self, state: State, day: date) -> str:
        """Why the patient is in this state, and nothing of the states before."""
        return self._sentence(state.reason_code, state, state.decided_by, day)

    def possible_event(self, state: State, result: Result | None, day: date) -> str:
        """What an event that has not happened would mean: its own reason where it is not counted,
        else that of the state it would lead to."""
        if result is None or state.step.is_counted:
            return self.plain_status(state, day)
        return self.step(state, result, day)

    def _sentence(self, code: str, state: State, result: Result | None, day: date) -> str:
        sentence = self.sentences[code]
        if "{" not in sentence:
            return sentence
        n = len(state.counted)
        return sentence.format(
            n_counted=n,
            plural="" if n == 1 else "s",
            span_days=state.span_days,
            days_since=state.days_since_counted(day),
            cause=_cause(result),
            others_low=_others_low(result),
        )


def load_reasons(course_reason: pa.Table, parameters: Parameters) -> Reasons:
    rows = course_reason.to_pylist()
    numbers = {name: f"{value:g}" for name, value in parameters.values.items()}
    ages = {
        name.removesuffix("_days"): age_in_words(value)
        for name, value in parameters.values.items()
        if name.endswith("_age_days")
    }
    known = _Known(numbers | ages)
    return Reasons({row["reason_code"]: row["sentence"].format_map(known) for row in rows})


def age_in_words(days: float) -> str:
    """183 -> '6 months', 1461 -> '4 years'."""
    months = round(days / DAYS_PER_MONTH)
    return f"{months} months" if months <= 24 else f"{months / 12:g} years"


def _cause(result: Result | None) -> str:
    groups = [cause.group for cause in result.causes] if result else []
    return ", ".join(group.replace("_", " ") for group in groups or ("monoclonal protein",))


def _others_low(result: Result | None) -> str:
    if result is None:
        return ""
    panel = result.panel
    return " and ".join(
        name
        for analyte, name in ISOTYPE.items()
        if analyte != panel.index_analyte and panel.of(analyte).is_low
    )
