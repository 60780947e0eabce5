"""The worked examples as patients: whole stories as a laboratory sends them, at the default limits.

`transforms/knowledge/case/worked_example/` holds canonical rows and the state that each must reach
at its own clock; every day is moved so that the clock is the pack's.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import cache

from igwatch.base.knowledge import knowledge_rows
from igwatch.conformance.isotype import LOINC, unit_of
from igwatch.conformance.pack_case import (
    CLOCK,
    FINAL,
    SERUM,
    SILENT,
    PackCase,
    PackExposure,
    PackResult,
    case_id_of,
    unsaid_by_format,
)
from igwatch.conformance.pack_exposure import CodedExposure
from igwatch.conformance.pack_limit import PUBLISHED, limits_at
from transforms.knowledge.drawn_case import FOLDER, STATE_COLUMNS, Case

Row = dict[str, str]
SECTION = "60.1"
SENTENCE = "Worked examples: a whole patient as a laboratory sends one"
VALUE = re.compile(r"([<>]=?)?([0-9.]+)")
CODED_SYSTEMS = ("ATC", "ICD10", "igwatch")
NOT_JUDGED = (
    "what is corrected, of another specimen or in another unit is not in OMOP as it was sent"
)
NO_CODE = "a cause is sent by its name alone, or by a code of the house"


def worked_examples() -> list[Row]:
    """The examples in their order: title, clock, states, whether causes were looked for."""
    return _read("expected")


def worked_patient(number: int, example: Row) -> PackCase:
    """The patient of an example; `number` is its place in the pack."""
    name = example["patient_id"]
    moved = CLOCK - date.fromisoformat(example["as_of"])
    states = {column: example[rule] for rule, column in STATE_COLUMNS.items()}
    case = Case(SECTION, SENTENCE, {"case": f"{name} {example['title']}", **states})
    facility = PUBLISHED if example["screen_done"] == "true" else PUBLISHED + SILENT
    rows = _by_patient("results")[name]
    born, sex = date.fromisoformat(rows[0]["birth_date"]) + moved, rows[0]["sex"]
    results = tuple(_result(row, facility, born, moved) for row in rows)
    exposures = tuple(_exposure(row, moved) for row in _by_patient("exposures")[name])
    return PackCase(
        case_id_of(case),
        number,
        case,
        sex,
        CLOCK,
        born,
        facility,
        results,
        exposures,
        unsaid=_unsaid(born, results, exposures),
        unasked={},
    )


def _unsaid(
    born: date, results: tuple[PackResult, ...], exposures: tuple[PackExposure, ...]
) -> dict[str, str]:
    unsaid = unsaid_by_format(born, results, exposures)
    if any(exposure.coded.code_system not in CODED_SYSTEMS for exposure in exposures):
        unsaid |= dict.fromkeys(("hl7", "fhir", "omop"), NO_CODE)
    if not all(_is_plain(result) for result in results):
        unsaid["omop"] = NOT_JUDGED
    return unsaid


def _is_plain(result: PackResult) -> bool:
    plain = (SERUM, FINAL, unit_of(result.analyte))
    return (result.specimen, result.status, result.unit) == plain


def _result(row: Row, facility: str, born: date, moved: timedelta) -> PackResult:
    matched = VALUE.fullmatch(row["value"])
    if matched is None:
        raise ValueError(f"no value is written as {row['value']}")
    comparator, value = matched[1], float(matched[2])
    collected = datetime.fromisoformat(row["collected_at"]) + moved
    analyte = _analyte(row["code"])
    limits = limits_at(PUBLISHED, analyte, row["sex"], (collected.date() - born).days)
    return PackResult(
        facility,
        row["laboratory"],
        f"{row['patient_id']}-{row['order_number']}",
        collected.date(),
        analyte,
        limits.class_of(comparator, value) if limits else "not_classed",
        comparator,
        value,
        row["units"],
        limits,
        datetime.fromisoformat(row["resulted_at"]) + moved,
        row["specimen_type"],
        row["status"],
    )


def _exposure(row: Row, moved: timedelta) -> PackExposure:
    """An end that nobody stated stays open: how long it lasts then is for the rules to say. What is
    to end later lasts on the day of the clock, for no feed states what is yet to come."""
    system = row["code_system"].replace("-", "")
    first, last = (
        date.fromisoformat(row[name]) + moved if row[name] else None
        for name in ("start_date", "end_date")
    )
    last = min(last, CLOCK) if last else None
    found = _meaning(row["kind"], system, row["code"])
    name = row["name"] or found.get("exposure_group", row["code"]).replace("_", " ")
    exposure_id = found.get("exposure_id", "")
    return PackExposure(
        CodedExposure(exposure_id, row["kind"], system, row["code"], name, False, None, None),
        first,
        last,
    )


def _meaning(kind: str, system: str, code: str) -> Row:
    """The row of the longest code that a code begins with; empty where none does."""
    rows = [
        row
        for row in knowledge_rows("exposure")
        if (row["kind"], row["code_system"]) == (kind, system)
        and row["code_prefix"]
        and code.startswith(row["code_prefix"])
    ]
    return max(rows, key=lambda row: len(row["code_prefix"]), default={})


@cache
def _analyte(code: str) -> str:
    return next(
        row["analyte"]
        for row in knowledge_rows("code")
        if (row["code_system"], row["code"]) == (LOINC, code)
    )


@cache
def _by_patient(name: str) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in _read(name):
        found[row["patient_id"]].append(row)
    return found


def _read(name: str) -> list[Row]:
    path = FOLDER / "worked_example" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
