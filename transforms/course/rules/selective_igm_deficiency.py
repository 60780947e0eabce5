"""Selective IgM deficiency: one event per IgM result (rules 9.1 to 9.4b, 2026.2)."""

from __future__ import annotations

from datetime import date
from math import ceil

from transforms.course.alarm import is_above_alert
from transforms.course.counting import (
    awaiting_repeat,
    by_count,
    caps,
    cause_reading,
    count,
    is_far_enough,
    is_proven,
    on,
)
from transforms.course.counting import repeat_dates as dates_awaited
from transforms.course.event import Event, Result
from transforms.course.panel import Isotype, Panel
from transforms.course.parameter import Parameters
from transforms.course.state import (
    AWAITING_REPEAT,
    CANDIDATE,
    DEFINITE_PATTERN,
    EXCLUDED_SECONDARY,
    INDETERMINATE,
    NO_EVIDENCE,
    NOT_ASSESSABLE,
    PERSISTENT,
    REPEAT_DUE,
    REPEAT_OVERDUE,
    RESOLVED,
    SILENT,
    State,
    Step,
)

NOT_SELECTIVE = "not_selective"
OTHERS = ("igg", "iga")

# What a result that decides alone is read as -> the status it decides and why
OUTCOME = {
    "not_assessable": (NOT_ASSESSABLE, "igm_before_assessable_age"),
    "secondary": (EXCLUDED_SECONDARY, "igm_low_with_cause"),
    "incomplete": (INDETERMINATE, "igm_low_incomplete"),
    "on_replacement": (INDETERMINATE, "igm_low_on_replacement"),
    "not_selective": (NOT_SELECTIVE, "igm_low_not_alone"),
    "was_selective": (NOT_SELECTIVE, "igm_low_no_longer_alone"),
    "other_paraprotein": (INDETERMINATE, "igm_low_behind_gate"),
    "unresolved": (INDETERMINATE, "igm_unresolved"),
}
# What neither counts nor resets -> why
PASSED_OVER = {
    "later_cause": "igm_low_with_later_cause",
    "other_paraprotein_again": "igm_low_behind_gate_again",
    "by_a_hair": "igm_low_others_by_a_hair",
}
INCOMPLETE = frozenset({"incomplete", "on_replacement"})
# Events as the evidence names them, where the reading is finer
EVENT = {
    "on_replacement": "incomplete",
    "was_selective": "not_selective",
    "other_paraprotein": "paraprotein",
    "other_paraprotein_again": "paraprotein",
    "by_a_hair": "not_selective",
}


def classify(state: State, result: Result, p: Parameters) -> str:
    """What an IgM result is: the first question of rules 9.4b that fits."""
    panel = result.panel
    igm = panel.igm
    if panel.is_younger_than(p["assess_from_age_days"]):
        return "not_assessable"
    if igm.class_ in (None, "not_classed"):
        return "not_classed"
    if not igm.is_low and igm.class_ != "borderline_low":
        return "unresolved" if igm.class_ == "censored_unresolved" else "normal"
    low_others = [analyte for analyte in OTHERS if panel.of(analyte).is_low]
    if state.counted and low_others:  # asked before the causes
        is_no_fall = all(_is_by_a_hair(state, panel, analyte, p) for analyte in low_others)
        return "by_a_hair" if is_no_fall else "was_selective"
    return _low_reading(state, result, p) if igm.is_low else "borderline"


def _low_reading(state: State, result: Result, p: Parameters) -> str:
    panel = result.panel
    explained = cause_reading(state, result, p)
    if explained:
        return explained
    if any(panel.of(analyte).is_unknown for analyte in OTHERS):
        return "incomplete"
    if result.on_replacement:
        return "on_replacement"
    if any(panel.of(analyte).is_low for analyte in OTHERS):
        return "not_selective"
    if _is_behind_gate(panel, p):
        if result.is_monoclonal:
            return cause_reading(state, result, p, is_monoclonal=True) or "secondary"
        if not result.is_spep_negative:
            return "other_paraprotein_again" if is_proven(state, p) else "other_paraprotein"
    return "infant_low" if panel.is_younger_than(p["count_from_age_days"]) else "low"


