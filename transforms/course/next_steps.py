"""What would change a state, and when: the fold itself, run on events that have not happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any, NamedTuple

from transforms.course.event import Event, ReplacementStarted, Result, TimePassed, surrounding
from transforms.course.exposure import Exposure, Exposures
from transforms.course.panel import ANALYTES, Isotype, Panel
from transforms.course.patient_history import History, history
from transforms.course.rule_settings import SettingsByFacility
from transforms.course.state import SILENT, State

EVERY_RULE = "*"
ELSEWHERE = "another laboratory"
STILL_TO_BE_FOUND = "one_still_to_be_found"
PRINTED_STEP_G_PER_L = 0.01
FAR_ABOVE = 1000.0
EventOn = Callable[[date], Event]


class NextStep(NamedTuple):
    """If this happened on a day of the range, the state would be this.

    until is None where nothing later in sight changes it; is_counted says whether the result would
    count; value_g_per_l is the least index result that does it, where a value decides.
    """

    possible_event: str
    what: str
    on_or_after: date
    until: date | None
    status: str
    is_counted: bool
    reason: str
    value_g_per_l: float | None = None


@dataclass(frozen=True)
class Question:
    """One history with what is needed to go on with it."""

    history: History
    book: SettingsByFacility
    as_of: date

    @property
    def state(self) -> State:
        return self.history.state

    @property
    def first_day(self) -> date:
        return self.as_of + timedelta(days=1)

    @property
    def newest_with_limit(self) -> tuple[Panel, float] | None:
        """The newest result's panel and the lower limit that a further result is held against."""
        last = self.history.last_result
        if last is None or last.panel.lower_limit_max is None:
            return None
        return last.panel, last.panel.lower_limit_max

    def days(self) -> Iterator[date]:
        """Every day that a limit of the rule or the end of a look-back may make differ."""
        lapse = self.as_of + timedelta(days=self.history.settings.parameters["lapse_days"] + 1)
        ends = [row.active_until for row in self.history.exposures.rows if row.active_until]
        last = max([lapse, *(end + timedelta(days=1) for end in ends)])
        return (self.as_of + timedelta(days=n) for n in range(1, (last - self.as_of).days + 1))

    def after(self, event: Event) -> State:
        return self.history.rule.advance(self.state, event, self.history.settings.parameters)

    def reason(self, state: State, result: Result | None, day: date) -> str:
        return self.history.settings.reasons.possible_event(state, result, day)


def next_steps(
    history: History,
    possible_events: Iterable[Mapping[str, Any]],
    book: SettingsByFacility,
    as_of: date,
) -> list[NextStep]:
    """What each row of knowledge/possible_event.csv would make of this state, in their order.

    A result that would be judged by limits is judged by those of the newest result. Nothing is
    said of an event that changes nothing.
    """
    asked = Question(history, book, as_of)
    mine = [p for p in possible_events if p["rule_id"] in (EVERY_RULE, history.rule.rule_id)]
    return [step for possible in mine for step in ASK[possible["kind"]](asked, possible)]


def _time(asked: Question, possible: Mapping[str, Any]) -> Iterator[NextStep]:
    """From the first day on which waiting alone changes something."""
    for step in _runs(asked, possible, possible["sentence"], TimePassed):
        if step.status != asked.state.status:
            yield step


def _replacement(asked: Question, possible: Mapping[str, Any]) -> Iterator[NextStep]:
    """Immunoglobulin replacement begun tomorrow, and then time."""
    if asked.state.status in SILENT or asked.history.exposures.on_replacement(asked.as_of):
        return
    begun = asked.after(ReplacementStarted(asked.first_day))
    then = replace(asked, history=replace(asked.history, states=(begun,)))
    for step in _runs(then, possible, possible["sentence"], TimePassed):
        if step.status != asked.after(TimePassed(step.on_or_after)).status:
            yield step


def _result(asked: Question, possible: Mapping[str, Any]) -> Iterator[NextStep]:
    yield from _results(asked, possible, None)


def _elsewhere(asked: Question, possible: Mapping[str, Any]) -> Iterator[NextStep]:
    if asked.state.last_counted is not None:
        yield from _results(asked, possible, ELSEWHERE)


def _results(
    asked: Question, possible: Mapping[str, Any], laboratory: str | None
) -> Iterator[NextStep]:
    newest = asked.newest_with_limit
    if newest is None or _is_idle(asked, possible):
        return
    what, value = possible["sentence"], None
    if "{value}" in what:
        value = _least_value(asked, possible, *newest, laboratory)
        what = what.format(value=f"{value:g}")
    event_on = _event_on(asked, possible, newest[0], value, laboratory)
    yield from _runs(asked, possible, what, event_on, value)


