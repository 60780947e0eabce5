"""Selective IgM deficiency: one event per IgM result (rules 9.1 to 9.4b)."""

from __future__ import annotations

from datetime import date

from transforms.course.counting import awaiting_repeat, by_count, count, is_far_enough
from transforms.course.event import Event, Result
from transforms.course.parameter import Parameters
from transforms.course.state import (
    CANDIDATE,
    DEFINITE_PATTERN,
    EXCLUDED_SECONDARY,
    INDETERMINATE,
    NO_EVIDENCE,
    NOT_ASSESSABLE,
    PERSISTENT,
    RESOLVED,
    State,
)

NOT_SELECTIVE = "not_selective"

# What a result that decides alone is read as -> the status it decides and why
OUTCOME = {
    "not_assessable": (NOT_ASSESSABLE, "igm_before_assessable_age"),
    "secondary": (EXCLUDED_SECONDARY, "igm_low_with_cause"),
    "incomplete": (INDETERMINATE, "igm_low_incomplete"),
    "on_replacement": (INDETERMINATE, "igm_low_on_replacement"),
    "not_selective": (NOT_SELECTIVE, "igm_low_not_alone"),
    "infant_low": (CANDIDATE, "igm_low_in_infancy"),
    "unresolved": (INDETERMINATE, "igm_unresolved"),
}


def classify(result: Result, p: Parameters) -> str:
    """What an IgM result is: the first question of rules 9.4b that fits."""
    panel = result.panel
    igm, others = panel.igm, (panel.igg, panel.iga)
    if panel.is_younger_than(p["assess_from_age_days"]):
        return "not_assessable"
    if igm.class_ in (None, "not_classed"):
        return "not_classed"
    if igm.is_low:
        return _low_reading(result, others, p)
    return {"borderline_low": "borderline", "censored_unresolved": "unresolved"}.get(
        igm.class_, "normal"
    )


def _low_reading(result: Result, others: tuple, p: Parameters) -> str:
    if result.causes:
        return "secondary"
    if any(isotype.is_unknown for isotype in others):
        return "incomplete"
    if result.on_replacement:
        return "on_replacement"
    if any(isotype.is_low for isotype in others):
        return "not_selective"
    if result.panel.is_younger_than(p["count_from_age_days"]):
        return "infant_low"
    return "low"


def normal_reading(state: State, result: Result, p: Parameters) -> str:
    """What a normal IgM does to what stood before it (rules 9.4b, a normal after a low)."""
    panel = result.panel
    if state.first_evidence is None:
        return "igm_normal"
    if state.status == RESOLVED:
        return "igm_still_normal"
    if _is_from_elsewhere(state, result) and _is_below(
        panel.igm.value, p["method_tolerance_ratio"], panel.lower_limit_min
    ):
        return "igm_normal_elsewhere"
    if _is_below(panel.igm.value, p["resolve_guard_ratio"], panel.lower_limit_max):
        return "igm_normal_twice" if state.is_after_normal else "igm_normal_weak"
    if result.in_acute_illness:
        return "igm_normal_in_acute_illness"
    return "igm_recovered"


def _is_from_elsewhere(state: State, result: Result) -> bool:
    last = state.last_counted
    return last is not None and last.panel.laboratory != result.panel.laboratory


def _is_below(value: float | None, ratio: float, limit: float | None) -> bool:
    if value is None or limit is None:
        raise ValueError("an IgM that has a class has a value and limits")
    # limits and results are printed to a few decimals: a product's last bits must not decide
    return round(value, 9) < round(ratio * limit, 9)


def advance(state: State, event: Event, p: Parameters) -> State:
    """The state after this event. Pure: the same history gives the same course."""
    state = by_count_on(state, event.day, p)
    if not isinstance(event, Result):
        return state.read_as("time", state.reason_code)
    return by_count_on(after_result(state, event, p), event.day, p)


def after_result(state: State, result: Result, p: Parameters) -> State:
    read = classify(result, p)
    if read == "normal":
        return _take_normal(state, result, p)
    state = state._replace(is_after_normal=False)
    if read == "not_classed":
        return _take_not_classed(state, result)
    if read != "not_assessable":
        state = state.with_evidence(result)
    if read in OUTCOME:
        event = "incomplete" if read == "on_replacement" else read
        return state.decided(result, read, *OUTCOME[read]).read_as(event, OUTCOME[read][1])
    if read == "borderline":
        return by_count(state, result, read).read_as(read, "igm_borderline")
    if is_far_enough(state, result, p):
        return by_count(count(state, result), result, read).read_as(read, "igm_low_counted", True)
    return by_count(state, result, read).read_as(read, "igm_low_too_soon")


def _take_not_classed(state: State, result: Result) -> State:
    """Without limits: decides only where nothing else ever did."""
    state = state.read_as("not_classed", "igm_not_classed")
    if state.decided_by is None or state.status == NOT_ASSESSABLE:
        return state.decided(result, "not_classed", NOT_ASSESSABLE, "igm_not_classed")
    return state


def _take_normal(state: State, result: Result, p: Parameters) -> State:
    reason = normal_reading(state, result, p)
    state = state.read_as("normal", reason)
    if reason == "igm_normal":
        return state.decided(result, "normal", NO_EVIDENCE, reason)
    if reason in ("igm_normal_elsewhere", "igm_normal_in_acute_illness"):
        return state._replace(is_after_normal=False).decided(
            result, "normal", INDETERMINATE, reason
        )
    state = state._replace(is_after_normal=True)
    if reason == "igm_normal_weak":
        return state.decided(result, "normal", INDETERMINATE, reason)
    return state.emptied().decided(result, "normal", RESOLVED, reason)


def by_count_on(state: State, day: date, p: Parameters) -> State:
    """The status that the count gives on this day, where the last event left it to the count."""
    return state.to(*_by_count(state, day, p)) if state.is_by_count else state


def _by_count(state: State, day: date, p: Parameters) -> tuple[str, str]:
    n, span = len(state.counted), state.span_days or 0
    if n >= p["definite_min_counted"] and span >= p["definite_span_days"]:
        if state.counted[-1].panel.is_younger_than(p["definite_from_age_days"]):
            return PERSISTENT, "igm_persistent_young"
        if not all(result.is_screened for result in state.counted):
            return PERSISTENT, "igm_persistent_not_screened"
        return DEFINITE_PATTERN, "igm_definite"
    if n >= p["persistent_min_counted"] and span >= p["persistent_span_days"]:
        return PERSISTENT, "igm_persistent"
    if state.decided_as == "borderline" and n < p["persistent_min_counted"]:
        return INDETERMINATE, "igm_borderline"
    return awaiting_repeat(state.days_waited(day), p)


def grade(state: State, p: Parameters) -> str | None:
    """complete: the last low is below detection or nearly nothing; else partial (rules 2)."""
    low = state.last_counted or (state.decided_by if state.status == CANDIDATE else None)
    if low is None:
        return None
    igm = low.panel.igm
    if igm.value is None:
        raise ValueError("an IgM that has a class has a value and limits")
    is_complete = igm.comparator in ("<", "<=") or igm.value < p["complete_below_g_per_l"]
    return "complete" if is_complete else "partial"
