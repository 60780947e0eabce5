"""Which results of a segment table are refused: segments of their message stand inside a field,
their patient or order cannot be named, they are control material, or their fields have slipped."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from igwatch.base.knowledge import reading_limit
from transforms.parse.hl7.er7 import COMPONENT, FIELD
from transforms.parse.hl7.header import Headers
from transforms.parse.hl7.line_end import lost_line_end, suspect_lines
from transforms.parse.hl7.order import Orders
from transforms.parse.hl7.oru import MISSING
from transforms.parse.hl7.patient import Patient
from transforms.parse.hl7.segment_table import SegmentTable
from transforms.parse.hl7.sheet import Fields
from transforms.parse.raw.reject import Reject, shape

_RANGE = re.compile(r"\s*[\[(]?\s*([<>]|\d+(\.\d+)?\s*-\s*\d)")
_VALUE = 5
_NUMBER = re.compile(r"\s*\d+(\.\d+)?\s*")


class Refusals:
    """Refuses results of one segment table. Each method returns which, one bool each, and keeps
    rejects that count them, since a patient or an order may have many."""

    def __init__(self, segment_table: SegmentTable, headers: Headers) -> None:
        self._segment_table = segment_table
        self._headers = headers
        self.rejects: list[Reject] = []

    def refuse_lost_line_ends(self) -> np.ndarray:
        """Results of messages in which a segment stands inside a field of another."""
        table = self._segment_table
        found: dict[int, str] = {}
        suspects = suspect_lines(table.sheet)
        for lines, message in (
            (table.pid, table.pid_message),
            (table.obr, table.obr_message),
            (table.obx, table.obx_message),
            (table.spm, table.spm_message),
            (table.nte, table.nte_message),
        ):
            for row in np.flatnonzero(np.isin(lines, suspects)).tolist() if len(suspects) else []:
                if lost := lost_line_end([table.sheet.text(lines[row])]):
                    found.setdefault(int(message[row]), lost[1])
        message = table.obx_message
        is_refused = np.isin(message, list(found)) if found else np.zeros(len(message), bool)
        for number, what in sorted(found.items()):
            n = int((message == number).sum())
            self._refuse(number, "line_ends_lost", "message", 0, found=what, n_results=n)
        return is_refused

    def refuse_without_order(
        self, order: np.ndarray, message: np.ndarray, is_open: np.ndarray
    ) -> np.ndarray:
        """Results still open below an ORC that no OBR follows: whose order and day nobody says."""
        table = self._segment_table
        is_bare = (table.obr == MISSING) & (table.orc != MISSING)
        is_refused = is_bare[order] & is_open
        for _, row, n in self._by_order(np.flatnonzero(is_refused), order):
            self._refuse(
                int(message[row]),
                "order_segment_missing",
                level="message",
                field="OBR",
                found="ORC",
                at=self._result_line(row),
                n_results=n,
            )
        return is_refused

    def refuse_unidentified(
        self, refused: dict[int, Patient], patient: np.ndarray, is_open: np.ndarray
    ) -> np.ndarray:
        """Results still open whose patient cannot be named; `patient` is each result's patient."""
        table = self._segment_table
        is_refused = np.zeros(len(table.pid), bool)
        is_refused[list(refused)] = True
        count = np.bincount(patient[is_open], minlength=len(is_refused))
        for number in np.flatnonzero(is_refused & (count > 0)).tolist():
            unidentified = refused[number]
            assert unidentified.refusal is not None, "a patient who is named is not refused"
            of = int(table.pid_message[number])
            self._refuse(
                of,
                unidentified.refusal,
                level="message",
                field=unidentified.field,
                found=unidentified.found,
                at=table.line_of_message(table.pid[number], of),
                n_results=int(count[number]),
            )
        return is_refused[patient]

    def refuse_control_material(
        self, orders: Orders, order: np.ndarray, message: np.ndarray, is_open: np.ndarray
    ) -> np.ndarray:
        """Results of control material among those still open."""
        fields = orders.control_fields()
        is_control = (fields != "")[order] & is_open
        results = np.flatnonzero(is_control)
        for number, row, n in self._by_order(results, order):
            self._refuse(
                int(message[row]),
                "quality_control",
                level="message",
                field=str(fields[number]),
                at=self._result_line(row),
                n_results=n,
            )
        return is_control

    def refuse_long_fields(self, message: np.ndarray, is_open: np.ndarray) -> np.ndarray:
        """Results still open with a field that is longer than any value. A document (ED) may be
        long; the archive keeps it."""
        table, limit = self._segment_table, reading_limit("field_characters")
        is_refused = np.zeros(len(message), bool)
        for row in np.flatnonzero(is_open & (table.sheet.line_length(table.obx) > limit)).tolist():
            if long := _long_field(table.sheet.text(table.obx[row]), limit):
                is_refused[row] = True
                self._refuse(
                    int(message[row]),
                    "field_too_long",
                    level="row",
                    field=f"OBX-{long[0]}",
                    found=f"{long[1]} characters",
                    at=self._result_line(row),
                    n_results=1,
                )
        return is_refused

    def refuse_shifted(self, obx: Fields, result: np.ndarray, message: np.ndarray) -> np.ndarray:
        """Which of these results hold a unit for a value and a range for a unit.

        Their sub-id is a number: a field is missing in front, which one only the sender knows.
        """
        value = obx[5]
        is_suspect = pc.and_(pc.equal(obx[2], "NM"), pc.match_substring(value, "/"))
        suspects = np.flatnonzero(pc.fill_null(is_suspect, False).to_numpy(zero_copy_only=False))
        is_shifted = np.zeros(len(result), bool)
        if not len(suspects):
            return is_shifted
        fields = (obx[n].take(pa.array(suspects)).to_pylist() for n in (4, 5, 6))
        for row, sub_id, text, unit in zip(suspects.tolist(), *fields, strict=True):
            if _is_shifted(sub_id or "", text, unit or ""):
                is_shifted[row] = True
                self._refuse(
                    int(message[row]),
                    "result_fields_shifted",
                    level="row",
                    field="OBX-5",
                    found=shape(text),
                    at=self._result_line(int(result[row])),
                    n_results=1,
                )
        return is_shifted

    def _by_order(self, results: np.ndarray, order: np.ndarray) -> list[tuple[int, int, int]]:
        """(order, first result, number of results) of each order that has any of these results."""
        orders, first, n = np.unique(order[results], return_index=True, return_counts=True)
        return list(zip(orders.tolist(), results[first].tolist(), n.tolist(), strict=True))

    def _result_line(self, row: int) -> int:
        """The number of a result's line within its message."""
        table = self._segment_table
        return table.line_of_message(table.obx[row], table.obx_message[row])

    def _refuse(self, message: int, reason: str, level: str, at: int, **details: object) -> None:
        """Keep a reject for line `at` of a message, counted from the message's first line."""
        place = self._segment_table.place(message)
        details["control_id"] = self._headers.control_id[message].as_py()
        line = place.line + at
        self.rejects.append(place.reject(level, "result", reason, line=line, **details))


def _long_field(obx: str, limit: int) -> tuple[int, int] | None:
    """Number and length of the first field that is too long, but for a document in OBX-5."""
    fields = obx.split(FIELD)
    is_document = fields[2].split(COMPONENT)[0].strip() == "ED"
    lengths = [(number, len(text)) for number, text in enumerate(fields) if len(text) > limit]
    return next((long for long in lengths if not (is_document and long[0] == _VALUE)), None)


def _is_shifted(sub_id: str, value: str, unit: str) -> bool:
    is_worded = not any(sign.isdigit() for sign in value)
    return bool(is_worded and _NUMBER.fullmatch(sub_id) and _RANGE.match(unit))
