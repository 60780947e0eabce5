"""The list of a report as CSV and XLSX: one row per patient and rule, safe in a spreadsheet."""

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

# Gives the cell of a column for a patient and one of their flags
CellOf = Callable[[Patient, Flag], Any]


def _level(analyte: str) -> CellOf:
    def cell_of(patient: Patient, flag: Flag) -> str:
        row = patient.latest(analyte)
        return quantity(row["value"], row["value_comparator"]) if row else ""

    return cell_of


def _class(analyte: str) -> CellOf:
    def cell_of(patient: Patient, flag: Flag) -> str:
        row = patient.latest(analyte)
        return wording("class", row["class"]) if row else ""

    return cell_of


def _field(name: str) -> CellOf:
    return lambda patient, flag: getattr(flag, name)


def _wordings(kind: str, name: str) -> CellOf:
    def cell_of(patient: Patient, flag: Flag) -> str:
        value = getattr(flag, name)
        keys = value if isinstance(value, list) else [value]
        return "; ".join(wording(kind, key) for key in keys)

    return cell_of


# Heading -> what gives its cells
COLUMNS: dict[str, CellOf] = {
    "part": lambda patient, flag: wording("section", patient.section),
    "patient": _field("patient_id"),
    "authority": _field("assigning_authority"),
    "facility": _field("facility"),
    "sex": _field("sex"),
    "birth_date": _field("birth_date"),
    "rule": _field("rule_id"),
    "state": _field("status"),
    "grade": _field("grade"),
    "urgent": lambda patient, flag: "yes" if flag.urgent else "no",
    "severity": _field("severity"),
    "asks": _field("ask"),
    "held_at_persistent_by": _wordings("capped", "capped_by"),
    "seen_at": _field("seen_at"),
    "new": lambda patient, flag: "yes" if flag.is_new else "no",
    "previous_state": _field("previous_status"),
    "changed_on": _field("changed_on"),
    "why": _field("status_reason"),
    "asked_of_the_clinic": _field("action"),
    "repeat_due_on": _field("repeat_due_on"),
    "repeat_overdue_on": _field("repeat_overdue_on"),
    "would_settle_it": _wordings("settle", "settled_by"),
    **{
        heading: cell_of
        for analyte in MAIN_ANALYTES
        for heading, cell_of in (
            (f"latest_{analyte}_g_per_l", _level(analyte)),
            (f"latest_{analyte}_class", _class(analyte)),
        )
    },
    "n_counted": _field("n_counted"),
    "span_days": _field("span_days"),
    "first_evidence": _field("first_evidence_at"),
    "last_evidence": _field("last_evidence_at"),
    "routes": _wordings("route", "routes"),
    "missing": _wordings("missing", "missing"),
    "verdict": _wordings("verdict", "verdict"),
    "diagnosis": _field("diagnosis"),
    "reviewed_at": _field("reviewed_at"),
    "reviewer": _field("reviewer"),
    "note": _field("note"),
    "changed_since_the_verdict": _wordings("since", "changed_since"),
    "rule_version": _field("rule_version"),
    "reference_set": _field("reference_set"),
    "as_of": _field("as_of"),
    "run_id": _field("run_id"),
}
HEADINGS = [*COLUMNS, "signatures"]
TOP = Alignment(vertical="top", wrap_text=True)
WIDE = {
    "why": 60,
    "signatures": 60,
    "note": 40,
    "asked_of_the_clinic": 40,
    "would_settle_it": 40,
    "missing": 40,
}


def worklist_rows(patients: Iterable[Patient], signature: str) -> list[list[object]]:
    """The rows in the order of the report; dates and counts typed, text safe in a spreadsheet.

    signature: who signed the rules, as the report says it; the last cell of every row.
    """
    return [
        [*(cell(cell_of(patient, flag)) for cell_of in COLUMNS.values()), cell(signature)]
        for patient in patients
        for flag in patient.flags
    ]


def worklist_csv(patients: Iterable[Patient], signature: str) -> bytes:
    """UTF-8 with a byte-order mark, without which a spreadsheet misreads names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows(worklist_rows(patients, signature))
    return text.getvalue().encode("utf-8-sig")


def worklist_xlsx(patients: Iterable[Patient], as_of: date, signature: str) -> bytes:
    """A workbook with one sheet: headings frozen and filtered, identifiers kept as text."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "worklist"
    book.properties.title = f"Immunoglobulin patterns {as_of}"
    sheet.append(HEADINGS)
    for row in worklist_rows(patients, signature):
        sheet.append([_whole_seconds(value) for value in row])
    _format_cells(sheet)
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _whole_seconds(value: object) -> object:
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


def _format_cells(sheet: Any) -> None:
    """Text is text, whatever it begins with; headings are bold and columns wide enough."""
    for cells in sheet.iter_rows():
        for excel_cell in cells:
            if isinstance(excel_cell.value, str):
                excel_cell.data_type = "s"
                excel_cell.number_format = "@"
                excel_cell.alignment = TOP
    for number, heading in enumerate(HEADINGS, start=1):
        sheet.cell(1, number).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = WIDE.get(heading, 16)
