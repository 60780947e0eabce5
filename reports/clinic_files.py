"""The files of a clinic's report: one self-contained page, the same list as CSV and XLSX, letters.

A page is opened from a folder, without a server, so everything it needs is inside it and what it
weighs is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, partial
from html import unescape
from pathlib import Path
from typing import Any

from jinja2 import Environment

from igwatch.base.atomic_file import write_whole
from reports.clinic_page import NO_CLINIC, ClinicReport, load_report
from reports.course_plot import course_svg
from reports.course_plot_rows import limit_text
from reports.exposure_line import bearing, told
from reports.fault_page import Fault, fault_page, refuse, where
from reports.generation import Generation, ReportError, open_generation
from reports.letter import Letter, LetterError, load_letter
from reports.page import load_templates, render, slug
from reports.safe_text import day
from reports.sparkline import sparkline
from reports.worklist_export import worklist_csv, worklist_xlsx

CLINIC_IN_PAGE = re.compile('<meta name="clinic" content="([^"]*)">')
# The characters of a page among which its clinic is named
HEAD_CHARACTERS = 4_000
# What a page may weigh, in characters, so that it opens at once (docs/decisions/0040)
MOST_PLOTS = 120
MOST_CHARACTERS = 9_000_000
SHORT_PATIENT = 2_600


def write_clinic_reports(
    generation: Path,
    out: Path,
    signatures: Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
    letters: Path | None = None,
) -> list[Path]:
    """Write `<as_of>-<clinic>.html`, `.csv` and `.xlsx` and their `latest-<clinic>` twins to `out`.

    Returns the dated pages: one for each clinic that has a feed in the generation, and one for each
    that had a page before, so that no old page goes on calling itself the latest. Where there is
    neither, one page says that nobody has a flag. `signatures` says, by rule set, who signed the
    rules; None as long as nobody did. `config` are DuckDB's settings. `letters` is where clinics
    keep their templates; where one is at fault the page says so and igwatch's own is used.
    A clinic whose report cannot be written has a page that says so; those of the others are whole.
    Raises ReportError, for such clinics when all is written.
    """
    opened = open_generation(generation, config)
    pages, faults = [], []
    for stem, clinic in _clinics(opened, out).items():
        try:
            report = load_report(opened, clinic, f"{opened.as_of}-{stem}", signatures)
            add_letters(report, letters, stem)
            pages.append(_write_report(report, stem, out))
        except (ReportError, OSError):  # of the generation or the machine: no clinic's own
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it stops this clinic alone
            faults.append(Fault(opened, clinic or NO_CLINIC, stem, where(error)))
            _write_fault(faults[-1], out)
    refuse(faults)
    return pages


def write_letters(
    generation: Path,
    out: Path,
    letters: Path | None = None,
    config: Mapping[str, Any] | None = None,
    signatures: Mapping[str, str] | None = None,
) -> dict[str, list[Path]]:
    """Write `<as_of>-<clinic>-letter-<number>.txt` for each repeat that is due; paths by clinic.

    The number is the patient's on the report. Letters of an earlier run of the same night that are
    no longer asked for are removed. `signatures` says, by rule set, who signed the rules. Raises
    ReportError, LetterError.
    """
    opened = open_generation(generation, config)
    written: dict[str, list[Path]] = {}
    for stem, clinic in _clinics(opened, out).items():
        letter, report = load_letter(letters, stem), load_report(opened, clinic, stem, signatures)
        name, signed = report.clinic, report.signature
        texts = {p.number: letter.write(p, name, signed) for p in report.patients}
        written[name] = _replace_letters(out, f"{opened.as_of}-{stem}-letter", texts)
    return written


def _replace_letters(out: Path, prefix: str, texts: Mapping[int, str | None]) -> list[Path]:
    """Write `<prefix>-<number>.txt` for each text, and remove those that have none any more."""
    files = {out / f"{prefix}-{number:04}.txt": text for number, text in texts.items() if text}
    numbered = re.compile(rf"{re.escape(prefix)}-\d+\.txt")
    for path in out.glob("*-letter-*.txt"):
        if numbered.fullmatch(path.name) and path not in files:
            path.unlink()
    return [write_whole(path, text.encode()) for path, text in files.items()]


def _clinics(opened: Generation, out: Path) -> dict[str, str | None]:
    """Stem of the file names -> clinic: those of the generation, then those of earlier pages.

    None is the clinic of feeds whose facility file names no clinic.
    """
    clinics = [row["clinic"] for row in opened.rows("clinic")]
    stems = dict(zip(file_stems(clinic or NO_CLINIC for clinic in clinics), clinics, strict=True))
    stems |= {stem: name for stem, name in clinics_of_pages(out).items() if stem not in stems}
    return stems or {slug(NO_CLINIC): NO_CLINIC}


def clinics_of_pages(out: Path) -> dict[str, str]:
    """Stem of the file name -> clinic, for each clinic that has a page already."""
    clinics = {}
    for path in sorted(out.glob("latest-*.html")):
        with path.open(encoding="utf-8") as page:
            clinic = CLINIC_IN_PAGE.search(page.read(HEAD_CHARACTERS))
        if clinic:
            clinics[path.stem.removeprefix("latest-")] = unescape(clinic[1])
    return clinics


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


def _write_report(report: ClinicReport, stem: str, out: Path) -> Path:
    """Write a report in each format, dated and as the latest; return the dated page."""
    contents = {
        "html": clinic_page(report).encode(),
        "csv": worklist_csv(report.patients, report.signature),
        "xlsx": worklist_xlsx(report.patients, report.as_of, report.signature),
    }
    for ending, content in contents.items():
        write_whole(out / f"{report.stem}.{ending}", content)
        write_whole(out / f"latest-{stem}.{ending}", content)
    return out / f"{report.stem}.html"


def _write_fault(fault: Fault, out: Path) -> None:
    """In place of a clinic's report, that there is none: a page of before is not the latest."""
    for name in (f"{fault.as_of}-{fault.stem}", f"latest-{fault.stem}"):
        for ending in ("csv", "xlsx"):
            (out / f"{name}.{ending}").unlink(missing_ok=True)
        write_whole(out / f"{name}.html", fault_page(fault).encode())