def _weak(asked: Question, possible: Mapping[str, Any]) -> Iterator[NextStep]:
    """A normal result that is too near the limits to settle anything."""
    newest = asked.newest_with_limit
    if newest is None or _is_idle(asked, possible):
        return
    panel, limit = newest
    value = _least_value(asked, possible, panel, limit, None)
    if value > limit:
        what = possible["sentence"].format(limit=f"{limit:g}", value=f"{value:g}")
        event_on = _event_on(asked, possible, panel, limit, None)
        yield from _runs(asked, possible, what, event_on, limit)


def _is_idle(asked: Question, possible: Mapping[str, Any]) -> bool:
    """A normal result says nothing where nothing stands against it."""
    index = asked.history.rule.index_analyte
    return possible[index] == "normal" and asked.state.status in SILENT


def _finding(asked: Question, possible: Mapping[str, Any]) -> Iterator[NextStep]:
    """Something learned about the whole past: the history again, with it."""
    h, effect = asked.history, possible["possible_event"]
    since = None if effect == "possible" else asked.as_of
    found = Exposure(effect, STILL_TO_BE_FOUND, since, None, None)
    panels = [event.panel for event in h.events if isinstance(event, Result)]
    exposures = Exposures((*h.exposures.rows, found))
    again = history(h.rule, panels, exposures, asked.book, asked.as_of).state
    if again.status != asked.state.status and asked.state.status not in SILENT:
        reason = h.settings.reasons.plain_status(again, asked.as_of)
        step = (effect, possible["sentence"], asked.as_of, None, again.status, False, reason)
        yield NextStep(*step)


def _event_on(
    asked: Question,
    possible: Mapping[str, Any],
    newest: Panel,
    value: float | None,
    laboratory: str | None,
) -> EventOn:
    """The result of the possible event on a day, with what will then be true around it, as far as
    it is known."""
    counted = asked.state.last_counted
    usual = (counted.panel if counted else newest).laboratory
    screened = asked.book.clinic.screened_facilities
    classed = {a: Isotype(possible.get(a)) for a in ANALYTES}
    index = asked.history.rule.index_analyte
    classed[index] = classed[index]._replace(value=value)
    result_of = surrounding(asked.history.exposures, screened, asked.history.settings.parameters)

    def on(day: date) -> Event:
        panel = _on(newest, day)._replace(isotypes=classed)
        panel = panel._replace(laboratory=laboratory or usual)
        return result_of(panel)

    return on


def _on(panel: Panel, day: date) -> Panel:
    older = (day - panel.day).days
    return panel._replace(
        measurement_id="",
        day=day,
        collected_at=datetime.combine(day, time()),
        age_days=None if panel.age_days is None else panel.age_days + older,
    )


def _least_value(
    asked: Question,
    possible: Mapping[str, Any],
    newest: Panel,
    limit: float,
    laboratory: str | None,
) -> float:
    """The least value, as results are printed, that does what a plainly normal one does."""

    def status(value: float) -> str:
        event = _event_on(asked, possible, newest, value, laboratory)(asked.first_day)
        return asked.after(event).status

    settled = status(limit * FAR_ABOVE)
    low = ceil(round(limit / PRINTED_STEP_G_PER_L, 6))
    high = ceil(limit * FAR_ABOVE / PRINTED_STEP_G_PER_L)
    while low < high:
        middle = (low + high) // 2
        if status(middle * PRINTED_STEP_G_PER_L) == settled:
            high = middle
        else:
            low = middle + 1
    return round(low * PRINTED_STEP_G_PER_L, 6)


def _runs(
    asked: Question,
    possible: Mapping[str, Any],
    what: str,
    event_on: EventOn,
    value: float | None = None,
) -> list[NextStep]:
    """The days to come, joined where the event would leave the same state."""
    runs: list[NextStep] = []
    before: tuple | None = None
    for day in asked.days():
        event = event_on(day)
        state = asked.after(event)
        is_counted = state.step.is_counted
        outcome = (state.status, is_counted, state.reason_code)
        if outcome == before:
            continue
        before = outcome
        if runs:
            runs[-1] = runs[-1]._replace(until=day - timedelta(days=1))
        result = event if isinstance(event, Result) else None
        reason = asked.reason(state, result, day)
        runs.append(
            NextStep(
                possible["possible_event"], what, day, None, state.status, is_counted, reason, value
            )
        )
    return runs


ASK = {
    "time": _time,
    "result": _result,
    "elsewhere": _elsewhere,
    "weak": _weak,
    "replacement": _replacement,
    "finding": _finding,
}
