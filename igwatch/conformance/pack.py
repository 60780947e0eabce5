"""The conformance pack: a folder that anybody can read, versioned with the rules.

The same rules give the same bytes. It is written whole or not at all.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from igwatch.base.atomic_file import private_folder, rename, write_whole
from igwatch.base.error import IgwatchError
from igwatch.base.knowledge import knowledge_rows
from igwatch.conformance.csv_format import csv_files
from igwatch.conformance.fhir_format import fhir_files
from igwatch.conformance.hl7_format import hl7_files
from igwatch.conformance.omop_format import omop_files
from igwatch.conformance.pack_case import CLOCK, FORMATS, SILENT, PackCase
from igwatch.conformance.pack_cases import pack_cases, rules_version
from igwatch.conformance.pack_facility import (
    LIMIT_COLUMNS,
    csv_text,
    facilities,
    facility_files,
    limit_rows,
    limits_name,
)
from igwatch.conformance.question import IN, OUT, cohort_statuses, states

FOLDER = Path(__file__).parent
WRITERS = {"hl7": hl7_files, "csv": csv_files, "fhir": fhir_files, "omop": omop_files}
EXPECTED = ("case_id", "person_id", "rule", "state", "cohort", "as_of", "formats", "sentence")
UNSAID = ("case_id", "rule", "format", "reason")
CAUSES = (
    *("kind", "code_system", "code", "effect", "exposure_group", "lowers_igg", "lowers_iga"),
    *("lowers_igm", "raises_igm", "lookback_days", "open_days"),
)
DETAILS = ("panels", "exposures", "grade", "urgent", "alarming", "severity", "n", "span", "source")
CASES = (
    *("case_id", "person_id", "section", "sentence", "case", "sex", "birth_date", "age", "day_0"),
    *("limits", "facility", "exposure_feed", *DETAILS),
)


class PackError(IgwatchError):
    """A pack that cannot be written."""


@dataclass(frozen=True)
class Written:
    """What was written: folder, version, and the cases in each format."""

    folder: Path
    version: str
    n_cases: int
    n_files: int
    by_format: dict[str, int]


def pack_files() -> Iterator[tuple[str, str]]:
    """(path, text) of every file of the pack, but the manifest."""
    cases = pack_cases()
    yield "README.md", _readme(cases)
    yield "LICENSE.txt", (FOLDER / "LICENSE.txt").read_text(encoding="utf-8")
    yield "cases.csv", csv_text(CASES, map(_case_row, cases))
    yield "expected.csv", csv_text(EXPECTED, (row for case in cases for row in _expected(case)))
    yield "unsaid.csv", csv_text(UNSAID, (row for case in cases for row in _unsaid(case)))
    yield "limits.csv", csv_text(LIMIT_COLUMNS, limit_rows())
    yield "causes.csv", csv_text(CAUSES, _causes(cases))
    for name, text in facility_files(facilities(_said(cases)), str(CLOCK)):
        yield f"facility/{name}", text
    for name, files in WRITERS.items():
        for path, text in files(cases):
            yield f"{name}/{path}", text


def write_pack(out: Path) -> Written:
    """Write `out`/<version of the rules>/. Raises PackError where that is there already."""
    version = rules_version()
    folder = out / version
    if folder.exists():
        raise PackError(f"{folder} is there already", "remove it, or choose another --out")
    part = private_folder(out) / f".{uuid4().hex}.part"
    try:
        lines = []
        for path, text in pack_files():
            content = text.encode()
            write_whole(part / path, content)
            lines.append(
                {"path": path, "sha256": sha256(content).hexdigest(), "bytes": len(content)}
            )
        lines.sort(key=lambda line: str(line["path"]))
        write_whole(part / "manifest.csv", csv_text(("path", "sha256", "bytes"), lines))
        rename(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    cases = pack_cases()
    by_format = {name: sum(case.is_said_in(name) for case in cases) for name in FORMATS}
    return Written(folder, version, len(cases), len(lines) + 1, by_format)


def _said(cases: tuple[PackCase, ...]) -> list[PackCase]:
    return [case for case in cases if case.formats]


def _readme(cases: tuple[PackCase, ...]) -> str:
    text = (FOLDER / "pack_readme.md").read_text(encoding="utf-8")
    return text.format(
        version=rules_version(),
        n_cases=len(cases),
        clock=CLOCK,
        states=", ".join(f"`{state}`" for state in states()),
    )


def _case_row(case: PackCase) -> dict[str, object]:
    row = case.case.row
    return {
        "case_id": case.case_id,
        "person_id": case.number,
        "section": case.case.section,
        "sentence": case.case.sentence,
        "case": row["case"],
        "sex": case.sex,
        "birth_date": case.birth_date or "",
        "age": row.get("age") or "",
        "day_0": case.day_0,
        "limits": limits_name(case.facility),
        "facility": case.facility,
        "exposure_feed": "none" if case.facility.endswith(SILENT) else "complete",
        **{name: row.get(name) or "" for name in DETAILS},
    }


def _expected(case: PackCase) -> Iterator[dict[str, object]]:
    if not case.formats:
        return
    for rule, state in case.states.items():
        yield {
            "case_id": case.case_id,
            "person_id": case.number,
            "rule": rule,
            "state": state,
            "cohort": IN if state in cohort_statuses(rule) else OUT,
            "as_of": CLOCK,
            "formats": " ".join(case.formats),
            "sentence": case.case.sentence,
        }


def _causes(cases: tuple[PackCase, ...]) -> list[dict[str, str]]:
    """What each code that a case sends does to a rule, and for how long it looks back."""
    meanings = {row["exposure_id"]: row for row in knowledge_rows("exposure")}
    sent = {
        (e.coded.kind, e.coded.code_system, e.coded.code, e.coded.exposure_id)
        for case in _said(cases)
        for e in case.exposures
    }
    return [
        {"kind": kind, "code_system": system, "code": code}
        | {name: meanings[exposure_id][name] for name in CAUSES[3:] if exposure_id}
        for kind, system, code, exposure_id in sorted(sent)
    ]


def _unsaid(case: PackCase) -> Iterator[dict[str, object]]:
    for name in FORMATS:
        if name in case.unsaid:
            yield {"case_id": case.case_id, "format": name, "reason": case.unsaid[name]}
    for rule, reason in case.unasked.items():
        yield {"case_id": case.case_id, "rule": rule, "reason": reason}
