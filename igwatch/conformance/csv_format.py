"""Cases as igwatch's canonical CSV: results and exposures of each facility."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from igwatch.conformance.isotype import LOINC, loinc
from igwatch.conformance.pack_case import AUTHORITY, HOUR, PackCase, PackResult
from igwatch.conformance.pack_facility import csv_text, facilities

RESULTS = (
    *("patient_id", "assigning_authority", "birth_date", "sex", "order_number", "specimen_type"),
    *("collected_at", "resulted_at"),
    *("code", "code_system", "test_name", "value", "units", "reference_range", "status"),
    "laboratory",
)
EXPOSURES = (
    *("patient_id", "assigning_authority", "kind", "code", "code_system", "name"),
    *("start_date", "end_date", "certainty"),
)


def csv_files(cases: Iterable[PackCase]) -> Iterator[tuple[str, str]]:
    """(path, text) of each file."""
    said = [case for case in cases if case.is_said_in("csv")]
    for facility in facilities(said):
        results = [row for case in said for row in _results(case, facility)]
        if results:
            yield f"{facility}/results.csv", csv_text(RESULTS, results)
        exposures = [row for case in said for row in _exposures(case, facility)]
        if exposures:
            yield f"{facility}/exposures.csv", csv_text(EXPOSURES, exposures)


def printed_range(result: PackResult) -> str:
    """From the lowest lower limit in use to the highest upper one; empty without both."""
    limits = result.limits
    if limits is None or limits.lower_min is None or limits.upper_max is None:
        return ""
    return f"{limits.lower_min:g} - {limits.upper_max:g}"


def _results(case: PackCase, facility: str) -> Iterator[dict[str, object]]:
    for result in case.results:
        if result.facility == facility:
            code, name = loinc(result.analyte)
            yield {
                "patient_id": case.case_id,
                "assigning_authority": AUTHORITY,
                "birth_date": case.birth_date or "",
                "sex": case.sex,
                "order_number": result.order_number,
                "specimen_type": result.specimen,
                "collected_at": f"{result.day}T{HOUR}",
                "resulted_at": result.sent_at.isoformat(timespec="minutes"),
                "code": code,
                "code_system": LOINC,
                "test_name": name,
                "value": result.value_text,
                "units": result.unit,
                "reference_range": printed_range(result),
                "status": result.status,
                "laboratory": result.laboratory,
            }


def _exposures(case: PackCase, facility: str) -> Iterator[dict[str, object]]:
    if case.facility != facility:
        return
    for exposure in case.exposures:
        yield {
            "patient_id": case.case_id,
            "assigning_authority": AUTHORITY,
            "kind": exposure.coded.kind,
            "code": exposure.coded.code,
            "code_system": exposure.coded.code_system,
            "name": exposure.coded.name,
            "start_date": exposure.first_day or "",
            "end_date": exposure.last_day or "",
            "certainty": "suspected" if exposure.coded.is_suspected else "",
        }
