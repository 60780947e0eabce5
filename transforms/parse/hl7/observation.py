"""A segment table to raw.observation: the segments column by column, then one row per value."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from igwatch.base.knowledge import rule_parameter
from transforms.parse.facility.facility import Facility
from transforms.parse.hl7 import datatype
from transforms.parse.hl7.er7 import COMPONENT, REPETITION
from transforms.parse.hl7.escape import unescape, unescape_value
from transforms.parse.hl7.field_column import (
    TEXT,
    first,
    mapped,
    mapped_apart,
    repetitions,
    whole,
)
from transforms.parse.hl7.header import Headers
from transforms.parse.hl7.message import Place
from transforms.parse.hl7.order import Orders
from transforms.parse.hl7.patient import Patients
from transforms.parse.hl7.refusal import Refusals
from transforms.parse.hl7.requester import requesters
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.hl7.segment_table import SegmentTable
from transforms.parse.hl7.withdrawal import Withdrawals
from transforms.parse.raw.reject import Reject
from transforms.parse.raw.schema import OBSERVATION

_DOCUMENT_COMPONENTS = 4
_NUMBER, _LINE, _RESULTS_BEFORE = map(Place._fields.index, ("number", "line", "results_before"))
_CODE = [
    "observation_identifier",
    "observation_text",
    "coding_system",
    "alternate_identifier",
    "alternate_text",
    "alternate_coding_system",
    "further_identifiers",
]
_UNITS = ["units", "further_units"]

Columns = dict[str, pa.Array]


class Observations(NamedTuple):
    """The rows and rejects of a segment table. `n_repeated` counts rows beyond one per OBX.

    An OBX-5 that repeats holds several values and becomes several rows.
    """

    batch: pa.RecordBatch
    rejects: list[Reject]
    n_repeated: int


def observations(
    segment_table: SegmentTable,
    facility: Facility,
    zone: tzinfo,
    buffer: RowBuffer,
    n_repeated: int,
) -> Observations:
    """The results of a segment table as rows of raw.observation, and those that are refused.

    `n_repeated` rows beyond one per OBX came before it in the file: positions go on behind them.
    Its orders that are withdrawn are put into the buffer.
    """
    builder = _ObservationBuilder(segment_table, facility, zone)
    parts = (builder.headers, builder.patients, builder.orders)
    Withdrawals(segment_table, *parts).read(buffer)
    if not len(segment_table.obx):
        return Observations(pa.RecordBatch.from_pylist([], OBSERVATION), [], 0)
    columns, n_more = builder.columns(n_repeated)
    n = len(columns["position"])
    columns["facility"] = pa.repeat(facility.name, n)
    columns["source_sha256"] = pa.repeat(buffer.source.sha256, n)
    columns["national_number"] = pa.nulls(n, pa.string())  # it stands in patient_identifier_list
    arrays = [columns[name].cast(OBSERVATION.field(name).type) for name in OBSERVATION.names]
    batch = pa.RecordBatch.from_arrays(arrays, schema=OBSERVATION)
    return Observations(batch, builder.refusals.rejects, n_more)


class _ObservationBuilder:
    """Makes the columns of raw.observation from a segment table.

    It first settles whom each result belongs to and refuses what belongs to nobody, so that no
    column is read of such a result.

    `order`, `patient` and `message` are parallel to `result`: the numbers of the OBX that stay.
    """

    def __init__(self, segment_table: SegmentTable, facility: Facility, zone: tzinfo) -> None:
        self.segment_table = segment_table
        self.facility = facility
        self.headers = Headers(segment_table.sheet.fields(segment_table.msh), zone)
        self.orders = Orders(segment_table)
        pid = (segment_table.pid, segment_table.pid_message)
        sender = self.headers.sending_facility
        self.patients = Patients(segment_table.sheet, *pid, facility, sender)
        self.refusals = Refusals(segment_table, self.headers)
        self.result = np.arange(len(segment_table.obx))
        self.order = segment_table.obx_order
        self.patient = segment_table.obr_patient[self.order]
        self.message = segment_table.obx_message
        self._refuse()

    def _refuse(self) -> None:
        """Refuse glued lines, what has no patient or order, controls, fields that have slipped."""
        is_open = ~self.refusals.refuse_lost_line_ends()
        is_open &= ~self.refusals.refuse_unidentified(self.patients.refused, self.patient, is_open)
        is_open &= ~self.refusals.refuse_without_order(self.order, self.message, is_open)
        is_open &= ~self.refusals.refuse_control_material(
            self.orders, self.order, self.message, is_open
        )
        is_open &= ~self.refusals.refuse_long_fields(self.message, is_open)
        self._keep(is_open)
        table = self.segment_table
        self.obx = table.sheet.fields(table.obx[self.result])
        is_shifted = self.refusals.refuse_shifted(self.obx, self.result, self.message)
        if is_shifted.any():
            self._keep(~is_shifted)
            self.obx = table.sheet.fields(table.obx[self.result])

    def _keep(self, is_kept: np.ndarray) -> None:
        if not is_kept.all():
            self.result, self.order = self.result[is_kept], self.order[is_kept]
            self.patient, self.message = self.patient[is_kept], self.message[is_kept]

    def columns(self, n_repeated: int) -> tuple[Columns, int]:
        """The columns of raw.observation but those of the file, and how many rows repeat."""
        value, origin = repetitions(self._values())
        columns = self._result_columns() | self._time_columns()
        columns |= _rows_at(self._order_columns(), self.order)
        columns |= _rows_at(self.patients.columns, self.patient)
        columns |= _rows_at(self._message_columns(), self.message)
        position = self._result_numbers() + n_repeated
        if origin is not None:
            columns = _rows_at(columns, origin)
            position = position[origin] + np.arange(len(origin)) - origin
        columns["observation_value"] = value
        columns["position"] = pa.array(position)
        return columns, len(value) - len(self.result)

    def _values(self) -> pa.StringArray:
        """OBX-5 as sent; a document (ED) without its data, which the archive keeps."""
        value = self.obx[5]
        is_document = pc.fill_null(pc.equal(first(self.obx[2]), "ED"), False)
        if not pc.any(is_document).as_py():
            return value
        headed = [_without_data(text or "") for text in value.filter(is_document).to_pylist()]
        return pc.replace_with_mask(value, is_document, pa.array(headed, TEXT))

    def _result_columns(self) -> Columns:
        obx, table = self.obx, self.segment_table
        status = mapped(obx[11], datatype.status)
        return {
            "line_number": pa.array(self._lines()),
            "set_id": first(obx[1]),
            "value_type": mapped(obx[2], datatype.first),
            **dict(zip(_CODE, mapped_apart(obx[3], _identifiers, len(_CODE)), strict=True)),
            "observation_sub_id": whole(obx[4]),
            **dict(zip(_UNITS, mapped_apart(obx[6], _units, len(_UNITS)), strict=True)),
            "references_range": whole(obx[7], unescape_value),
            "abnormal_flags": mapped(obx[8], datatype.flags),
            "observation_result_status": pc.coalesce(
                status, self.orders.status.take(pa.array(self.order))
            ),
            "observation_instance_id": whole(obx[21]),
            "observation_type": mapped(obx[29], datatype.status),
            "producer": pc.coalesce(mapped(obx[15], datatype.name), mapped(obx[23], datatype.name)),
            "comment": _comments(table, table.nte, table.nte_result, self.result),
            "order_comment": _comments(table, table.order_nte, table.nte_order, self.order),
        }

    def _lines(self) -> np.ndarray:
        table = self.segment_table
        first_line = table.places[:, _LINE] - table.msh
        return first_line[self.message] + table.obx[self.result]

    def _result_numbers(self) -> np.ndarray:
        """The 1-based number of each OBX in the file."""
        before = self.segment_table.places[:, _RESULTS_BEFORE]
        is_first = np.diff(self.segment_table.obx_message, prepend=-1) != 0
        n = np.arange(len(is_first))
        first = np.maximum.accumulate(np.where(is_first, n, 0))
        return before[self.message] + (n - first + 1)[self.result]

    def _order_columns(self) -> Columns:
        orders = self.orders
        message = self.segment_table.obr_message
        return {
            "placer_order_number": orders.placer_order_number,
            "filler_order_number": orders.filler_order_number,
            "universal_service_identifier": orders.universal_service_identifier,
            "further_services": orders.further_services,
            "specimen_id": orders.specimen_id,
            "specimen_type": orders.specimen_type,
            "further_specimens": orders.further_specimens,
            "resulted_at": pa.array(self.headers.times(first(orders.reported_at), message)),
            "result_status": orders.status,
            **requesters(self.segment_table, self.facility.show_requester),
        }

    def _message_columns(self) -> Columns:
        headers = self.headers
        return {
            "message_number": pa.array(self.segment_table.places[:, _NUMBER]),
            "message_control_id": headers.control_id,
            "message_type": headers.type,
            "sending_facility": headers.sending_facility,
            "message_at": pa.array(headers.at),
            "message_at_utc": pa.array(headers.at_utc),
            "message_at_span_seconds": _span(headers),
        }

    def _time_columns(self) -> Columns:
        """The first plausible time in the facility's order.

        One before the birth, before collection times can be true, or after the message is not.
        Without a plausible one the first that can be read, else the text of the first stated.
        """
        n = len(self.result)
        earliest = self._earliest_times()
        time = np.full(n, "NaT", "M8[us]")
        source, field = pa.nulls(n, TEXT), pa.nulls(n, TEXT)
        rank = np.zeros(n, np.int8)  # 1 stated, 2 read, 3 plausible
        sent = self.headers.at[self.message]
        for name in self.facility.collected_at:
            if (rank == 3).all():
                break
            stated = self._stated_times(name)
            found = self.headers.times(first(stated), self.message)
            is_read = ~np.isnat(found)
            found_rank = stated.is_valid().to_numpy(zero_copy_only=False).astype(np.int8)
            found_rank += is_read
            found_rank += is_read & ~(found - sent > _clock_skew()) & ~(found < earliest)
            is_better = found_rank > rank
            time = np.where(is_better, found, time)
            rank = np.maximum(rank, found_rank)
            better = pa.array(is_better)
            source = pc.if_else(better, stated, source)
            field = pc.if_else(better, pa.scalar(name, TEXT), field)
        return {
            "collected_at": pa.array(time),
            "collected_at_source_value": source,
            "collected_at_field": field,
        }

    def _earliest_times(self) -> np.ndarray:
        """Before these nothing can be collected: the birth, unless it is after the message."""
        earliest = np.datetime64(f"{int(rule_parameter('earliest_collection_year'))}-01-01", "us")
        born = self.patients.columns["birth_date"].to_numpy(zero_copy_only=False)
        born = born.astype("M8[us]")[self.patient]
        is_born = (born > earliest) & ~(born > self.headers.at[self.message])
        return np.where(is_born, born, earliest)

    def _stated_times(self, name: str) -> pa.StringArray:
        if name == "OBX-14":
            return self.obx[14]
        column = self.orders.collected_at if name == "SPM-17" else self.orders.requested_at
        return column.take(pa.array(self.order))


def _span(headers: Headers) -> pa.Array:
    """How long after message_at_utc each message may have been sent, in seconds."""
    return pa.array(headers.at_span_seconds, mask=np.isnat(headers.at_utc))


def _clock_skew() -> np.timedelta64:
    return np.timedelta64(round(rule_parameter("collection_clock_skew_days") * 86_400), "s")


def _identifiers(field: str) -> tuple[str | None, ...]:
    """OBX-3: its two triplets, and what it says besides."""
    stated = datatype.code(field)
    return *stated, datatype.further(field, "OBX-3", stated)


def _units(field: str) -> tuple[str | None, str | None]:
    """OBX-6: the unit, and what the field says besides."""
    stated = datatype.unit(field)
    return stated, datatype.further(field, "OBX-6", (stated,))


def _comments(
    table: SegmentTable, nte: np.ndarray, belongs_to: np.ndarray, wanted: np.ndarray
) -> pa.StringArray:
    """NTE-3 of the notes that belong to each of the results or orders wanted, one line each."""
    notes = table.sheet.fields(nte)[3]
    lines: dict[int, list[str]] = {}
    is_stated = notes.is_valid()
    numbers = belongs_to[is_stated.to_numpy(zero_copy_only=False)].tolist()
    for note, number in zip(notes.filter(is_stated).to_pylist(), numbers, strict=True):
        texts = [unescape(text) for text in note.split(REPETITION) if text]
        lines.setdefault(number, []).extend(texts)
    if not lines:
        return pa.nulls(len(wanted), TEXT)
    comments = (lines.get(number) for number in wanted.tolist())
    return pa.array(["\n".join(texts) if texts else None for texts in comments], TEXT)


def _rows_at(columns: Columns, index: np.ndarray) -> Columns:
    place = pa.array(index)
    return {
        name: pa.nulls(len(index), column.type)
        if column.null_count == len(column)
        else column.take(place)
        for name, column in columns.items()
    }


def _without_data(value: str) -> str:
    return COMPONENT.join(value.split(COMPONENT, _DOCUMENT_COMPONENTS)[:_DOCUMENT_COMPONENTS])
