"""Orders that are withdrawn as a whole, with or without results: to raw.order_withdrawal.

OBR-25 says so (HL7 table 0123: X, no results, order cancelled; senders put D and W of table 0085
there too), or the ORC above it (table 0119: cancelled or discontinued; table 0038: ORC-5 CA). An
ORC may say it without an OBR.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.hl7.field_column import first
from transforms.parse.hl7.header import Headers
from transforms.parse.hl7.order import Orders
from transforms.parse.hl7.patient import Patients
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.hl7.segment_table import SegmentTable
from transforms.parse.raw.reject import Reject

# other messages about orders, in which a laboratory or a ward takes back what it ordered
ORDER_MESSAGES = frozenset(["ORM", "ORR", "OML", "ORL", "OMG", "ORG", "ORP"])
_PERSON = (
    "patient_id",
    "assigning_authority",
    "assigning_authority_universal_id",
    "assigning_facility",
    "identifier_type_code",
)
_STATUSES = ("X", "D", "W")


class Withdrawals:
    """The withdrawn orders of a segment table, its headers and patients read already."""

    def __init__(
        self, table: SegmentTable, headers: Headers, patients: Patients, orders: Orders
    ) -> None:
        self._table, self._headers = table, headers
        self._patients, self._orders = patients, orders

    def read(self, buffer: RowBuffer) -> None:
        """Put a row, or a reject, for each withdrawn order into the buffer."""
        orders = self._orders
        is_withdrawn = pc.is_in(orders.status, pa.array(_STATUSES))
        is_withdrawn = is_withdrawn.to_numpy(zero_copy_only=False) | self._table.is_cancelled
        found = np.flatnonzero(is_withdrawn)
        if not len(found):
            return
        message, orc = self._table.obr_message, self._table.sheet.fields(self._table.orc[found])
        controls = first(orc[1]).to_pylist()
        collected = pc.coalesce(orders.collected_at, orders.requested_at)
        times = self._headers.times(first(collected.take(pa.array(found))), message[found])
        collected_at = pa.array(times).to_pylist()
        for order, control, at in zip(found.tolist(), controls, collected_at, strict=True):
            self._store(buffer, order, control, at)

    def _store(
        self, buffer: RowBuffer, order: int, control: str | None, collected_at: object
    ) -> None:
        message = int(self._table.obr_message[order])
        orders, headers, place = self._orders, self._headers, self._table.place(message)
        patient = int(self._table.obr_patient[order])
        refused = self._patients.refused.get(patient)
        filler = orders.filler_order_number[order].as_py()
        placer = orders.placer_order_number[order].as_py()
        if refused is not None or not (filler or placer):
            buffer.refuse(self._refusal(message, refused.refusal if refused else None))
            return
        at_utc = headers.at_utc[message].item()
        buffer.add(
            "order_withdrawal",
            place.number,
            place.line,
            headers.at[message].item(),
            at_utc,
            None if at_utc is None else int(headers.at_span_seconds[message]),
            *(self._patients.columns[name][patient].as_py() for name in _PERSON),
            placer,
            filler,
            orders.universal_service_identifier[order].as_py(),
            orders.specimen_id[order].as_py(),
            collected_at,
            control,
            orders.status[order].as_py(),
        )

    def _refusal(self, message: int, refusal: str | None) -> Reject:
        """What nobody can be named for, and what has no number, withdraws nothing and is told."""
        reason, field = (refusal, "PID-3") if refusal else ("withdrawal_without_number", "OBR-3")
        control_id = self._headers.control_id[message].as_py()
        place = self._table.place(message)
        return place.reject("message", "message", reason, field=field, control_id=control_id)