def _is_behind_gate(panel: Panel, p: Parameters) -> bool:
    """An IgG or IgA so high that electrophoresis is asked first."""
    return any(is_above_alert(panel, analyte, p) for analyte in OTHERS)


def _is_by_a_hair(state: State, panel: Panel, analyte: str, p: Parameters) -> bool:
    """Low now, borderline before, and within what two results of one person differ by chance."""
    before, now = dict(state.borderline_others).get(analyte), panel.of(analyte)
    if before is None or before.comparator or now.comparator:
        return False
    if before.value is None or now.value is None:
        return False
    least = before.value * (1 - p[f"change_{analyte}_ratio"])
    return round(now.value, 9) >= round(least, 9)


def _with_borderline_others(state: State, panel: Panel) -> State:
    """Those of the other isotypes that were borderline when they were last judged and not low."""
    is_new = panel.igg.class_ == "borderline_low" or panel.iga.class_ == "borderline_low"
    if not is_new and not state.borderline_others:  # nearly everyone
        return state
    before = dict(state.borderline_others)
    for analyte in OTHERS:
        isotype = panel.of(analyte)
        if isotype.class_ == "borderline_low":
            before[analyte] = isotype
        elif not (isotype.is_low or isotype.is_unknown):
            before.pop(analyte, None)
    return state._replace(borderline_others=tuple(before.items()))


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
        return state._replace(step=Step("time", state.reason_code))
    state = by_count_on(after_result(state, event, p), event.day, p)
    return _with_borderline_others(state, event.panel)


def after_result(state: State, result: Result, p: Parameters) -> State:
    read = classify(state, result, p)
    if read == "normal":
        return _take_normal(_with_normal(state, result, p), result, p)
    state = state._replace(is_after_normal=False)
    if read == "not_classed":
        return _take_not_classed(state, result)
    if read == "borderline" and not state.counted:
        return _take_lone_borderline(state, result)
    if read != "not_assessable":
        state = state.with_evidence(result)
    if read in PASSED_OVER:
        state = state.remembering(is_held=state.since.is_held or read == "by_a_hair")
        return state.passed_over(result, EVENT.get(read, read), PASSED_OVER[read])
    if read in INCOMPLETE and state.is_standing and state.decided_as not in INCOMPLETE:
        return state.passed_over(result, "incomplete", OUTCOME[read][1], "last_result_incomplete")
    if read in OUTCOME:
        status, reason = OUTCOME[read]
        return state.decided(result, read, status, reason).read_as(EVENT.get(read, read), reason)
    if read == "infant_low":
        state = state.remembering(provisional=result)
        return by_count(state, result, read).read_as(read, "igm_low_in_infancy")
    if read == "borderline":
        return by_count(state, result, read).read_as(read, "igm_borderline")
    if is_far_enough(state, result, p):
        state = by_count(_counted(state, result, p), result, read)
        return state.read_as(read, "igm_low_counted", True)
    return by_count(state, result, read).read_as(read, "igm_low_too_soon")


def _counted(state: State, result: Result, p: Parameters) -> State:
    """With the first of a count the clearest normal before it is remembered, if it shows a fall."""
    if not state.counted and state.normals:
        at = result.panel.collected_at
        earlier = (normal for normal in state.normals if normal.panel.collected_at < at)
        normal = max(earlier, key=lambda r: r.panel.igm.value or 0, default=None)
        if normal is not None and _is_fall(normal, result, p):
            state = state.remembering(normal_before=normal)
    return count(state, result)


def _is_fall(normal: Result, low: Result, p: Parameters) -> bool:
    """The normal value is so many times the low one, where that has a value."""
    value = low.panel.igm.value
    return value is not None and not _is_below(normal.panel.igm.value, p["acquired_ratio"], value)


def _with_normal(state: State, result: Result, p: Parameters) -> State:
    """The normal results of an age from which a later low one is a fall."""
    if not result.panel.is_at_least(p["acquired_from_age_days"]):
        return state
    return state._replace(normals=(*state.normals, result))


