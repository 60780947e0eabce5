"""Lakeside's feed: CSV with semicolons, decimal commas, mg/dL, German headers, cp1252.

Exposures come as the canonical file. Women are sent as W (weiblich).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date

from samples.data_file import keyed
from samples.message import day_text
from samples.order import Exposure, Order, Patient, Result

AUTHORITY = "LKS"
UNITS = "mg/dL"
TABLE = "MAYO"
SPECIMENS = {"serum": "Serum", "csf": "Liquor"}
SEXES = {"F": "W", "M": "M", "": ""}
HEADERS = (
    "Patientennummer",
    "Mandant",
    "Geburtsdatum",
    "Geschlecht",
    "Auftragsnummer",
    "Probennummer",
    "Material",
    "Entnahmezeit",
    "Befundzeit",
    "Testkürzel",
    "Testname",
    "Ergebnis",
    "Einheit",
    "Referenzbereich",
    "Kennzeichen",
    "Status",
    "Labor",
    "Kommentar",
)
EXPOSURE_HEADERS = (
    "patient_id",
    "assigning_authority",
    "kind",
    "code",
    "code_system",
    "name",
    "start_date",
    "end_date",
)


def files(night: date, orders: list[Order], exposures: list[Exposure]) -> list[tuple[str, bytes]]:
    """The night's result file and, where there are exposures, the exposure file."""
    results = _text(HEADERS, (row for order in orders for row in _rows(order)), ";", "\r\n")
    files = [(f"results_{day_text(night)}.csv", results.encode("cp1252"))]
    if exposures:
        text = _text(EXPOSURE_HEADERS, map(_exposure, exposures), ",", "\n")
        files.append((f"exposures_{day_text(night)}.csv", text.encode()))
    return files


def _text(headers: Iterable[str], rows: Iterable[list[str]], delimiter: str, end: str) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end)
    writer.writerow(headers)
    writer.writerows(rows)
    return buffer.getvalue()


def _rows(order: Order) -> Iterable[list[str]]:
    for result in order.results:
        row = [*_patient(order.patient), *_order(order), *_result(result)]
        yield row[:5] if order.oddity == "cut" else row


def _patient(patient: Patient) -> list[str]:
    born = patient.birth_date.strftime("%d.%m.%Y") if patient.birth_date else ""
    return [patient.id, AUTHORITY, born, SEXES[patient.sex]]


def _order(order: Order) -> list[str]:
    collected = order.collected_at.strftime("%d.%m.%Y %H:%M")
    if order.oddity == "no_such_day":
        collected = f"31.{collected[3:]}"
    return [
        order.number,
        f"P{order.number}",
        SPECIMENS[order.specimen],
        collected,
        order.resulted_at.strftime("%d.%m.%Y %H:%M"),
    ]


def _result(result: Result) -> list[str]:
    code = keyed("code", "test")[result.test]
    number, text_range = (text.replace(".", ",") for text in (result.value, result.reference_range))
    cells = [code["german_code"], code["german_name"], number, result.units, text_range]
    return [*cells, result.abnormal_flag, result.status, "Seelabor", result.comment]


def _exposure(exposure: Exposure) -> list[str]:
    end = exposure.end_on.isoformat() if exposure.end_on else ""
    start = exposure.start_on.isoformat()
    return [exposure.patient.id, AUTHORITY, *coded_exposure(exposure.key), start, end]


def coded_exposure(key: str) -> list[str]:
    """Kind, code, code system and name of a row of exposure.csv."""
    coded = keyed("exposure", "exposure")[key]
    return [coded["kind"], coded["code"], coded["code_system"], coded["name"]]
