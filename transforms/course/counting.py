"""What the rules share: which results count, and what time alone makes of a count."""

from __future__ import annotations

from transforms.course.event import Result
from transforms.course.parameter import Parameters
from transforms.course.state import (
    CANDIDATE,
    INDETERMINATE,
    REPEAT_DUE,
    REPEAT_OVERDUE,
    State,
)


def is_far_enough(state: State, result: Result, p: Parameters) -> bool:
    """Counting is greedy: far enough from the last result that counted (rules 9.4b)."""
    since = state.days_since_counted(result.day)
    return since is None or since >= p["min_interval_days"]


def count(state: State, result: Result) -> State:
    return state._replace(counted=(*state.counted, result))


def by_count(state: State, result: Result, read: str) -> State:
    """This result, read so, leaves the status to the count."""
    return state._replace(decided_by=result, decided_as=read, is_by_count=True)


def awaiting_repeat(days_since: int, p: Parameters) -> tuple[str, str]:
    """Status and reason while too little is counted, by the days since the last counted result."""
    if days_since < p["repeat_due_days"]:
        return CANDIDATE, "repeat_awaited"
    if days_since < p["repeat_overdue_days"]:
        return REPEAT_DUE, "repeat_due"
    if days_since <= p["lapse_days"]:
        return REPEAT_OVERDUE, "repeat_overdue"
    return INDETERMINATE, "repeat_lapsed"
