"""The delimited files that hold no results: exposures, merges, reviews and patients, to their raw
tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from igwatch.base.knowledge import rule_ids
from transforms.parse.delimited.excel_damage import (
    NumberWidths,
    is_dated_code,
    is_rounded_number,
    is_serial_date,
)
from transforms.parse.delimited.layout import Layout
from transforms.parse.delimited.row import Faults, Rows, batch, is_marked, truth
from transforms.parse.delimited.timestamp import TimestampReader, Timestamps, local_time
from transforms.parse.facility.canonical_file import (
    EXPOSURES,
    MERGES,
    PATIENTS,
    REVIEWS,
    FileKind,
)
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.source import Source

_KINDS = ("medication", "diagnosis", "procedure", "finding")
_VERDICTS = ("confirmed", "not_confirmed", "secondary", "needs_more", "dismissed")
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
        self._authority = facility.identifier.authority or facility.name
        self._header = {n: layout.headers[i].strip() for n, i in layout.heading.place.items()}
        delivered_at = local_time(source.delivered_at, facility.zone_info)
        self._delivered_at = pa.scalar(delivered_at, _TIME)
        self._delivered_on = delivered_at.date()
        self._widths = NumberWidths()
        self._timestamps = TimestampReader(facility.date_format, facility.zone_info)
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
            faults.add(is_marked(cells), "row_not_text", column)
        self._fault_identifiers(rows, faults)
        columns = self._origin | self._columns(rows, faults)
        columns["line_number"] = pa.array(rows.line, pa.int32())
        columns["position"] = pa.array(rows.number, pa.int32())
        return batch(self._file_kind.table, len(rows), columns), faults

    def _fault_identifiers(self, rows: Rows, faults: Faults) -> None:
        """Fault footers and repeated headers, and identifiers that are missing or damaged."""
        names = [n for n in ("patient_id", "retired_id", "surviving_id") if n in rows.cells]
        empty = {name: ~truth(pc.is_valid(rows.identifier(name))) for name in names}
        about = [n for n in ("kind", "rule_id") if n in rows.cells]
        silent = [~truth(pc.is_valid(rows.trimmed(name))) for name in about]
        faults.add(np.all([*empty.values(), *silent], axis=0), "footer_row")
        for name in names:
            text = rows.identifier(name)
            faults.add(pc.equal(text, self._header[name]), "header_repeated")
            faults.add(empty[name], "patient_id_missing", name)
            faults.add(is_rounded_number(text), "excel_rounded_number", name)
            lost = self._widths.has_lost_zeros(text, rows.identifier("assigning_authority"))
            faults.add(lost, "leading_zeros_lost", name)

    def _exposures(self, rows: Rows, faults: Faults) -> dict[str, pa.Array]:
        code = rows.trimmed("code")
        has_neither = pc.and_(pc.is_null(code), pc.is_null(rows.trimmed("name")))
        faults.add(has_neither, "code_missing", "code")
        faults.add(is_rounded_number(code), "excel_rounded_number", "code")
        faults.add(is_dated_code(code, ()), "excel_date_for_code", "code")
        return {
            **self._person(rows),
            "message_at": self._delivered(rows),
            "kind": self._word(rows, faults, "kind", _KINDS),
            "code": code,
            "code_system": rows.trimmed("code_system"),
            "name": rows.trimmed("name"),
            "start_date": self._date(rows, faults, "start_date"),
            "end_date": self._date(rows, faults, "end_date"),
        }

    def _merges(self, rows: Rows, faults: Faults) -> dict[str, pa.Array]:
        authority = self._person(rows)["assigning_authority"]
        merged_at = self._time(rows, faults, "merged_at")
        # dated, a merge into itself undoes the one before (identity.latest_merge); else it is none
        is_same = pc.equal(rows.identifier("retired_id"), rows.identifier("surviving_id"))
        faults.add(pc.and_(is_same, pc.is_null(merged_at)), "merge_same_identifier", "surviving_id")
        return {
            "event": pa.repeat("csv", len(rows)),
            "message_at": self._delivered(rows),
            "retired_id": rows.identifier("retired_id"),
            "retired_assigning_authority": authority,
            "surviving_id": rows.identifier("surviving_id"),
            "surviving_assigning_authority": authority,
            "merged_at": merged_at,
        }

    def _reviews(self, rows: Rows, faults: Faults) -> dict[str, pa.Array]:
        reviewer = rows.trimmed("reviewer")
        faults.add(pc.is_null(reviewer), "reviewer_missing", "reviewer")
        reviewed_at = self._time(rows, faults, "reviewed_at")
        faults.add(pc.is_null(reviewed_at), "time_missing", "reviewed_at")
        return {
            **self._person(rows),
            "rule_id": self._word(rows, faults, "rule_id", tuple(rule_ids())),
            "verdict": self._word(rows, faults, "verdict", _VERDICTS),
            "reviewer": reviewer,
            "reviewed_at": reviewed_at,
            "note": rows.text("note"),
        }

    def _patients(self, rows: Rows, faults: Faults) -> dict[str, pa.Array]:
        birth = self._timestamps.dates(rows.trimmed("birth_date"), self._delivered_on)
        faults.add(birth.is_unreadable, "time_unreadable", "birth_date")
        return {
            **self._person(rows),
            "event": pa.repeat("csv", len(rows)),
            "message_at": self._delivered(rows),
            "birth_date": birth.values,
            "birth_date_source_value": rows.text("birth_date"),
            "administrative_sex": rows.trimmed("sex"),
        }

    def _person(self, rows: Rows) -> dict[str, pa.Array]:
        authority = rows.identifier("assigning_authority").fill_null(self._authority)
        return {"patient_id": rows.identifier("patient_id"), "assigning_authority": authority}

    def _delivered(self, rows: Rows) -> pa.Array:
        return pa.repeat(self._delivered_at, len(rows))

    def _word(self, rows: Rows, faults: Faults, column: str, known: tuple[str, ...]) -> pa.Array:
        """A column that may hold only these words, in lower case."""
        word = pc.utf8_lower(rows.trimmed(column))
        faults.add(~truth(pc.is_in(word, pa.array(known))), "word_unknown", column)
        return word

    def _time(self, rows: Rows, faults: Faults, column: str) -> pa.Array:
        return self._read(self._timestamps.times, rows.trimmed(column), faults, column)

    def _date(self, rows: Rows, faults: Faults, column: str) -> pa.Array:
        return self._read(self._timestamps.dates, rows.trimmed(column), faults, column)

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
