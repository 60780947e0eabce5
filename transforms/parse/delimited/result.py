"""Rows of a results file to raw.observation; a row that cannot be one gets its fault."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.delimited.clock import at_clock, clocks, written_with_clock
from transforms.parse.delimited.excel_damage import (
    NumberWidths,
    is_dated_code,
    is_dated_value,
    is_rounded_number,
    is_serial_date,
)
from transforms.parse.delimited.layout import Layout
from transforms.parse.delimited.patient_number import (
    PatientNumbers,
    authority_of,
    fault_issuer,
    national_numbers,
    patient_numbers,
)
from transforms.parse.delimited.printed_limit import printed_limits
from transforms.parse.delimited.row import Faults, Rows, batch, is_marked, trimmed, truth, unmarked
from transforms.parse.delimited.timestamp import TimestampReader, Timestamps, local_time
from transforms.parse.delimited.value_comparator import with_comparator
from transforms.parse.facility.canonical_file import NATIONAL_NUMBER, OF_REQUESTER
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.source import Source

_AS_TRIMMED = {
    "administrative_sex": "sex",
    "specimen_type": "specimen_type",
    "observation_identifier": "code",
    "observation_text": "test_name",
    "coding_system": "code_system",
    "units": "units",
    "references_range": "reference_range",
    "abnormal_flags": "abnormal_flag",
    "producer": "laboratory",
    "ordering_provider_name": "requester",
    "assigned_patient_location": "requested_from",
}
_IDENTIFIER = {
    "assigning_authority": "assigning_authority",
    "filler_order_number": "order_number",
    "specimen_id": "specimen_id",
}
_AS_SENT = {"observation_value": "value", "comment": "comment"}
_MAY_BE_MARKED = ("comment", "laboratory", *OF_REQUESTER, NATIONAL_NUMBER)
_UNMARKED = ("comment", "producer", "ordering_provider_name", "assigned_patient_location")


class ResultReader:
    """Turns the rows of one long results file into observations."""

    def __init__(self, source: Source, facility: Facility, layout: Layout) -> None:
        self._origin = {"facility": source.facility, "source_sha256": source.sha256}
        self._facility = facility
        self._authority = authority_of(facility)
        self._header = {n: layout.headers[i].strip() for n, i in layout.heading.place.items()}
        self._delivered_at = local_time(source.delivered_at, facility.zone_info)
        self._delivered_at_utc = pa.scalar(source.delivered_at, pa.timestamp("us"))
        self._timestamps = TimestampReader(facility.date_format, facility.zone_info)
        self._is_wide = bool(layout.heading.wide)  # then the code is the column's, in every row
        self._widths = NumberWidths()

    def read(self, rows: Rows) -> tuple[pa.RecordBatch, Faults]:
        """An observation for each row, and the faults of those that must not become one."""
        faults = Faults(len(rows))
        patients = patient_numbers(rows, "patient_id", self._facility)
        text = {"patient_id": patients.number, "patient_identifier_list": patients.as_sent}
        text |= {raw: rows.identifier(column) for raw, column in _IDENTIFIER.items()}
        text |= {raw: rows.trimmed(column) for raw, column in _AS_TRIMMED.items()}
        text |= {raw: rows.text(column) for raw, column in _AS_SENT.items()}
        text["national_number"] = national_numbers(rows, self._facility)
        text["references_range"] = printed_limits(rows, text["references_range"])
        value = text["observation_value"]
        self._fault_rows(rows, text, patients, faults)
        self._fault_identity(text, faults)
        self._fault_values(rows, text, faults)
        text["observation_value"] = with_comparator(value, rows.trimmed("value_comparator"))
        times = self._times(rows, faults)
        columns = self._origin | text | times | {"collected_at_field": "collected_at"}
        if self._facility.identifier.issuer:
            columns["assigning_authority"] = pa.repeat(self._authority, len(rows))
        else:
            columns["assigning_authority"] = text["assigning_authority"].fill_null(self._authority)
        columns["observation_result_status"] = pc.ascii_upper(rows.trimmed("status"))
        columns |= {raw: unmarked(text[raw]) for raw in _UNMARKED}
        columns["line_number"] = pa.array(rows.line, pa.int32())
        columns["position"] = pa.array(rows.number, pa.int32())
        return batch("observation", len(rows), columns), faults

    def _fault_rows(
        self, rows: Rows, text: dict[str, pa.Array], patients: PatientNumbers, faults: Faults
    ) -> None:
        """Rows that are no results at all."""
        for column, cells in rows.cells.items():
            if column not in _MAY_BE_MARKED:
                faults.add(is_marked(cells), "row_not_text", column)
        has_no_code = _both_null(text["observation_identifier"], text["observation_text"])
        faults.add(self._is_footer(rows, text, has_no_code), "footer_row")
        is_header = pc.equal(text["patient_id"], self._header["patient_id"])
        faults.add(is_header, "header_repeated")
        patients.fault(faults, "patient_id")
        fault_issuer(rows, "assigning_authority", faults)
        faults.add(has_no_code, "code_missing", "code")

    def _is_footer(self, rows: Rows, text: dict[str, pa.Array], has_no_code: pa.Array) -> pa.Array:
        """Totals, remarks, rows of units: of patient, test and time two are missing, one the test.

        A wide file's row names its tests by its columns, so there patient and time decide.
        """
        has_no_time = pc.is_null(rows.trimmed("collected_at"))
        has_no_patient = pc.is_null(text["patient_id"])
        if self._is_wide:
            return pc.and_(has_no_patient, has_no_time)
        return pc.and_(has_no_code, pc.or_(has_no_patient, has_no_time))

    def _fault_identity(self, text: dict[str, pa.Array], faults: Faults) -> None:
        for raw in ("filler_order_number", "specimen_id"):
            rounded = is_rounded_number(text[raw])
            faults.add(rounded, "excel_rounded_number", _IDENTIFIER[raw])
        code = text["observation_identifier"]
        faults.add(is_dated_code(code, self._facility.code_map), "excel_date_for_code", "code")
        lost = self._widths.has_lost_zeros(text["patient_id"], text["assigning_authority"])
        faults.add(lost, "leading_zeros_lost", "patient_id")

    def _fault_values(self, rows: Rows, text: dict[str, pa.Array], faults: Faults) -> None:
        value = text["observation_value"]
        faults.add(is_dated_value(value), "excel_date_for_value", "value")
        no_status = pc.is_null(rows.trimmed("status"))
        faults.add(pc.and_(pc.is_null(trimmed(value)), no_status), "value_missing", "value")

    def _times(self, rows: Rows, faults: Faults) -> dict[str, pa.Array]:
        collected = self._collected(rows, faults)
        faults.add(pc.is_null(collected), "collected_at_missing", "collected_at")
        read = self._time(rows, faults, "resulted_at")
        resulted = read.values
        sent = self._timestamps.instants(rows.trimmed("resulted_at"), read)
        birth = self._timestamps.dates(rows.trimmed("birth_date"), self._delivered_at.date())
        delivered = pa.scalar(self._delivered_at, pa.timestamp("us"))
        return {
            "collected_at": collected,
            "collected_at_source_value": written_with_clock(rows),
            "resulted_at": resulted,
            "message_at": resulted.fill_null(delivered),
            "message_at_utc": pa.array(sent.utc).fill_null(self._delivered_at_utc),
            "message_at_span_seconds": pa.array(sent.span_seconds, pa.int32()),
            "birth_date": birth.values,
            "birth_date_source_value": rows.text("birth_date"),
        }

    def _collected(self, rows: Rows, faults: Faults) -> pa.Array:
        """The times of collection; a clock in a column of its own completes a date alone."""
        read = self._time(rows, faults, "collected_at").values
        clock = clocks(rows.trimmed("collected_time"))
        faults.add(clock.is_unreadable, "time_unreadable", "collected_time")
        return at_clock(read, clock)

    def _time(self, rows: Rows, faults: Faults, column: str) -> Timestamps:
        written = rows.trimmed(column)
        found = self._timestamps.times(written)
        if found.is_unreadable.any():
            is_serial = found.is_unreadable & is_serial_date(written)
            faults.add(is_serial, "excel_number_for_date", column)
            faults.add(found.is_unreadable, "time_unreadable", column)
        return found


def long_rows(rows: Rows, layout: Layout) -> Iterator[Rows]:
    """The results of a wide file's rows, one isotype after the other; those of a long file as is.

    An empty cell of a wide file is a test that was not done. A result's number counts the isotypes
    of its row too.
    """
    wide = layout.heading.wide
    if not wide:
        yield rows
        return
    for i, (column, places) in enumerate(wide):
        stated = {"code": column.code, "test_name": column.value.strip(), "units": column.units}
        stated["reference_range"] = column.reference_range
        cells = {name: rows.cells[name] for name in layout.heading.place}
        cells |= {name: _in_every_row(text, rows) for name, text in stated.items() if text}
        cells |= {name: rows.cells[f"{name} {i}"] for name in places}
        number = (rows.number - 1) * len(wide) + i + 1
        yield Rows(cells, number, rows.line, rows.record).kept(_is_filled(cells["value"]))


def n_results_of(rows: Rows, layout: Layout) -> np.ndarray:
    """How many results each row holds: one, or its filled isotype cells."""
    if not layout.heading.wide:
        return np.ones(len(rows), np.int64)
    values = [rows.cells[f"value {i}"] for i in range(len(layout.heading.wide))]
    return np.sum([_is_filled(value) for value in values], axis=0)


def _in_every_row(text: str, rows: Rows) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), len(rows))


def _is_filled(value: pa.Array) -> np.ndarray:
    return truth(pc.is_valid(trimmed(value)))


def _both_null(a: pa.Array, b: pa.Array) -> pa.Array:
    return pc.and_(pc.is_null(a), pc.is_null(b))
