"""The report of a clinic: one self-contained page, and the same list as CSV and XLSX."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from reports.course_plot import course_svg
from reports.course_rows import limit_text
from reports.generation import Generation, open_generation
from reports.page import load_templates, render, slug, write_file
from reports.patient import Patient, Row, load_patients, sections
from reports.sparkline import sparkline
from reports.visible import visible
from reports.word import word, words
from reports.worklist import worklist_csv, worklist_xlsx

MOST_NEWS = 24
SILENT_DAYS = 3
# What a page may weigh, in characters, so that it opens at once: docs/decisions/0040-report-plots.md
MOST_PLOTS = 160
MOST_CHARACTERS = 8_000_000
SHORT_PATIENT = 2_300
NO_CLINIC = "No clinic named"


@dataclass
class Part:
    """One section of the page."""

    key: str
    patients: list[Patient]

    @property
    def title(self) -> str:
        return word("section", self.key)

    @property
    def note(self) -> str:
        return word("section_note", self.key)


@dataclass
class Report:
    """What the page of one clinic says. `stem` is its file name without the ending."""

    clinic: str
    stem: str
    generation: Generation
    patients: list[Patient]
    facilities: list[Row]
    withdrawn: list[Row]
    conservation: list[Row]
    signed_by: str | None
    most_news: int = MOST_NEWS

    @property
    def as_of(self) -> date:
        return self.generation.as_of

    @property
    def run_id(self) -> str:
        return self.generation.run_id

    @property
    def rule_version(self) -> str:
        return self.generation.rule_version or ", ".join(self._each("rule_version"))

    @cached_property
    def parts(self) -> list[Part]:
        return [Part(key, [p for p in self.patients if p.section == key]) for key in sections()]

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
        return sum(not patient.is_listed for patient in self.patients)

    @cached_property
    def news(self) -> list[Patient]:
        return [patient for patient in self.patients if patient.is_new]

    @property
    def is_first(self) -> bool:
        """Nobody stood on any report before this one."""
        flags = [flag for patient in self.patients for flag in patient.flags]
        return bool(flags) and all(f.is_new and f.previous_status is None for f in flags)

    @property
    def data_to(self) -> date | None:
        days = [feed["last_collected_on"] for feed in self.facilities if feed["last_collected_on"]]
        return max(days, default=None)

    @property
    def rules(self) -> list[str]:
        return self._each("rule_id")

    @property
    def states(self) -> list[str]:
        present = set(self._each("status"))
        return [key for key in words()["status"] if key in present]

    @property
    def patient_facilities(self) -> list[str]:
        return sorted({patient.lead.facility or "" for patient in self.patients})

    @property
    def reference_sets(self) -> list[str]:
        return self._each("reference_set")

    @property
    def signed(self) -> str:
        if self.signed_by:
            return f"These rules were signed by {visible(self.signed_by)}."
        return word("shown", "unsigned")

    @property
    def read(self) -> str:
        """Where all results of all feeds ended; a hidden small count is not added."""
        sums = {key: 0 for key in words()["outcome"]}
        for row in self.conservation:
            if row["unit"] == "result" and row["outcome"] in sums:
                sums[row["outcome"]] += row["n"] or 0
        ended = [f"{n:,} {word('outcome', key)}" for key, n in sums.items() if n and key != "read"]
        return f"Results read: {sums['read']:,}; {', '.join(ended)}." if sums["read"] else ""

    def _each(self, name: str) -> list[str]:
        found = {getattr(flag, name) for patient in self.patients for flag in patient.flags}
        return sorted(value for value in found if value)


def write_clinic_reports(
    generation: Path, out: Path, signed_by: str | None = None
) -> list[Path]:
    """Write `<as_of>-<clinic>.html`, `.csv` and `.xlsx` and their `latest-<clinic>` twins to `out`.

    Returns the dated pages, one for each clinic that has a flag in the generation; where none has,
    one page that says so. `signed_by`: who signed the rules, None as long as nobody did.
    Raises ReportError.
    """
    opened = open_generation(generation)
    clinics = [row["clinic"] for row in opened.rows("clinic")] or [None]
    stems = file_stems(clinic or NO_CLINIC for clinic in clinics)
    return [
        _write_clinic(opened, clinic, stem, out, signed_by)
        for clinic, stem in zip(clinics, stems, strict=True)
    ]


def file_stems(names: Iterable[str]) -> list[str]:
    """A file name for each clinic, none twice and none that of the quality page."""
    taken = {"quality"}
    stems = []
    for name in names:
        stem = slug(name)
        while stem in taken:
            stem = slug(f"{stem} ({name})")
        taken.add(stem)
        stems.append(stem)
    return stems


def _write_clinic(
    generation: Generation, clinic: str | None, stem: str, out: Path, signed_by: str | None
) -> Path:
    report = load_report(generation, clinic, f"{generation.as_of}-{stem}", signed_by)
    contents = {
        "html": clinic_page(report).encode(),
        "csv": worklist_csv(report.patients),
        "xlsx": worklist_xlsx(report.patients, report.as_of),
    }
    for ending, content in contents.items():
        write_file(out / f"{report.stem}.{ending}", content)
        write_file(out / f"latest-{stem}.{ending}", content)
    return out / f"{report.stem}.html"


def load_report(
    generation: Generation, clinic: str | None, stem: str, signed_by: str | None = None
) -> Report:
    """Everything that the page of one clinic says."""
    facilities = generation.rows("facility")
    for feed in facilities:
        feed["is_silent"] = (feed["days_silent"] or 0) >= SILENT_DAYS
    return Report(
        clinic or NO_CLINIC,
        stem,
        generation,
        load_patients(generation, clinic),
        facilities,
        generation.rows("withdrawn", clinic, generation.as_of),
        generation.rows("conservation"),
        signed_by,
    )


def clinic_page(
    report: Report, most_plots: int = MOST_PLOTS, most_characters: int = MOST_CHARACTERS
) -> str:
    """The page as HTML. Plots and lists of results go to the most urgent patients first."""
    templates = load_templates(sparkline=sparkline, limits=limit_text)
    one = templates.get_template("patient.html").module.patient
    left = most_characters - SHORT_PATIENT * len(report.patients)
    for place, patient in enumerate(report.patients):
        patient.plot = course_svg(patient) if place < most_plots and left > 0 else None
        patient.shown = one(patient, report, True)
        left -= max(len(patient.shown) - SHORT_PATIENT, 0)
        if left < 0:
            patient.is_listed, patient.plot = False, None
            patient.shown = one(patient, report, False)
    return render("clinic", templates, report=report)
