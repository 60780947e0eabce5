"""One rule's state of a patient, as a report shows it: its section, and what happens next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from reports.wording import has_wording, wording

Row = dict[str, Any]
# How long a report shows a resolved flag in a section of its own
RESOLVED_IN_SIGHT = timedelta(days=92)


@dataclass
class Flag:
    """One rule's state of a patient: a row of flag.patient_flag with its action and verdict."""

    patient_key: str
    patient_id: str
    assigning_authority: str
    facility: str
    sex: str
    birth_date: date | None
    rule_id: str
    status: str
    grade: str | None
    status_reason: str
    n_counted: int
    span_days: int | None
    first_evidence_at: datetime | None
    last_evidence_at: datetime | None
    repeat_due_on: date | None
    repeat_overdue_on: date | None
    urgent: bool
    alarming: bool
    severity: str | None
    capped_by: list[str]
    causes: list[str]
    unreviewed_drugs: list[str]
    seen_at: datetime | None
    routes: list[str]
    missing: list[str]
    rule_version: str
    reference_set: str
    as_of: date
    run_id: str
    ask: str | None
    action: str | None
    watched_as: str | None
    asks_on: date | None
    verdict: str | None
    diagnosis: str | None
    reviewer: str | None
    reviewed_at: datetime | None
    note: str | None
    changed_since: str | None
    is_quieted: bool
    changed_on: date | None
    previous_status: str | None
    steps: list[Row] = field(default_factory=list)

    @property
    def section(self) -> str:
        """The section of the report: that of what it asks, else of why it asks nothing."""
        key = self.ask or self.watched_as
        if key and has_wording("section_of", key):
            return wording("section_of", key)
        return "resolved" if self.is_recently_resolved else "set_aside"

    @property
    def is_recently_resolved(self) -> bool:
        since = self.changed_on or self.as_of
        return self.status == "resolved" and self.as_of - since <= RESOLVED_IN_SIGHT

    @property
    def is_new(self) -> bool:
        return self.changed_on == self.as_of

    @property
    def settled_by(self) -> str | None:
        """Key of what would settle an indeterminate state: the reason of its last step.

        Where that step left another state, time alone has made it indeterminate.
        """
        if self.status != "indeterminate":
            return None
        last = max(
            (step for step in self.steps if step["role"] == "index"),
            key=lambda step: step["event_number"],
            default=None,
        )
        if last is None:
            return "other"
        if last["status_after"] != self.status:
            return "time"
        return last["reason_code"] if has_wording("settle", last["reason_code"]) else "other"

    @property
    def next_key(self) -> str | None:
        """Key of what the next result would change, None where there is nothing to say."""
        key = f"{self.rule_id}.{self.status}"
        return key if has_wording("next", key) else None
