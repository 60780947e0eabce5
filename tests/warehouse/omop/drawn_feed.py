"""The conformance cases as a feed: each drawn patient's results and exposures as canonical rows.

What a case draws by class becomes a value of that class, a group of exposures the first code of the
knowledge tables that means it. The day is kept, and the limits are those in use: a state need not be
the drawn one, for here both sides judge the same rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cache

from tests.conformance.case import knowledge, on
from tests.home import EXPOSURES_HEADER, RESULTS_HEADER
from transforms.knowledge.drawn_case import Case, age_in_days, drawn, drawn_exposures, read_cases

AUTHORITY = "CASES"
CODED = ("medication", "diagnosis", "procedure")


def feed() -> tuple[str, str]:
    """Results and exposures of every case whose exposures have a code, as two files."""
    results, exposures = [], []
    for number, case in enumerate(read_cases(), start=1):
        rows = list(_exposures(case, f"case{number}"))
        if None not in rows:
            results += _results(case, f"case{number}")
            exposures += rows
    return _as_csv(RESULTS_HEADER, results), _as_csv(EXPOSURES_HEADER, exposures)


def _results(case: Case, patient: str) -> Iterator[dict[str, str]]:
    born = _born(case.row.get("age") or "35y")
    for place, panel in enumerate(drawn(case.row)):
        for result in panel.results:
            if result.is_borrowed or result.class_name in ("X", "-"):
                continue
            yield {
                "patient_id": patient,
                "assigning_authority": AUTHORITY,
                "birth_date": born,
                "sex": case.row.get("sex") or "F",
                "order_number": f"{patient}-{place}-{result.analyte}",
                "collected_at": f"{on(result.day)} 08:00",
                "code": _loinc()[result.analyte],
                "code_system": "LN",
                "value": f"{result.comparator or ''}{result.value:g}",
                "units": _unit()[result.analyte],
                "laboratory": panel.laboratory or "lab1",
                "status": "F",
            }


def _exposures(case: Case, patient: str) -> Iterator[dict[str, str] | None]:
    """None stands for an exposure of which no code is known."""
    for exposure in drawn_exposures(case.row):
        code = _code_of().get((exposure.effect, exposure.group))
        if code is None or exposure.first_day is None:
            yield None
            return
        kind, system, value = code
        yield {
            "patient_id": patient,
            "assigning_authority": AUTHORITY,
            "kind": kind,
            "code": value,
            "code_system": system,
            "start_date": str(on(exposure.first_day)),
            "end_date": "" if exposure.last_day is None else str(on(exposure.last_day)),
        }


def _born(age: str) -> str:
    days = age_in_days(age)
    return "" if days is None else str(on(-days))


@cache
def _loinc() -> dict[str, str]:
    rows = knowledge()["code"].to_pylist()
    accepted = [row for row in rows if row["code_system"] == "LN" and row["decision"] == "accept"]
    return {row["analyte"]: row["code"] for row in reversed(accepted)}


@cache
def _unit() -> dict[str, str]:
    return {
        row["analyte"]: row["unit"].replace("k[IU]", "kIU")
        for row in knowledge()["analyte"].to_pylist()
    }


@cache
def _code_of() -> dict[tuple[str, str], tuple[str, str, str]]:
    """(effect, group) -> kind, system and code of the first row that means it."""
    rows = [row for row in knowledge()["exposure"].to_pylist() if row["code_prefix"]]
    return {
        (row["effect"], row["exposure_group"]): (
            row["kind"],
            row["code_system"],
            row["code_prefix"],
        )
        for row in reversed(rows)
        if row["kind"] in CODED
    }


def _as_csv(header: str, rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, header.split(","), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
