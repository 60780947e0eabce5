"""Hyper-IgM pattern: one event per IgG result (rules 9.1 to 9.4b, 2026.2)."""

from __future__ import annotations

from datetime import date

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
from transforms.course.event import Event, ReplacementStarted, Result
from transforms.course.panel import Panel
from transforms.course.parameter import Parameters
from transforms.course.recovery import BACK, ends_urgency, opened, recovery
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
    "speaks_on_replacement": (INDETERMINATE, "pattern_speaks_on_replacement"),
}
# What neither counts nor resets -> why
PASSED_OVER = {
    "later_cause": "igg_low_with_later_cause",
    "paraprotein_again": "igm_high_behind_gate_again",
    "igm_undecided_again": "igg_low_igm_undecided_again",
    "igm_low_again": "igm_low_after_strong",
}
INCOMPLETE = frozenset({"incomplete", "iga_unknown"})
# Events as the evidence names them, where the reading is finer
EVENT = {
    "iga_unknown": "incomplete",
    "igm_undecided": "indeterminate",
    "igm_undecided_again": "indeterminate",
    "igm_low_again": "not_higm_pattern",
    "paraprotein_again": "paraprotein",
    "speaks_on_replacement": "replacement",
}
RESOLVABLE = frozenset({"secondary", "igg_only"})
REPLACED = Step("replacement_started", "replacement_started")
# Why a provisional pattern stands where time has brought it
PROVISIONAL = {
    CANDIDATE: "infant_provisional",
    REPEAT_DUE: "infant_provisional_due",
    REPEAT_OVERDUE: "infant_provisional_overdue",
    INDETERMINATE: "infant_provisional_lapsed",
}


def classify(state: State, result: Result, p: Parameters) -> str:
    """What an IgG result is: the first question of rules 9.4b that fits."""
    panel = result.panel
    igg = panel.igg
    if igg.class_ in (None, "not_classed"):
        return "not_classed"
    if igg.is_low:
        return _low_reading(state, result, p)
    if result.on_replacement:
        return "speaks_on_replacement" if panel.speaks else "replacement"
    if igg.class_ == "borderline_low":
        return _low_reading(state, result, p) if panel.speaks else "borderline"
    return "unresolved" if igg.class_ == "censored_unresolved" else "normal"


def _low_reading(state: State, result: Result, p: Parameters) -> str:
    panel = result.panel
    again = is_proven(state, p)
    if panel.igm.class_ in (None, "not_classed"):
        return "incomplete"
    if panel.igm.is_low:
        is_swing = again and any(counted.panel.is_strong for counted in state.counted)
        return "igm_low_again" if is_swing else "not_higm_pattern"
    if panel.igm.class_ in ("borderline_low", "censored_unresolved"):
        return "igm_undecided_again" if again else "igm_undecided"
    is_behind_gate = is_paraprotein_suspect(panel, p)
    explained = cause_reading(state, result, p, is_behind_gate and result.is_monoclonal)
    if explained:
        return explained
    if is_behind_gate and not result.is_spep_negative:
        return "paraprotein_again" if again else "paraprotein"
    read = pattern(panel)
    if read in QUALIFYING and panel.is_younger_than(p["count_from_age_days"]):
        return "provisional"
    return read


def pattern(panel: Panel) -> str:
    """Rules 9.3 for a panel whose IgM is neither low nor undecided, and whose IgG is low; or
    borderline, beside a very low IgA and a high IgM."""
    if panel.is_strong:
        return "strong"
    if panel.igm.is_high:
        return "compatible"
    if panel.iga.is_unknown:
        return "iga_unknown"
    return "compatible" if panel.iga.is_low else "igg_only"


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
        state = state._replace(is_replaced_since=state.awaited_from is not None)
        return by_count_on(state, event.day, p)._replace(step=REPLACED)
    if not isinstance(event, Result):
        return state._replace(step=Step("time", state.reason_code))
    return by_count_on(after_result(state, event, p), event.day, p)


