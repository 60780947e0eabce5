"""Where a patient stands in one rule, after everything that happened so far."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from transforms.course.event import Result

NO_EVIDENCE = "no_evidence"
NOT_ASSESSABLE = "not_assessable"
CANDIDATE = "candidate"
REPEAT_DUE = "repeat_due"
REPEAT_OVERDUE = "repeat_overdue"
PERSISTENT = "persistent"
DEFINITE_PATTERN = "definite_pattern"
RESOLVED = "resolved"
INDETERMINATE = "indeterminate"
EXCLUDED_SECONDARY = "excluded_secondary"
AWAITING_REPEAT = frozenset({CANDIDATE, REPEAT_DUE, REPEAT_OVERDUE})
SILENT = frozenset({NO_EVIDENCE, NOT_ASSESSABLE})


class Step(NamedTuple):
    """What the last event was read as, whether it counted, and why."""

    event: str
    reason_code: str
    is_counted: bool = False


NOT_READ = Step("none", "nothing_yet")


class State(NamedTuple):
    """A state of rules 9.4 and what it rests on.

    counted: the results that count, oldest first. decided_by: the result that decided the status,
    read as decided_as; where is_by_count, the status follows from the count and the days since.
    reason_code: why this status. earlier_status: the last other status, no_evidence aside.
    """

    status: str = NO_EVIDENCE
    reason_code: str = "nothing_yet"
    earlier_status: str | None = None
    counted: tuple[Result, ...] = ()
    decided_by: Result | None = None
    decided_as: str | None = None
    is_by_count: bool = False
    first_evidence: Result | None = None
    last_evidence: Result | None = None
    can_resolve: bool = False
    is_after_normal: bool = False
    is_replaced_since: bool = False
    step: Step = NOT_READ

    @property
    def last_counted(self) -> Result | None:
        return self.counted[-1] if self.counted else None

    @property
    def span_days(self) -> int | None:
        if not self.counted:
            return None
        return (self.counted[-1].day - self.counted[0].day).days

    def days_since_counted(self, day: date) -> int | None:
        return self.days_waited(day) if self.counted else None

    def days_waited(self, day: date) -> int:
        """Days since the last counted result, where there is one."""
        return (day - self.counted[-1].day).days

    def to(self, status: str, reason_code: str) -> State:
        """The same facts with this status; the status it leaves is remembered."""
        earlier = self.earlier_status
        if self.status not in (status, NO_EVIDENCE):
            earlier = self.status
        return self._replace(status=status, reason_code=reason_code, earlier_status=earlier)

    def decided(self, result: Result, read: str, status: str, reason_code: str) -> State:
        """The status as this result, read so, alone decides it."""
        state = self._replace(decided_by=result, decided_as=read, is_by_count=False)
        return state.to(status, reason_code)

    def with_evidence(self, result: Result) -> State:
        first = self.first_evidence or result
        return self._replace(first_evidence=first, last_evidence=result)

    def emptied(self) -> State:
        """Nothing counts any more."""
        return self._replace(counted=(), is_replaced_since=False)

    def read_as(self, event: str, reason_code: str, is_counted: bool = False) -> State:
        return self._replace(step=Step(event, reason_code, is_counted))
