"""Selective IgA deficiency: one event per IgA result (ESID: very low IgA, IgG and IgM not low)."""

from __future__ import annotations

from datetime import date

from transforms.course.counting import awaiting_repeat, by_count, count, is_far_enough
from transforms.course.event import Event, Result
from transforms.course.parameter import Parameters
from transforms.course.state import (
    DEFINITE_PATTERN,
    EXCLUDED_SECONDARY,
    INDETERMINATE,
    NO_EVIDENCE,
    NOT_ASSESSABLE,
    RESOLVED,
    State,
)

NOT_SELECTIVE = "not_selective"

# What a result that decides alone is read as -> the status it decides and why
OUTCOME = {
    "not_assessable": (NOT_ASSESSABLE, "iga_before_assessable_age"),
    "secondary": (EXCLUDED_SECONDARY, "iga_low_with_cause"),
    "incomplete": (INDETERMINATE, "iga_low_incomplete"),
    "not_selective": (NOT_SELECTIVE, "iga_low_not_alone"),
}


def classify(result: Result, p: Parameters) -> str:
    """What an IgA result is: the first question that fits."""
    panel = result.panel
    others = (panel.igg, panel.igm)
    if not panel.iga.is_very_low:
        return "normal"
    if panel.is_younger_than(p["count_from_age_days"]):
        return "not_assessable"
    if result.causes:
        return "secondary"
    if any(isotype.is_unknown for isotype in others):
        return "incomplete"
    return "not_selective" if any(isotype.is_low for isotype in others) else "low"


def advance(state: State, event: Event, p: Parameters) -> State:
    """The state after this event. Pure: the same history gives the same course."""
    state = by_count_on(state, event.day, p)
    if not isinstance(event, Result):
        return state.read_as("time", state.reason_code)
    return by_count_on(after_result(state, event, p), event.day, p)


def after_result(state: State, result: Result, p: Parameters) -> State:
    read = classify(result, p)
    if read == "normal":
        status, reason = NO_EVIDENCE, "iga_normal"
        if state.counted:
            status, reason = RESOLVED, "iga_recovered"
        return state.emptied().decided(result, read, status, reason).read_as(read, reason)
    state = state.with_evidence(result)
    if read in OUTCOME:
        return state.decided(result, read, *OUTCOME[read]).read_as(read, OUTCOME[read][1])
    if is_far_enough(state, result, p):
        return by_count(count(state, result), result, read).read_as(read, "iga_low_counted", True)
    return by_count(state, result, read).read_as(read, "iga_low_too_soon")


def by_count_on(state: State, day: date, p: Parameters) -> State:
    """The status that the count gives on this day, where the last event left it to the count."""
    if not state.is_by_count:
        return state
    if len(state.counted) >= p["definite_min_counted"]:
        return state.to(DEFINITE_PATTERN, "iga_definite")
    return state.to(*awaiting_repeat(state.days_since_counted(day), p))


def grade(state: State, p: Parameters) -> str | None:
    """Every IgA that counts is as good as absent."""
    return "complete" if state.counted else None
