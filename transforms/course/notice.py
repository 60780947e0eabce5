"""What stands of a patient whatever the states: alarming, severity, and whether it can wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from transforms.course.alarm import WORST_FIRST, asks_for_electrophoresis
from transforms.course.event import Result
from transforms.course.patient_history import History
from transforms.course.state import Step


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
    told = list(found.values())
    if not any(_is_notable(result) for history in told for result, _ in results(history)):
        return NOTHING
    standing = list(_since(told, lambda step: step.is_recovery))
    severities = {result.crosses for _, result in standing}
    severity = next((word for word in WORST_FIRST if word in severities), None)
    return Notice(
        _urgent_since(told, as_of),
        any(result.is_alarming and _is_index_igg(result) for _, result in standing),
        severity,
        min((r.day for _, r in standing if severity and r.crosses == severity), default=None),
        any(
            asks_for_electrophoresis(result.panel, history.settings.parameters)
            for history, result in standing
            if result.crosses
        ),
    )


def results(history: History) -> Iterator[tuple[Result, Step]]:
    """Each result of a history with what it was read as."""
    for event, state in zip(history.events, history.states, strict=True):
        if isinstance(event, Result):
            yield event, state.step


def _since(
    told: Iterable[History], ends: Callable[[Step], bool]
) -> Iterator[tuple[History, Result]]:
    """The results from the last one on that ends what stood before it, by the order of reading; of
    another rule by the time of collection."""
    read = [(history, list(results(history))) for history in told]
    ended = {
        history.rule.rule_id: max(places)
        for history, pairs in read
        if (places := [n for n, (_, step) in enumerate(pairs) if ends(step)])
    }
    times = [pairs[ended[h.rule.rule_id]][0] for h, pairs in read if h.rule.rule_id in ended]
    last = max((result.panel.collected_at for result in times), default=None)
    for history, pairs in read:
        for result, _ in pairs[ended.get(history.rule.rule_id, 0) :]:
            if last is None or result.panel.collected_at >= last:
                yield history, result


def _urgent_since(told: Iterable[History], as_of: date) -> date | None:
    """The first panel that cannot wait, while the patient is of the age for it."""
    standing = _since(told, lambda step: step.is_recovery or step.ends_urgency)
    days = [
        result.day
        for history, result in standing
        if history.rule.is_urgent(result, history.settings.parameters)
        and _is_young_enough(history, result, as_of)
    ]
    return min(days, default=None)


def _is_young_enough(history: History, result: Result, as_of: date) -> bool:
    """At the clock, not at the sample."""
    age_days = result.panel.age_days
    limit = history.settings.parameters["urgent_below_age_days"]
    return age_days is not None and age_days + (as_of - result.day).days < limit


def _is_notable(result: Result) -> bool:
    return bool(result.crosses or result.is_alarming) or result.panel.igg.class_ == "borderline_low"


def _is_index_igg(result: Result) -> bool:
    return result.panel.index_analyte == "igg"
