"""What the rules share: which results count, what explains them, and what time makes of a count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from math import ceil

from transforms.course.event import Result
from transforms.course.exposure import SUSPECTED, UNREVIEWED, Cause
from transforms.course.parameter import Parameters
from transforms.course.state import (
    AWAITING_REPEAT,
    CANDIDATE,
    INDETERMINATE,
    REPEAT_DUE,
    REPEAT_OVERDUE,
    State,
)

POSSIBLE = "possible"
KNOWN_DISEASE_CAP = "known_iei"
CAP = {
    POSSIBLE: "possible_cause",
    SUSPECTED: "suspected_cause",
    UNREVIEWED: "unreviewed_drug",
}


def is_far_enough(state: State, result: Result, p: Parameters) -> bool:
    """Counting is greedy: far enough from the last result that counted (rules 9.4b)."""
    since = state.days_since_counted(result.day)
    return since is None or since >= p["min_interval_days"]


def count(state: State, result: Result) -> State:
    return state._replace(counted=(*state.counted, result))


def by_count(state: State, result: Result, read: str) -> State:
    """This result, read so, leaves the status to the count."""
    return state._replace(decided_by=result, decided_as=read, is_by_count=True)


def is_proven(state: State, p: Parameters) -> bool:
    """So many results count that a lesser one neither counts nor resets."""
    return len(state.counted) >= p["proven_min_counted"]


def explaining(result: Result, p: Parameters) -> tuple[Cause, ...]:
    """The causes in force that explain an index result so low.

    A group with a parameter of its name explains no result below that value (pregnancy).
    """
    index = result.panel.index_isotype
    return tuple(
        cause
        for cause in result.causes
        if (from_value := p.values.get(f"{cause.group}_explains_from_g_per_l")) is None
        or not index.is_below(from_value)
    )


def cause_reading(
    state: State, result: Result, p: Parameters, is_monoclonal: bool = False
) -> str | None:
    """How the causes in force read a low result; None where they leave it as it is.

    A possible cause does not explain an alarming panel. A cause counts from its beginning: after
    enough counted results that are free of any cause the low is only noted.
    """
    causes = explaining(result, p)
    if not causes and not is_monoclonal:
        return None
    is_certain = is_monoclonal or any(cause.effect != POSSIBLE for cause in causes)
    if result.is_alarming and not is_certain:
        return None
    free = sum(not explaining(counted, p) for counted in state.counted)
    return "later_cause" if free >= p["proven_min_counted"] else "secondary"


def caps(counted: Iterable[Result], p: Parameters) -> set[str]:
    """What holds a count at persistent that would be definite, of what both rules share."""
    counted = list(counted)
    found = {fault for result in counted for fault in result.screening_faults}
    if any(result.known_disease for result in counted):
        found.add(KNOWN_DISEASE_CAP)
    around = [_doubtful(result, p) for result in counted]
    for effect, what in set().union(*around):
        if sum((effect, what) not in one for one in around) < p["proven_min_counted"]:
            found.add(CAP[effect])
    return found


def _doubtful(result: Result, p: Parameters) -> set[tuple[str, str]]:
    """The exposures around a counted result that may explain it, each by what makes it one."""
    causes = (*explaining(result, p), *result.doubts)
    return {
        (cause.effect, (cause.name or "") if cause.effect == UNREVIEWED else cause.group)
        for cause in causes
        if cause.effect in CAP
    }


def awaiting_repeat(days_since: int, p: Parameters, may_lapse: bool = True) -> tuple[str, str]:
    """Status and reason while too little is counted, by the days since a repeat is waited for."""
    if days_since < p["repeat_due_days"]:
        return CANDIDATE, "repeat_awaited"
    if days_since < p["repeat_overdue_days"]:
        return REPEAT_DUE, "repeat_due"
    if days_since <= p["lapse_days"] or not may_lapse:
        return REPEAT_OVERDUE, "repeat_overdue"
    return INDETERMINATE, "repeat_lapsed"


def repeat_dates(state: State, p: Parameters) -> tuple[date, date] | None:
    """The days on which a repeat is due and overdue, while one is awaited."""
    since = state.awaited_from
    if since is None or state.status not in AWAITING_REPEAT:
        return None
    return on(since, p["repeat_due_days"]), on(since, p["repeat_overdue_days"])


def on(since: date, days: float) -> date:
    return since + timedelta(days=ceil(days))
