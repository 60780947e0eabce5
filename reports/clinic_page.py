"""The contents of a clinic's report: patients by section, counts, feeds and what is new.

The template only lays these out, so that each count and each sentence can be tested without HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from igwatch.base.knowledge import COMMON_RULES, knowledge_rows
from reports.flag_line import Flag, Row
from reports.generation import Dated, Generation
from reports.patient import Patient, load_patients, section_keys
from reports.wording import wording, wordings

MOST_NEWS = 16
MOST_UNMEASURED = 200
MOST_REQUESTERS = 50
REPEATS = ("repeat_due", "repeat_overdue")
NO_CLINIC = "No clinic named"
# Sections that are folded away at first: counted and there, but nothing is asked in them
CLOSED = frozenset({"candidate", "known", "dismissed", "set_aside"})


@dataclass
class Section:
    """One section of the page and its patients, the most urgent first."""

    key: str
    patients: list[Patient]

    @property
    def title(self) -> str:
        return wording("section", self.key)

    @property
    def is_closed(self) -> bool:
        return self.key in CLOSED

    @property
    def note(self) -> str:
        return wording("section_note", self.key)


@dataclass
class ClinicReport(Dated):
    """What the page of one clinic shows.

    `stem` is its file name without the ending. `letter_fault` is why the clinic's own letter
    could not be used, None where it could. `signatures` says, by rule set, who signed the rules.
    """

    clinic: str
    stem: str
    patients: list[Patient]
    feeds: list[Row]
    withdrawn: list[Row]
    conservation: list[Row]
    precision: list[Row]
    withheld_urgent: list[Row]
    waits: list[Row]
    waits_by_requester: list[Row]
    unmeasured: list[Row]
    signatures: Mapping[str, str]
    letter_fault: str | None = None
    most_news: int = MOST_NEWS
    most_unmeasured: int = MOST_UNMEASURED
    most_requesters: int = MOST_REQUESTERS

    @property
    def rule_version(self) -> str:
        return super().rule_version or ", ".join(self._each("rule_version"))

    @property
    def own_feeds(self) -> list[Row]:
        return [feed for feed in self.feeds if feed["is_own"]]

    @property
    def other_feeds(self) -> list[Row]:
        """Feeds of other clinics; a patient of this one may have results there."""
        return [feed for feed in self.feeds if not feed["is_own"]]

    @property
    def reviewed(self) -> list[Row]:
        """Counts of the clinic's verdicts by rule, version and state, where any was given."""
        return [row for row in self.precision if row["n_reviewed"]]

    @cached_property
    def sections(self) -> list[Section]:
        return [
            Section(key, [patient for patient in self.patients if patient.section == key])
            for key in section_keys()
        ]

    @property
    def n_patients(self) -> int:
        return len(self.patients)

    @property
    def n_flags(self) -> int:
        return sum(len(patient.flags) for patient in self.patients)

    @property
    def n_drawn(self) -> int:
        return sum(patient.plot is not None for patient in self.patients)

    @property
    def n_undrawn(self) -> int:
        return sum(patient.plot is None and bool(patient.series) for patient in self.patients)

    @property
    def n_unlisted(self) -> int:
        return sum(not (patient.is_listed or patient.is_large) for patient in self.patients)

    @cached_property
    def news(self) -> list[Flag]:
        """Flags that changed tonight, of patients who are neither set aside nor dismissed."""
        open_patients = [patient for patient in self.patients if patient.section not in CLOSED]
        return [flag for patient in open_patients for flag in patient.flags if flag.is_new]

    @property
    def n_newly_set_aside(self) -> int:
        return sum(p.is_new and p.section in CLOSED for p in self.patients)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """patient_key -> the patient's number on the page."""
        return {patient.patient_key: patient.number for patient in self.patients}

    @cached_property
    def is_first_report(self) -> bool:
        """Whether nobody was on any report before this one."""
        flags = [flag for patient in self.patients for flag in patient.flags]
        return bool(flags) and all(f.is_new and f.previous_status is None for f in flags)

    @property
    def data_to(self) -> date | None:
        """The last day on which any feed's result was collected."""
        days = [feed["last_collected_on"] for feed in self.feeds if feed["last_collected_on"]]
        return max(days, default=None)

    @property
    def rules(self) -> list[str]:
        return self._each("rule_id")

    @property
    def states(self) -> list[str]:
        used = set(self._each("status"))
        return [status for status in wordings()["status"] if status in used]

    @property
    def patient_facilities(self) -> list[str]:
        return sorted({patient.lead.facility or "" for patient in self.patients})

    @property
    def reference_sets(self) -> list[str]:
        return self._each("reference_set")

    @property
    def signature(self) -> str:
        """Who signed the common rules, and those that feeds of this clinic have of their own."""
        own = [feed["facility"] for feed in self.own_feeds]
        told = [self.signatures[name] for name in (COMMON_RULES, *own) if name in self.signatures]
        return " ".join(told) or wording("shown", "unsigned")

    @property
    def worth(self) -> str:
        """What the list is worth, and the site's own share once its clinic has given verdicts."""
        said = " ".join(row["sentence"] for row in knowledge_rows("list_worth"))
        asked = [row for row in self.precision if row["status"] in REPEATS]
        right, wrong = (sum(row[n] or 0 for row in asked) for n in ("n_positive", "n_negative"))
        if not right + wrong:
            return said
        return f"{said} Here {right} of {right + wrong} lines judged while due were confirmed."

    @property
    def results_read(self) -> str:
        """A sentence on where all results of all feeds ended; hidden small counts are left out."""
        sums = dict.fromkeys(wordings()["outcome"], 0)
        for row in self.conservation:
            if row["unit"] == "result" and row["outcome"] in sums:
                sums[row["outcome"]] += row["n"] or 0
        ended = [
            f"{n:,} {wording('outcome', key)}" for key, n in sums.items() if n and key != "read"
        ]
        return f"Results read: {sums['read']:,}; {', '.join(ended)}." if sums["read"] else ""

    def _each(self, name: str) -> list[str]:
        """The values of one field over all flags, each once."""
        values = {getattr(flag, name) for patient in self.patients for flag in patient.flags}
        return sorted(value for value in values if value)


def load_report(
    generation: Generation,
    clinic: str | None,
    stem: str,
    signatures: Mapping[str, str] | None = None,
) -> ClinicReport:
    """Everything that the page of one clinic shows; its letters are added by add_letters."""
    return ClinicReport(
        generation,
        clinic or NO_CLINIC,
        stem,
        load_patients(generation, clinic),
        generation.rows("feed", clinic),
        generation.rows("withdrawn", clinic, generation.as_of),
        generation.rows("conservation"),
        generation.rows("verdict_outcome", clinic),
        generation.rows("withheld_urgent", clinic),
        generation.rows("waiting", clinic),
        generation.rows("waiting_requester", clinic),
        generation.rows("unmeasured", clinic),
        signatures or {},
    )
