"""The list of a report as CSV and XLSX: one row per patient and rule, safe to open."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from reports.flag_line import Flag
from reports.patient import MAIN_ANALYTES, Patient
from reports.safe_text import cell, quantity
from reports.wording import wording

Pick = Callable[[Patient, Flag], Any]


def _level(analyte: str) -> Pick:
    def pick(patient: Patient, flag: Flag) -> str:
        row = patient.latest(analyte)
        return quantity(row["value"], row["value_comparator"]) if row else ""

    return pick


def _class(analyte: str) -> Pick:
    def pick(patient: Patient, flag: Flag) -> str:
        row = patient.latest(analyte)
        return wording("class", row["class"]) if row else ""

    return pick


def _plain(name: str) -> Pick:
    return lambda patient, flag: getattr(flag, name)


def _words(kind: str, name: str) -> Pick:
    def pick(patient: Patient, flag: Flag) -> str:
        value = getattr(flag, name)
        keys = value if isinstance(value, list) else [value]
        return "; ".join(wording(kind, key) for key in keys)

    return pick


# Heading -> what stands under it
COLUMNS: dict[str, Pick] = {
    "part": lambda patient, flag: wording("section", patient.section),
    "patient": _plain("patient_id"),
    "authority": _plain("assigning_authority"),
    "facility": _plain("facility"),
    "sex": _plain("sex"),
    "birth_date": _plain("birth_date"),
    "rule": _plain("rule_id"),
    "state": _plain("status"),
    "grade": _plain("grade"),
    "urgent": lambda patient, flag: "yes" if flag.urgent else "no",
    "new": lambda patient, flag: "yes" if flag.is_new else "no",
    "previous_state": _plain("previous_status"),
    "changed_on": _plain("changed_on"),
    "why": _plain("status_reason"),
    "asked_of_the_clinic": _plain("action"),
    "repeat_due_on": _plain("repeat_due_on"),
    "repeat_overdue_on": _plain("repeat_overdue_on"),
    "would_settle_it": _words("settle", "settled_by"),
    **{
        heading: pick
        for analyte in MAIN_ANALYTES
        for heading, pick in (
            (f"latest_{analyte}_g_per_l", _level(analyte)),
            (f"latest_{analyte}_class", _class(analyte)),
        )
    },
    "n_counted": _plain("n_counted"),
    "span_days": _plain("span_days"),
    "first_evidence": _plain("first_evidence_at"),
    "last_evidence": _plain("last_evidence_at"),
    "routes": _words("route", "routes"),
    "missing": _words("missing", "missing"),
    "verdict": _words("verdict", "verdict"),
    "reviewed_at": _plain("reviewed_at"),
    "reviewer": _plain("reviewer"),
    "note": _plain("note"),
    "changed_since_the_verdict": _words("since", "changed_since"),
    "rule_version": _plain("rule_version"),
    "reference_set": _plain("reference_set"),
    "as_of": _plain("as_of"),
    "run_id": _plain("run_id"),
}
TOP = Alignment(vertical="top", wrap_text=True)
WIDE = {"why": 60, "note": 40, "asked_of_the_clinic": 40, "would_settle_it": 40, "missing": 40}


def worklist_rows(patients: Iterable[Patient]) -> list[list[object]]:
    """The rows in the order of the report; dates and counts typed, text safe in a spreadsheet."""
    return [
        [cell(pick(patient, flag)) for pick in COLUMNS.values()]
        for patient in patients
        for flag in patient.flags
    ]


def worklist_csv(patients: Iterable[Patient]) -> bytes:
    """UTF-8 with a byte-order mark, without which a spreadsheet misreads names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(worklist_rows(patients))
    return text.getvalue().encode("utf-8-sig")


def worklist_xlsx(patients: Iterable[Patient], as_of: date) -> bytes:
    """A workbook with one sheet: headings frozen and filtered, identifiers kept as text."""
    book = Workbook()
    sheet = book.active
    sheet.title = "worklist"
    book.properties.title = f"Immunoglobulin patterns {as_of}"
    sheet.append(list(COLUMNS))
    for row in worklist_rows(patients):
        sheet.append([_stripped(value) for value in row])
    _typed(sheet)
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _stripped(value: object) -> object:
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


def _typed(sheet: Any) -> None:
    """Text is text, whatever it begins with; headings are bold and columns wide enough."""
    for cells in sheet.iter_rows():
        for one in cells:
            if isinstance(one.value, str):
                one.data_type = "s"
                one.number_format = "@"
                one.alignment = TOP
    for number, heading in enumerate(COLUMNS, start=1):
        sheet.cell(1, number).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = WIDE.get(heading, 16)
