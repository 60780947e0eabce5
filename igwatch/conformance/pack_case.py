"""The cases as patients with results and exposures on real days: what each format then writes.

Every case has the same clock, so that one night judges all: its day 0 lies as many days before.
All patients are invented, or are facts of published patients with the citation that the case holds;
every number, day and name of a patient is made here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple

from igwatch.conformance.pack_exposure import CodedExposure
from igwatch.conformance.pack_limit import Limits
from transforms.knowledge.drawn_case import STATE_COLUMNS, Case

CLOCK = date(2025, 12, 31)
AUTHORITY = "CASES"
HOUR = "08:00"
SILENT = "_silent"
SERUM, FINAL = "serum", "F"
FORMATS = ("hl7", "csv", "fhir", "omop")


class PackResult(NamedTuple):
    """One result: of the facility's feed, at HOUR of a day; `value` in `unit` (UCUM), as sent."""

    facility: str
    laboratory: str
    order_number: str
    day: date
    analyte: str
    class_name: str
    comparator: str | None
    value: float
    unit: str
    limits: Limits | None
    sent_at: datetime
    specimen: str = SERUM
    status: str = FINAL

    @property
    def value_text(self) -> str:
        return f"{self.comparator or ''}{self.value:g}"


class PackExposure(NamedTuple):
    """What a patient had or was given; `first_day` None is not known, `last_day` None is open."""

    coded: CodedExposure
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class PackCase:
    """A case with its rows. `unsaid`: format -> why that format cannot say the case; `unasked`:
    rule_id -> why no feed can ask that rule."""

    case_id: str
    number: int
    case: Case
    sex: str
    day_0: date
    birth_date: date | None
    facility: str
    results: tuple[PackResult, ...]
    exposures: tuple[PackExposure, ...]
    unsaid: dict[str, str]
    unasked: dict[str, str]

    @property
    def states(self) -> dict[str, str]:
        """rule_id -> the state that the case must reach, of each rule that a feed can ask."""
        return {
            rule: self.case.row[column] or ""
            for rule, column in STATE_COLUMNS.items()
            if rule not in self.unasked
        }

    @property
    def formats(self) -> list[str]:
        """The formats that say it."""
        return [name for name in FORMATS if name not in self.unsaid]

    def is_said_in(self, name: str) -> bool:
        return name not in self.unsaid


def case_id_of(case: Case) -> str:
    """A name that stays as long as the sentence and the words of the case do."""
    words = f"{case.sentence}\n{case.row['case']}".encode()
    chapter, _, section = case.section.partition(".")
    return f"C{chapter}{int(section):02d}-{sha256(words).hexdigest()[:6]}"


def unsaid_by_format(
    birth_date: date | None,
    results: Iterable[PackResult],
    exposures: Iterable[PackExposure],
) -> dict[str, str]:
    """Format -> why it cannot say these rows."""
    unsaid: dict[str, str] = {}
    if any(e.coded.kind == "finding" for e in exposures):
        unsaid |= dict.fromkeys(
            ("hl7", "fhir", "omop"),
            "a finding, such as electrophoresis without a monoclonal protein, has no code there "
            "that every reader would take for it",
        )
    if any(e.first_day is None for e in exposures):
        unsaid |= dict.fromkeys(
            ("hl7", "fhir"), "a diagnosis without a first day is there one of the day it was told"
        )
        unsaid["omop"] = "condition_start_date is required"
    if any(e.coded.is_suspected for e in exposures):
        unsaid["omop"] = "how certain a diagnosis is has no concept that was read at a source"
    if birth_date is None:
        unsaid["omop"] = "year_of_birth is required"
    if len({r.laboratory for r in results}) > 1:
        unsaid["omop"] = "which laboratory measured has no column"
    if any(r.facility.endswith(SILENT) for r in results):
        unsaid["omop"] = "whether a feed sends drugs and diagnoses has no column"
    return unsaid
