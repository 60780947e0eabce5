"""The delimited files that hold no results: exposures, merges, reviews and patients, to their raw
tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from igwatch.base.knowledge import knowledge_rows, rule_ids
from transforms.parse.delimited.excel_damage import NumberWidths, is_serial_date
from transforms.parse.delimited.exposure import ExposureReader
from transforms.parse.delimited.layout import Layout
from transforms.parse.delimited.patient_number import (
    NEVER,
    WRAPPED,
    PatientNumbers,
    authorities,
    authority_column,
    fault_issuer,
    national_numbers,
    patient_numbers,
)
from transforms.parse.delimited.row import Faults, Rows, batch, is_marked, one_word, truth
from transforms.parse.delimited.timestamp import TimestampReader, Timestamps, local_time
from transforms.parse.facility.canonical_file import (
    EXPOSURES,
    MERGES,
    NATIONAL_NUMBER,
    PATIENTS,
    REVIEWS,
    FileKind,
)
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.source import Source

_NUMBERS = ("patient_id", "retired_id", "surviving_id")
_EVERY_RULE = "*"
_TIME = pa.timestamp("us")
# The clinic's page puts an apostrophe before a cell that a spreadsheet would compute, or before one
# that begins with such an apostrophe itself
_QUOTED_FORMULA = r"^'('*(?:[\t\r]|[ \n\v\f]*[=+\-@＝＋－＠]))"


class HistoryReader:
    """Turns rows of one exposures, merges, reviews or patients file into rows of its raw table."""

    def __init__(
        self, source: Source, facility: Facility, layout: Layout, file_kind: FileKind
    ) -> None:
        self._origin = {"facility": source.facility, "source_sha256": source.sha256}
        self._file_kind = file_kind
        self._facility = facility
        self._header = {n: layout.headers[i].strip() for n, i in layout.heading.place.items()}
        delivered_at = local_time(source.delivered_at, facility.zone_info)
        self._delivered_at = pa.scalar(delivered_at, _TIME)
        self._delivered_on = delivered_at.date()
        self._widths = NumberWidths()
        self._timestamps = TimestampReader(facility.date_format, facility.zone_info)
        self._exposure = ExposureReader(facility, source.name, self._timestamps, self._delivered_on)
        self._columns = {
            EXPOSURES.name: self._exposures,
            MERGES.name: self._merges,
            REVIEWS.name: self._reviews,
            PATIENTS.name: self._patients,
        }[file_kind.name]

    def read(self, rows: Rows) -> tuple[pa.RecordBatch, Faults]:
        """A row of the raw table for each row, and the faults of those that cannot be one."""
        if self._file_kind is REVIEWS:
            rows = _without_apostrophes(rows)
        faults = Faults(len(rows))
        for column, cells in rows.cells.items():
            if column != NATIONAL_NUMBER:
                faults.add(is_marked(cells), "row_not_text", column)
        names = [n for n in _NUMBERS if n in rows.cells]
        wrapped = NEVER if self._file_kind is REVIEWS else WRAPPED
        numbers = {name: patient_numbers(rows, name, self._facility, wrapped) for name in names}
        self._fault_identifiers(rows, numbers, faults)
        number = {name: found.number for name, found in numbers.items()}
        columns = self._origin | self._columns(rows, number, faults)
        columns["line_number"] = pa.array(rows.line, pa.int32())
        columns["position"] = pa.array(rows.number, pa.int32())
        return batch(self._file_kind.table, len(rows), columns), faults

    def _fault_identifiers(
        self, rows: Rows, numbers: dict[str, PatientNumbers], faults: Faults
    ) -> None:
        """Fault footers and repeated headers, and identifiers that are missing or damaged."""
        empty = [~truth(pc.is_valid(found.number)) for found in numbers.values()]
        subject: tuple[str, ...] = ("kind", "rule_id")
        if self._file_kind is EXPOSURES and "kind" not in rows.cells:
            subject = ("code", "name")
        about = [n for n in subject if n in rows.cells]
        silent = [~truth(pc.is_valid(rows.trimmed(name))) for name in about]
        faults.add(np.all([*empty, *silent], axis=0), "footer_row")
        for name in ("assigning_authority", *map(authority_column, numbers)):
            if name in rows.cells:
                fault_issuer(rows, name, faults)
        for name, found in numbers.items():
            faults.add(pc.equal(rows.trimmed(name), self._header[name]), "header_repeated")
            found.fault(faults, name)
            authority = self._authorities(rows, name)
            lost = self._widths.has_lost_zeros(found.number, authority)
            faults.add(lost, "leading_zeros_lost", name)

    def _exposures(
        self, rows: Rows, number: dict[str, pa.Array], faults: Faults
    ) -> dict[str, pa.Array]:
        return {
            **self._person(rows, number),
            "message_at": self._delivered(rows),
            **self._exposure.columns(rows, faults),
        }

    def _merges(
        self, rows: Rows, number: dict[str, pa.Array], faults: Faults
    ) -> dict[str, pa.Array]:
        retired = self._authorities(rows, "retired_id")
        surviving = self._authorities(rows, "surviving_id")
        merged_at = self._time(rows, faults, "merged_at")
        # dated, a merge into itself undoes the one before (identity.latest_merge); else it is none
        is_same = pc.and_(
            pc.equal(number["retired_id"], number["surviving_id"]), pc.equal(retired, surviving)
        )
        faults.add(pc.and_(is_same, pc.is_null(merged_at)), "merge_same_identifier", "surviving_id")
        return {
            "event": pa.repeat("csv", len(rows)),
            "message_at": self._delivered(rows),
            "retired_id": number["retired_id"],
            "retired_assigning_authority": retired,
            "surviving_id": number["surviving_id"],
            "surviving_assigning_authority": surviving,
            "merged_at": merged_at,
        }

    def _reviews(
        self, rows: Rows, number: dict[str, pa.Array], faults: Faults
    ) -> dict[str, pa.Array]:
        reviewer = rows.trimmed("reviewer")
        faults.add(pc.is_null(reviewer), "reviewer_missing", "reviewer")
        reviewed_at = self._time(rows, faults, "reviewed_at")
        faults.add(pc.is_null(reviewed_at), "time_missing", "reviewed_at")
        verdicts = knowledge_rows("verdict")
        known = tuple(row["verdict"] for row in verdicts)
        verdict = one_word(rows.trimmed("verdict"), faults, "verdict", known)
        with_reason = pa.array([v["verdict"] for v in verdicts if v["needs_note"] == "true"])
        is_bare = truth(pc.is_in(verdict, with_reason)) & truth(pc.is_null(rows.trimmed("note")))
        faults.add(is_bare, "verdict_without_reason", "note")
        return {
            **self._person(rows, number),
            "rule_id": one_word(
                rows.trimmed("rule_id"), faults, "rule_id", (*rule_ids(), _EVERY_RULE)
            ),
            "verdict": verdict,
            "diagnosis": rows.trimmed("diagnosis"),
            "reviewer": reviewer,
            "reviewed_at": reviewed_at,
            "note": rows.text("note"),
        }

    def _patients(
        self, rows: Rows, number: dict[str, pa.Array], faults: Faults
    ) -> dict[str, pa.Array]:
        birth = self._timestamps.dates(rows.trimmed("birth_date"), self._delivered_on)
        faults.add(birth.is_unreadable, "time_unreadable", "birth_date")
        return {
            **self._person(rows, number),
            "event": pa.repeat("csv", len(rows)),
            "message_at": self._delivered(rows),
            "national_number": national_numbers(rows, self._facility),
            "birth_date": birth.values,
            "birth_date_source_value": rows.text("birth_date"),
            "administrative_sex": rows.trimmed("sex"),
        }

    def _person(self, rows: Rows, number: dict[str, pa.Array]) -> dict[str, pa.Array]:
        authority = self._authorities(rows, "patient_id")
        return {"patient_id": number["patient_id"], "assigning_authority": authority}

    def _authorities(self, rows: Rows, column: str) -> pa.Array:
        return authorities(rows, column, self._facility, self._file_kind is REVIEWS)

    def _delivered(self, rows: Rows) -> pa.Array:
        return pa.repeat(self._delivered_at, len(rows))

    def _time(self, rows: Rows, faults: Faults, column: str) -> pa.Array:
        return self._read(self._timestamps.times, rows.trimmed(column), faults, column)

    def _read(
        self, reader: Callable[[pa.Array], Timestamps], text: pa.Array, faults: Faults, column: str
    ) -> pa.Array:
        found = reader(text)
        faults.add(found.is_unreadable & is_serial_date(text), "excel_number_for_date", column)
        faults.add(found.is_unreadable, "time_unreadable", column)
        return found.values


def _without_apostrophes(rows: Rows) -> Rows:
    """The rows as they were before the clinic's page made them safe for a spreadsheet."""
    cells = {
        n: pc.replace_substring_regex(c, _QUOTED_FORMULA, r"\1") for n, c in rows.cells.items()
    }
    return replace(rows, cells=cells)
