"""What stands of a patient whatever the states: alarming, severity, and whether it can wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from transforms.course.alarm import WORST_FIRST, asks_for_electrophoresis
from transforms.course.event import Result
from transforms.course.patient_history import History
from transforms.course.state import NO_EVIDENCE, Step


class Notice(NamedTuple):
    """Said beside each flag of the patient. Each since: the day of the first such sample."""

    urgent_since: date | None = None
    is_alarming: bool = False
    severity: str | None = None
    severity_since: date | None = None
    asks_for_electrophoresis: bool = False

    def columns(self) -> dict[str, Any]:
        """As in flag.patient_flag."""
        return {
            "urgent": self.urgent_since is not None,
            "urgent_since": self.urgent_since,
            "alarming": self.is_alarming,
            "severity": self.severity,
            "severity_since": self.severity_since,
        }


NOTHING = Notice()


def notice_of(found: Mapping[str, History], as_of: date) -> Notice:
    """What the panels since the last proven recovery say, without what a person said of them.

    found: the patient's history under each rule.
    """
    told = [history for history in found.values() if _has_evidence(history)]
    if not any(_is_notable(result) for history in told for result, _ in results(history)):
        return NOTHING
    recovered = _last(told, lambda step: step.is_recovery)
    standing = [
        (history, result)
        for history in told
        for result, _ in results(history)
        if _is_after(result, recovered)
    ]
    severities = {result.crosses for _, result in standing}
    severity = next((word for word in WORST_FIRST if word in severities), None)
    return Notice(
        _urgent_since(told, standing, as_of),
        any(result.is_alarming and _is_index_igg(result) for _, result in standing),
        severity,
        min((r.day for _, r in standing if severity and r.crosses == severity), default=None),
        any(
            asks_for_electrophoresis(result.panel, history.settings.parameters)
            for history, result in standing
        ),
    )


def results(history: History) -> Iterator[tuple[Result, Step]]:
    """Each result of a history with what it was read as."""
    for event, state in zip(history.events, history.states, strict=True):
        if isinstance(event, Result):
            yield event, state.step


def _urgent_since(
    told: Iterable[History], standing: Iterable[tuple[History, Result]], as_of: date
) -> date | None:
    """The first panel that cannot wait, while the patient is of the age for it."""
    calmed = _last(told, lambda step: step.ends_urgency)
    days = [
        result.day
        for history, result in standing
        if history.rule.is_urgent(result, history.settings.parameters)
        and _is_after(result, calmed)
        and _is_young_enough(history, result, as_of)
    ]
    return min(days, default=None)


def _is_young_enough(history: History, result: Result, as_of: date) -> bool:
    """At the clock, not at the sample."""
    age_days = result.panel.age_days
    limit = history.settings.parameters["urgent_below_age_days"]
    return age_days is not None and age_days + (as_of - result.day).days < limit


def _last(told: Iterable[History], does: Any) -> datetime | None:
    times = (r.panel.collected_at for history in told for r, step in results(history) if does(step))
    return max(times, default=None)


def _is_after(result: Result, time: datetime | None) -> bool:
    return time is None or result.panel.collected_at > time


def _is_notable(result: Result) -> bool:
    return bool(result.crosses or result.is_alarming) or result.panel.igg.class_ == "borderline_low"


def _is_index_igg(result: Result) -> bool:
    return result.panel.index_analyte == "igg"


def _has_evidence(history: History) -> bool:
    return history.state.status != NO_EVIDENCE or history.state.first_evidence is not None