def after_result(state: State, result: Result, p: Parameters) -> State:
    read = classify(state, result, p)
    if read != "not_classed":
        state = opened(state, read, result)._replace(sampled_on=result.day)
    if read in QUALIFYING:
        return _take_qualifying(state, result, read, p)
    if read == "provisional":
        return _take_provisional(state, result)
    if read in PASSED_OVER:
        state = state.with_evidence(result)
        return state.passed_over(result, EVENT.get(read, read), PASSED_OVER[read])
    if read in INCOMPLETE and state.is_standing and state.decided_as not in INCOMPLETE:
        event, reason = EVENT.get(read, read), OUTCOME[read][1]
        state = state.with_evidence(result)
        return state.passed_over(result, event, reason, "last_result_incomplete")
    if read in OUTCOME:
        return _take_outcome(state, result, read, p)
    if read == "normal":
        return _take_normal(state, result)
    if read == "borderline":
        return _take_borderline(state, result)
    if read == "unresolved":
        return _take_unresolved(state, result)
    return _take_unjudgeable(state, result, read)


def _take_outcome(state: State, result: Result, read: str, p: Parameters) -> State:
    status, reason = OUTCOME[read]
    if read in RESOLVABLE:
        state = state._replace(can_resolve=True).remembering(is_open=True)
    if read == "speaks_on_replacement":
        state = state._replace(can_resolve=True).remembering(is_open=True, iga_was_low=True)
        if state.awaited_from is not None:
            return state.with_evidence(result).read_as("replacement", reason)
    if read == "not_higm_pattern" and _is_young_boy(result.panel, p):
        reason = "igg_low_with_low_igm_in_boy"
    state = state.with_evidence(result).decided(result, read, status, reason)
    return state.read_as(EVENT.get(read, read), reason)


def _shown(state: State, result: Result) -> State:
    """The pattern was seen: its recovery must be shown, by IgA where that was low."""
    panel, since = result.panel, state.since
    return (
        state._replace(can_resolve=True)
        .remembering(
            is_open=True,
            iga_was_low=since.iga_was_low or panel.iga.is_low,
            iga_was_kept=since.iga_was_kept or (panel.igm.is_high and not panel.iga.is_low),
        )
        .with_evidence(result)
    )


def _take_qualifying(state: State, result: Result, read: str, p: Parameters) -> State:
    state = _shown(state, result)
    if result.on_replacement:
        state = state.read_as(read, "pattern_on_replacement")
        if state.counted:
            return by_count(state, result, read)
        return state.decided(result, read, INDETERMINATE, "pattern_on_replacement")
    if is_far_enough(state, result, p):
        state = _waiting(count(state, result), result)
        return by_count(state, result, read).read_as(read, f"{read}_counted", True)
    if strength(result.panel) > strength(state.counted[-1].panel):
        state = _waiting(_in_its_place(state, result), result)
        return by_count(state, result, read).read_as(read, "stronger_takes_its_place")
    return by_count(state, result, read).read_as(read, "pattern_too_soon")


def _waiting(state: State, result: Result) -> State:
    """A repeat is waited for, without an end where the panel is alarming."""
    return state.remembering(does_not_lapse=state.since.does_not_lapse or result.is_alarming)


def strength(panel: Panel) -> tuple[bool, bool, bool]:
    """Of two panels of one cluster the stronger counts."""
    return panel.is_strong, panel.igg.is_very_low, panel.iga.is_very_low


def _in_its_place(state: State, result: Result) -> State:
    """The last counted panel with the isotypes of the stronger one: the day of the first stands."""
    first = state.counted[-1]
    panel = first.panel._replace(
        measurement_id=result.panel.measurement_id, isotypes=result.panel.isotypes
    )
    stronger = first._replace(panel=panel, is_alarming=first.is_alarming or result.is_alarming)
    return state._replace(counted=(*state.counted[:-1], stronger))


