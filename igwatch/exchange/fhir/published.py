"""What was published of patients, one patient after the other, so that a clinic's are never all in
memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.generation import Generation

Row = dict[str, Any]
QUERY = Path(__file__).with_name("query")
_TOLD = "CREATE SCHEMA IF NOT EXISTS told; CREATE OR REPLACE TABLE told.patient AS "
_BESIDE = ("measurement", "unusable", "flag", "evidence", "repeat", "request")


@dataclass(frozen=True)
class PublishedPatient:
    """The rows about one patient; each list in the order of its query."""

    patient: Row
    measurement: list[Row]
    unusable: list[Row]
    flag: list[Row]
    evidence: list[Row]
    repeat: list[Row]
    request: list[Row]

    @property
    def key(self) -> str:
        return self.patient["patient_key"]


def cohort(generation: Generation, clinic: str | None) -> Iterator[PublishedPatient]:
    """Everybody on the clinic's report, by patient_key. Raises ReportError."""
    generation.con.execute(_TOLD + _text("cohort"), [clinic])
    return _patients(generation)


def these(generation: Generation, patient_keys: Iterable[str]) -> Iterator[PublishedPatient]:
    """The patients of these keys that the generation has. Raises ReportError."""
    generation.con.execute(_TOLD + "SELECT unnest($1::VARCHAR[]) AS patient_key", [[*patient_keys]])
    return _patients(generation)


def _patients(generation: Generation) -> Iterator[PublishedPatient]:
    beside = {name: _RowsByPatient(generation.read(_text(name))) for name in _BESIDE}
    for patient in generation.read(_text("patient")):
        key = patient["patient_key"]
        yield PublishedPatient(patient, **{name: rows.of(key) for name, rows in beside.items()})


class _RowsByPatient:
    """Rows that are sorted by patient_key, taken patient by patient."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, key: str) -> list[Row]:
        """The patient's rows; those of patients before are passed over."""
        found = []
        while self._next is not None and self._next["patient_key"] <= key:
            if self._next["patient_key"] == key:
                found.append(self._next)
            self._next = next(self._rows, None)
        return found


def _text(query: str) -> str:
    return (QUERY / f"{query}.sql").read_text(encoding="utf-8")
