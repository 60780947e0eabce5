"""What may explain a course, named; and what is wide of the pattern and nobody has explained."""

from __future__ import annotations

from collections.abc import Iterator

from transforms.course.counting import explaining
from transforms.course.event import Result
from transforms.course.exposure import SUSPECTED, UNRECOGNISED, UNREVIEWED, Cause
from transforms.course.patient_history import History


def causes_around(history: History) -> list[str]:
    """The causes in force at the results that count and at the last one, each in a few words."""
    p, reasons = history.settings.parameters, history.settings.reasons
    named: dict[str, None] = {}
    for result in _results_around(history):
        for cause in explaining(result, p):
            word = "cause_later" if _began_after(cause, history) else "cause_named"
            named[reasons.cause(word, cause)] = None
        for cause in result.doubts:
            if cause.effect == SUSPECTED:
                named[reasons.cause("cause_suspected", cause)] = None
        for cause in result.notes:
            if not cause.raises_igm:
                named[reasons.cause("cause_noted", cause)] = None
            elif result.panel.igm.is_high:
                named[reasons.cause("cause_of_igm", cause)] = None
    return sorted(named)


def _began_after(cause: Cause, history: History) -> bool:
    """The pattern had been proven when the cause began."""
    before = sum(cause.since is not None and r.day < cause.since for r in history.state.counted)
    return before >= history.settings.parameters["proven_min_counted"]


def unreviewed_drugs(history: History) -> list[str]:
    """The drugs in force there that nobody has reviewed, by the name that was sent."""
    return sorted(
        {
            cause.name or ""
            for result in _results_around(history)
            for cause in result.doubts
            if cause.effect in (UNREVIEWED, UNRECOGNISED)
        }
        - {""}
    )


def _results_around(history: History) -> Iterator[Result]:
    if not history.exposures.rows:
        return
    yield from history.state.counted
    last = history.last_result
    if last is not None:
        yield last


def is_broad_deficiency(history: History) -> bool:
    """Whether the state is one beside the pattern, seen on two samples far enough apart that no
    known cause or disease explains: sicker than what is flagged."""
    state, p = history.state, history.settings.parameters
    if state.status not in history.rule.own_statuses:
        return False
    days = [
        event.day
        for event, after in zip(history.events, history.states, strict=True)
        if isinstance(event, Result)
        and after.step.event == state.status
        and not (explaining(event, p) or event.known_disease)
    ]
    return bool(days) and (max(days) - min(days)).days >= p["min_interval_days"]