def _take_lone_borderline(state: State, result: Result) -> State:
    """Between the limits with nothing counted: no evidence by itself, and no answer to anything."""
    if state.status in SILENT:
        state = state.decided(result, "borderline", NO_EVIDENCE, "igm_borderline_alone")
    return state.read_as("borderline", "igm_borderline_alone")


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


def _by_count(state: State, day: date, p: Parameters) -> tuple[str, str, tuple[str, ...]]:
    n, span = len(state.counted), state.span_days or 0
    if n >= p["definite_min_counted"] and span >= p["definite_span_days"]:
        if state.counted[-1].panel.is_younger_than(p["definite_from_age_days"]):
            return PERSISTENT, "igm_persistent_young", ()
        capped_by = tuple(sorted(_caps(state, p)))
        if capped_by:
            return PERSISTENT, "igm_persistent_capped", capped_by
        return DEFINITE_PATTERN, "igm_definite", ()
    if n >= p["persistent_min_counted"] and span >= p["persistent_span_days"]:
        return PERSISTENT, "igm_persistent", ()
    if not n:
        return *_by_infant_low(state, day, p), ()
    if state.decided_as == "borderline" and n < p["persistent_min_counted"]:
        return INDETERMINATE, "igm_borderline", ()
    return *awaiting_repeat(state.days_waited(day), p), ()


def _caps(state: State, p: Parameters) -> set[str]:
    found = caps(state.counted, p)
    panels = [result.panel for result in state.counted]
    if any(panel.of(analyte).is_high for panel in panels for analyte in OTHERS):
        found.add("other_isotype_high")
    if state.since.is_held or any(_is_borderline_beside(panel) for panel in panels):
        found.add("other_isotypes_borderline")
    if state.since.normal_before is not None:
        found.add("acquired")
    return found


def _is_borderline_beside(panel: Panel) -> bool:
    return all(panel.of(analyte).class_ == "borderline_low" for analyte in OTHERS)


def _by_infant_low(state: State, day: date, p: Parameters) -> tuple[str, str]:
    """An infant's low never counts: the repeat is due once it could, and not before the usual."""
    low, dates = state.since.provisional, _infant_dates(state, p)
    if low is None or dates is None:
        raise ValueError("a state by the count has a counted or an infant's result")
    due, overdue = dates
    if day < due:
        return CANDIDATE, "igm_low_in_infancy"
    if day < overdue:
        return REPEAT_DUE, "igm_low_in_infancy_due"
    if (day - low.day).days <= p["lapse_days"]:
        return REPEAT_OVERDUE, "igm_low_in_infancy_overdue"
    return INDETERMINATE, "igm_low_in_infancy_lapsed"


def _infant_dates(state: State, p: Parameters) -> tuple[date, date] | None:
    low = state.since.provisional
    if low is None or low.panel.age_days is None:
        return None
    until_counted = ceil(p["count_from_age_days"] - low.panel.age_days)
    due = on(low.day, max(p["repeat_due_days"], until_counted))
    return due, on(due, p["repeat_overdue_days"] - p["repeat_due_days"])


def repeat_dates(state: State, p: Parameters) -> tuple[date, date] | None:
    """Also a persistent pattern is measured again, in time to become definite."""
    if state.status == PERSISTENT and state.counted:
        first, last = state.counted[0].day, state.counted[-1].day
        due = max(
            on(first, p["persistent_due_after_first_days"]),
            on(last, p["persistent_due_after_last_days"]),
        )
        return due, on(due, p["persistent_overdue_after_days"])
    if state.status in AWAITING_REPEAT and not state.counted:
        return _infant_dates(state, p)
    return dates_awaited(state, p)


def grade(state: State, p: Parameters) -> str | None:
    """complete: the last low is below detection or nearly nothing; else partial (rules 2)."""
    low = state.last_counted or (
        state.since.provisional if state.status in AWAITING_REPEAT else None
    )
    if low is None:
        return None
    igm: Isotype = low.panel.igm
    if igm.value is None:
        raise ValueError("an IgM that has a class has a value and limits")
    is_complete = igm.comparator in ("<", "<=") or igm.value < p["complete_below_g_per_l"]
    return "complete" if is_complete else "partial"
