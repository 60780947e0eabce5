"""Where one patient stands under each rule, how it came to that, and what is next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from transforms.course.exposure import Exposures, read_exposures
from transforms.course.follow_patients import flag_of
from transforms.course.next_steps import NextStep, next_steps
from transforms.course.notice import Ended, notice_of, severity_ended, urgency_ended
from transforms.course.panel import read_panels
from transforms.course.patient_history import histories
from transforms.course.rule_settings import SettingsByFacility


@dataclass(frozen=True)
class Assessment:
    """flag: the columns of flag.patient_flag, also for no_evidence. steps: rows of flag.step.

    urgency_ended, severity_ended: of the patient, the same under each rule.
    """

    rule_id: str
    flag: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    outlook: tuple[NextStep, ...]
    missing: tuple[Mapping[str, Any], ...]
    urgency_ended: Ended | None = None
    severity_ended: Ended | None = None


def assessments(
    key: str,
    panels: pa.Table,
    exposures: pa.Table,
    facilities: pa.Table,
    knowledge: Mapping[str, pa.Table],
    as_of: date,
) -> list[Assessment]:
    """One per rule, by the same fold as follow(). panels, exposures: the patient's own rows."""
    book = SettingsByFacility.of(knowledge, facilities, as_of)
    exposed = read_exposures(exposures, as_of).get(key, Exposures())
    found = histories(read_panels(panels), exposed, book, as_of)
    notice = notice_of(found, as_of)
    ended = urgency_ended(found, as_of), severity_ended(found)
    possible_events = knowledge["possible_event"].to_pylist()
    needs = knowledge["missing"].to_pylist()
    return [
        Assessment(
            rule_id,
            flag := flag_of(history, book.clinic, notice),
            tuple(history.steps(key)),
            tuple(next_steps(history, possible_events, book, as_of)),
            tuple(n for n in needs if n["rule_id"] == rule_id and n["missing"] in flag["missing"]),
            *ended,
        )
        for rule_id, history in sorted(found.items())
    ]
