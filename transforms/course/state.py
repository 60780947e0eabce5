"""Where a patient stands in one rule, after everything that happened so far."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from transforms.course.event import Result
from transforms.course.panel import Isotype

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
    """What the last event was read as, whether it counted, and why.

    is_recovery: it proves that nothing stands any more. ends_urgency: it takes the haste out.
    """

    event: str
    reason_code: str
    is_counted: bool = False
    is_recovery: bool = False
    ends_urgency: bool = False


NOT_READ = Step("none", "nothing_yet")


class Remark(NamedTuple):
    """A last result that left the state as it was, and why: said beside the reason of the state."""

    reason_code: str
    result: Result


class Since(NamedTuple):
    """What is remembered since the last recovery, beside what counts.

    provisional: an infant's last result that asks for a repeat and never counts. repeated_on: day
    of the last repeat that decided nothing. does_not_lapse: an alarming panel waits for a repeat.
    was_low: IgG was low, or spoke though it was borderline. is_open: its recovery must be shown;
    is_open_below: also for a low IgM. iga_was_low and iga_was_kept: what the panels of the pattern
    say of IgA. is_held: held at persistent by
    another isotype's fall that is none yet. normal_before: the clearest normal result before the
    first that counts, where it is clear enough to show an acquired fall.
    """

    provisional: Result | None = None
    repeated_on: date | None = None
    does_not_lapse: bool = False
    was_low: bool = False
    is_open: bool = False
    is_open_below: bool = False
    iga_was_low: bool = False
    iga_was_kept: bool = False
    is_held: bool = False
    normal_before: Result | None = None


class State(NamedTuple):
    """A state of rules 9.4 and what it rests on.

    counted: the results that count, oldest first. decided_by: the result that decided the status,
    read as decided_as; where is_by_count, the status follows from the count and the days since.
    reason_code: why this status; capped_by: what holds it there. earlier_status: the last other
    status, no_evidence aside. sampled_on: day of the last result that could be judged.
    borderline_others: the other isotypes whose last value that was not low was borderline, with
    it. normals: the normal results of an age from which a later low one is a fall.
    """

    status: str = NO_EVIDENCE
    reason_code: str = "nothing_yet"
    capped_by: tuple[str, ...] = ()
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
    since: Since = Since()
    sampled_on: date | None = None
    borderline_others: tuple[tuple[str, Isotype], ...] = ()
    normals: tuple[Result, ...] = ()
    remark: Remark | None = None
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

    @property
    def awaited_from(self) -> date | None:
        """The day from which a repeat is waited for: of what counts or is provisional, or of a
        repeat since that decided nothing."""
        since = self.last_counted or self.since.provisional
        if since is None:
            return None
        return max(since.day, self.since.repeated_on or since.day)

    @property
    def is_standing(self) -> bool:
        """Whether something counts, is provisional or decided that a lesser result leaves alone."""
        is_decided = self.status not in SILENT and self.status != RESOLVED
        return bool(self.counted) or self.since.provisional is not None or is_decided

    def to(self, status: str, reason_code: str, capped_by: tuple[str, ...] = ()) -> State:
        """The same facts with this status; the status it leaves is remembered."""
        earlier = self.earlier_status
        if self.status not in (status, NO_EVIDENCE):
            earlier = self.status
        return self._replace(
            status=status, reason_code=reason_code, capped_by=capped_by, earlier_status=earlier
        )

    def decided(self, result: Result, read: str, status: str, reason_code: str) -> State:
        """The status as this result, read so, alone decides it."""
        state = self._replace(decided_by=result, decided_as=read, is_by_count=False)
        return state.to(status, reason_code)

    def with_evidence(self, result: Result) -> State:
        first = self.first_evidence or result
        return self._replace(first_evidence=first, last_evidence=result)

    def emptied(self) -> State:
        """Nothing counts any more."""
        return self._replace(counted=(), is_replaced_since=False, since=Since())

    def remembering(self, **facts: Any) -> State:
        """With these facts of Since."""
        return self._replace(since=self.since._replace(**facts))

    def read_as(self, event: str, reason_code: str, is_counted: bool = False) -> State:
        return self._replace(step=Step(event, reason_code, is_counted), remark=None)

    def passed_over(
        self, result: Result, event: str, reason_code: str, remark: str | None = None
    ) -> State:
        """This result neither counts nor resets: state and count stay, it is said beside them."""
        read = self.read_as(event, reason_code)
        return read._replace(remark=Remark(remark or reason_code, result))
