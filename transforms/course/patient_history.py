"""One patient under one rule: the events, the state after each, and the rules that decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from transforms.course.event import Event, ReplacementStarted, Result, TimePassed, events
from transforms.course.exposure import Exposures
from transforms.course.panel import ANALYTES, Panel
from transforms.course.rule import Rule
from transforms.course.rule_settings import RuleSettings, SettingsByFacility
from transforms.course.state import NO_EVIDENCE, State


@dataclass(frozen=True)
class History:
    """events of one rule in order, states the state after each; the last of both is the clock."""

    rule: Rule
    settings: RuleSettings
    exposures: Exposures
    events: tuple[Event, ...]
    states: tuple[State, ...]

    @property
    def state(self) -> State:
        return self.states[-1]

    @property
    def last_result(self) -> Result | None:
        """The newest result of the rule's index isotype."""
        return next((e for e in reversed(self.events) if isinstance(e, Result)), None)

    def steps(self, key: str) -> list[dict[str, Any]]:
        """The rows of flag.step: every result, and every other event that changed something."""
        rows: list[dict[str, Any]] = []
        before = NO_EVIDENCE
        for event, state in zip(self.events, self.states, strict=True):
            if isinstance(event, Result) or _changed(event, before, state):
                rows.append(self._step(key, len(rows) + 1, event, state))
            before = state.status
        return rows

    def _step(self, key: str, number: int, event: Event, state: State) -> dict[str, Any]:
        result = event if isinstance(event, Result) else None
        due, _ = self.rule.repeat_dates(state, self.settings.parameters) or (None, None)
        return {
            "patient_key": key,
            "rule_id": self.rule.rule_id,
            "event_number": number,
            "event_on": event.day,
            "event": state.step.event,
            "is_counted": state.step.is_counted,
            "reason_code": state.step.reason_code,
            "reason": self.settings.reasons.step(state, result or state.decided_by, event.day),
            "status_after": state.status,
            "repeat_due_on": due,
            **_measurement_ids(result),
        }


def histories(
    panels: Iterable[Panel], exposures: Exposures, book: SettingsByFacility, as_of: date
) -> dict[str, History]:
    """rule_id -> the patient's history under it, at the end of as_of.

    The rules are those of the facility that sent the rule's newest result.
    """
    panels = list(panels)
    return {
        rule.rule_id: history(
            rule,
            [panel for panel in panels if panel.index_analyte == rule.index_analyte],
            exposures.of_index(rule.index_analyte),
            book,
            as_of,
        )
        for rule in book.rules
    }


def history(
    rule: Rule, panels: list[Panel], exposures: Exposures, book: SettingsByFacility, as_of: date
) -> History:
    """The course of one rule. panels and exposures: those that bear on it."""
    if not panels and not exposures.rows:
        return _uneventful(rule, book.settings(rule.rule_id, None), as_of)
    settings = book.settings(rule.rule_id, _facility(panels, as_of) if book.own else None)
    happened = events(panels, exposures, book.clinic.around, as_of, settings.parameters)
    states = tuple(state for _, state in rule.course(happened, settings.parameters))
    return History(rule, settings, exposures, tuple(happened), states)


@lru_cache
def _uneventful(rule: Rule, settings: RuleSettings, as_of: date) -> History:
    """The history of everyone to whom nothing happened that bears on the rule."""
    (event, state), *_ = rule.course([TimePassed(as_of)], settings.parameters)
    return History(rule, settings, Exposures(), (event,), (state,))


def _facility(panels: list[Panel], as_of: date) -> str | None:
    seen = [panel for panel in panels if panel.day <= as_of]
    if not seen:
        return None
    return max(seen, key=lambda p: (p.collected_at, p.facility)).facility


def _changed(event: Event, before: str, state: State) -> bool:
    """Whether an event that is no result is worth a step: it changed the state, or will."""
    if isinstance(event, ReplacementStarted):
        return state.is_replaced_since
    return state.status != before


def _measurement_ids(result: Result | None) -> Mapping[str, str | None]:
    if result is None:
        return {}
    ids = {f"{a}_measurement_id": result.panel.of(a).measurement_id for a in ANALYTES}
    return {"measurement_id": result.panel.measurement_id, **ids}