def _take_provisional(state: State, result: Result) -> State:
    """An infant's pattern never counts, and asks for a repeat like every other."""
    state = _waiting(_shown(state, result), result)
    state = state.remembering(provisional=result, repeated_on=None)
    return by_count(state, result, "provisional").read_as("provisional", "infant_provisional")


def _take_borderline(state: State, result: Result) -> State:
    """Decides nothing; what is awaited is awaited from this repeat on."""
    if state.awaited_from is None:
        return state.read_as("borderline", "igg_borderline")
    state = state.remembering(repeated_on=result.day)
    state = state.read_as("borderline", "igg_borderline_repeat")
    return state._replace(step=state.step._replace(ends_urgency=ends_urgency(result.panel)))


def _take_normal(state: State, result: Result) -> State:
    reason, is_recovery = recovery(state, result)
    status = INDETERMINATE
    if reason in BACK:
        status = RESOLVED if state.can_resolve else NO_EVIDENCE
    if is_recovery:
        state = state.emptied()
    state = state.decided(result, "normal", status, reason).read_as("normal", reason)
    return state._replace(step=state.step._replace(is_recovery=is_recovery))


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


def _by_count(state: State, day: date, p: Parameters) -> tuple[str, str, tuple[str, ...]]:
    if len(state.counted) >= p["definite_min_counted"]:
        return _by_counted_panels(state, p)
    days_since = (day - (state.awaited_from or day)).days
    if state.is_replaced_since and days_since >= p["repeat_due_days"]:
        return INDETERMINATE, "igg_unusable_on_replacement", ()
    status, reason = awaiting_repeat(days_since, p, not state.since.does_not_lapse)
    if not state.counted:
        reason = PROVISIONAL[status]
    return status, reason, ()


def _by_counted_panels(state: State, p: Parameters) -> tuple[str, str, tuple[str, ...]]:
    panels = [result.panel for result in state.counted]
    reason = None
    if any(panel.is_strong for panel in panels):
        reason = "pattern_definite_strong"
    elif all(_is_profound(panel, p) for panel in panels):
        reason = "pattern_definite_very_low"
    if reason:
        capped_by = tuple(sorted(caps(state.counted, p)))
        if capped_by:
            return PERSISTENT, "pattern_persistent_capped", capped_by
        return DEFINITE_PATTERN, reason, ()
    if panels[-1].is_younger_than(p["thi_below_age_days"]):
        return PERSISTENT, "pattern_persistent_young", ()
    return PERSISTENT, "pattern_persistent", ()


def _is_profound(panel: Panel, p: Parameters) -> bool:
    is_of_age = not panel.is_younger_than(p["definite_very_low_from_age_days"])
    return is_of_age and panel.igg.is_very_low and panel.iga.is_very_low


def grade(state: State, p: Parameters) -> str | None:
    """strong if any counted (or infant-provisional) panel is strong, else compatible."""
    panels = [result.panel for result in state.counted]
    if not panels and state.status in AWAITING_REPEAT and state.since.provisional:
        panels = [state.since.provisional.panel]
    if not panels:
        return None
    return "strong" if any(panel.is_strong for panel in panels) else "compatible"


def repeat_dates(state: State, p: Parameters) -> tuple[date, date] | None:
    """Also a persistent pattern is measured again, counted from the last sample."""
    if state.status != PERSISTENT or state.sampled_on is None:
        return dates_awaited(state, p)
    due = on(state.sampled_on, p["persistent_due_days"])
    return due, on(due, p["persistent_overdue_after_days"])


def is_urgent(result: Result, p: Parameters) -> bool:
    """Whether the panel cannot wait, whatever the state, in a patient as old at the clock.

    An alarming panel, or a borderline IgG beside a very low IgA and a high IgM.
    """
    return result.is_alarming or result.panel.is_second_form