def add_letters(report: ClinicReport, folder: Path | None, stem: str) -> None:
    """Give each patient whose repeat is due a letter; the report names a fault of the template."""
    try:
        _add_letters_of(report, load_letter(folder, stem))
    except LetterError as fault:
        report.letter_fault = str(fault)
        _add_letters_of(report, load_letter(None, stem))


def _add_letters_of(report: ClinicReport, letter: Letter) -> None:
    for patient in report.patients:
        patient.letter = letter.write(patient, report.clinic, report.signature)


@cache
def _templates() -> Environment:
    """The templates of a page, compiled once for all clinics."""
    return load_templates(
        sparkline=sparkline, limits=limit_text, bearing=bearing, lasting=partial(told, shown=day)
    )


def clinic_page(
    report: ClinicReport, most_plots: int = MOST_PLOTS, most_characters: int = MOST_CHARACTERS
) -> str:
    """The page as HTML.

    Plots and lists of results go to the most urgent patients first, until the page holds
    `most_plots` or `most_characters`; each further patient is one short entry.
    """
    templates = _templates()
    module: Any = templates.get_template("patient.html").module
    patient_html = module.patient
    room = most_characters - SHORT_PATIENT * len(report.patients)
    for n_before, patient in enumerate(report.patients):
        if room >= 0:
            patient.plot = course_svg(patient) if n_before < most_plots and room > 0 else None
            patient.is_listed = not patient.is_large
            patient.html = patient_html(patient, report, patient.is_listed)
            room -= max(len(patient.html) - SHORT_PATIENT, 0)
        if room < 0:
            patient.is_listed, patient.plot = False, None
            patient.html = patient_html(patient, report, False)
    return render("clinic", templates, report=report)
