"""Hyper-IgM pattern: one event per IgG result (rules 9.1 to 9.4b)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from transforms.course.counting import awaiting_repeat, by_count, count, is_far_enough
from transforms.course.event import Event, ReplacementStarted, Result
from transforms.course.panel import Panel
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
    SILENT,
    State,
)

NOT_HIGM_PATTERN = "not_higm_pattern"
QUALIFYING = frozenset({"strong", "compatible"})

# What a result that decides alone is read as -> the status it decides and why
OUTCOME = {
    "incomplete": (INDETERMINATE, "igg_low_without_igm"),
    "iga_unknown": (INDETERMINATE, "igg_low_iga_unknown"),
    "not_higm_pattern": (NOT_HIGM_PATTERN, "igg_low_with_low_igm"),
    "igm_undecided": (INDETERMINATE, "igg_low_igm_undecided"),
    "secondary": (EXCLUDED_SECONDARY, "igg_low_with_cause"),
    "paraprotein": (INDETERMINATE, "igm_high_behind_gate"),
    "igg_only": (INDETERMINATE, "igg_low_only"),
    "provisional": (CANDIDATE, "infant_provisional"),
}
# Events as the evidence names them, where the reading is finer
EVENT = {
    "iga_unknown": "incomplete",
    "igm_undecided": "indeterminate",
}
RESOLVABLE = frozenset({"secondary", "igg_only", "provisional"})


def classify(result: Result, p: Parameters) -> str:
    """What an IgG result is: the first question of rules 9.4b that fits."""
    igg = result.panel.igg
    if igg.class_ in (None, "not_classed"):
        return "not_classed"
    if igg.is_low:
        return _low_reading(result, p)
    if result.on_replacement:
        return "replacement"
    return {"borderline_low": "borderline", "censored_unresolved": "unresolved"}.get(
        igg.class_, "normal"
    )


def _low_reading(result: Result, p: Parameters) -> str:
    panel = result.panel
    if panel.igm.class_ in (None, "not_classed"):
        return "incomplete"
    if panel.igm.is_low:
        return "not_higm_pattern"
    if panel.igm.class_ in ("borderline_low", "censored_unresolved"):
        return "igm_undecided"
    is_behind_gate = is_paraprotein_suspect(panel, p)
    if result.causes or (is_behind_gate and result.is_monoclonal):
        return "secondary"
    if is_behind_gate and not result.is_spep_negative:
        return "paraprotein"
    read = pattern(panel)
    if read in QUALIFYING and panel.is_younger_than(p["count_from_age_days"]):
        return "provisional"
    return read


def pattern(panel: Panel) -> str:
    """Rules 9.3 for a panel with low IgG and an IgM that is neither low nor undecided."""
    if panel.igm.is_high:
        return "strong" if panel.iga.is_low else "compatible"
    if panel.iga.is_unknown:
        return "iga_unknown"
    return "compatible" if panel.iga.is_low else "igg_only"


def is_strong(panel: Panel) -> bool:
    return panel.igg.is_low and panel.iga.is_low and panel.igm.is_high


def is_paraprotein_suspect(panel: Panel, p: Parameters) -> bool:
    """A high IgM that needs electrophoresis first (rules 9.2, spep_gate)."""
    is_of_age = not panel.is_younger_than(p["spep_gate_age_days"])
    return panel.igm.is_high and (is_of_age or panel.igm.exceeds(p["spep_gate_igm_g_per_l"]))


def _is_young_boy(panel: Panel, p: Parameters) -> bool:
    """CD40L deficiency with low IgM exists: say so for young boys (rules 9.3)."""
    return panel.sex == "M" and panel.is_younger_than(p["cd40l_note_below_age_days"])


def advance(state: State, event: Event, p: Parameters) -> State:
    """The state after this event. Pure: the same history gives the same course."""
    state = by_count_on(state, event.day, p)
    if isinstance(event, ReplacementStarted):
        state = state._replace(is_replaced_since=bool(state.counted))
        return by_count_on(state, event.day, p).read_as(
            "replacement_started", "replacement_started"
        )
    if not isinstance(event, Result):
        return state.read_as("time", state.reason_code)
    return by_count_on(after_result(state, event, p), event.day, p)


def after_result(state: State, result: Result, p: Parameters) -> State:
    read = classify(result, p)
    if read in QUALIFYING:
        return _take_qualifying(state, result, read, p)
    if read in OUTCOME:
        state = state._replace(can_resolve=state.can_resolve or read in RESOLVABLE)
        status, reason = OUTCOME[read]
        if read == "not_higm_pattern" and _is_young_boy(result.panel, p):
            reason = "igg_low_with_low_igm_in_boy"
        state = state.with_evidence(result).decided(result, read, status, reason)
        return state.read_as(EVENT.get(read, read), reason)
    if read == "normal":
        return _take_normal(state, result)
    if read == "borderline":
        return state.read_as(read, "igg_borderline")
    if read == "unresolved":
        return _take_unresolved(state, result)
    return _take_unjudgeable(state, result, read)


def _take_qualifying(state: State, result: Result, read: str, p: Parameters) -> State:
    state = state._replace(can_resolve=True).with_evidence(result)
    if result.on_replacement:
        state = state.read_as(read, "pattern_on_replacement")
        if state.counted:
            return by_count(state, result, read)
        return state.decided(result, read, INDETERMINATE, "pattern_on_replacement")
    if is_far_enough(state, result, p):
        return by_count(count(state, result), result, read).read_as(read, f"{read}_counted", True)
    return by_count(state, result, read).read_as(read, "pattern_too_soon")


def _take_normal(state: State, result: Result) -> State:
    status, reason = NO_EVIDENCE, "igg_normal"
    if state.can_resolve:
        status, reason = RESOLVED, "igg_recovered"
    return state.emptied().decided(result, "normal", status, reason).read_as("normal", reason)


def _take_unresolved(state: State, result: Result) -> State:
    state = state.read_as("unresolved", "igg_unresolved")
    if state.status in SILENT or state.status == RESOLVED:
        return state
    return state.with_evidence(result).decided(
        result, "unresolved", INDETERMINATE, "igg_unresolved"
    )


def _take_unjudgeable(state: State, result: Result, read: str) -> State:
    """On replacement, or without a class: decides only where nothing else ever did."""
    reason = "igg_on_replacement" if read == "replacement" else "igg_not_classed"
    state = state.read_as(read, reason)
    if state.decided_by is None or state.status == NOT_ASSESSABLE:
        return state.decided(result, read, NOT_ASSESSABLE, reason)
    return state


def by_count_on(state: State, day: date, p: Parameters) -> State:
    """The status that the count gives on this day, where the last event left it to the count."""
    return state.to(*_by_count(state, day, p)) if state.is_by_count else state


def _by_count(state: State, day: date, p: Parameters) -> tuple[str, str]:
    if len(state.counted) >= p["definite_min_counted"]:
        return _by_counted_panels([result.panel for result in state.counted], p)
    days_since = state.days_waited(day)
    if state.is_replaced_since and days_since >= p["repeat_due_days"]:
        return INDETERMINATE, "igg_unusable_on_replacement"
    return awaiting_repeat(days_since, p)


def _by_counted_panels(panels: list[Panel], p: Parameters) -> tuple[str, str]:
    if any(is_strong(panel) for panel in panels):
        return DEFINITE_PATTERN, "pattern_definite_strong"
    if all(_is_profound(panel, p) for panel in panels):
        return DEFINITE_PATTERN, "pattern_definite_very_low"
    if panels[-1].is_younger_than(p["thi_below_age_days"]):
        return PERSISTENT, "pattern_persistent_young"
    return PERSISTENT, "pattern_persistent"


def _is_profound(panel: Panel, p: Parameters) -> bool:
    is_of_age = not panel.is_younger_than(p["definite_very_low_from_age_days"])
    return is_of_age and panel.igg.is_very_low and panel.iga.is_very_low


def grade(state: State, p: Parameters) -> str | None:
    """strong if any counted (or infant-provisional) panel is strong, else compatible."""
    panels = [result.panel for result in state.counted]
    if not panels and state.status == CANDIDATE and state.decided_by:
        panels = [state.decided_by.panel]
    if not panels:
        return None
    return "strong" if any(is_strong(panel) for panel in panels) else "compatible"


def is_urgent(events: Iterable[Event], p: Parameters) -> bool:
    """Whether an alarming panel stands since IgG was last normal off replacement.

    events: the patient's hyper-IgM events in order of time.
    """
    urgent = False
    for event in events:
        if not isinstance(event, Result):
            continue
        if classify(event, p) == "normal":
            urgent = False
        elif is_alarming(event.panel, p):
            urgent = True
    return urgent


def is_alarming(panel: Panel, p: Parameters) -> bool:
    """A child below 2 years with IgG very low or a strong pattern, whatever the state."""
    is_child = panel.is_younger_than(p["urgent_below_age_days"])
    return is_child and (panel.igg.is_very_low or is_strong(panel))
