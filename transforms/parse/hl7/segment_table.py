"""The segments of many result messages: each kind in a column, each pointing at what it belongs to.

Messages of one shape are taken apart in one go (oru.py says how): their segments stand at the same
lines, counted from the first of the message. observation.py then reads field by field, which is
many times as fast as reading one result after the other.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.hl7 import oru
from transforms.parse.hl7.field_column import first
from transforms.parse.hl7.message import Place, place_of
from transforms.parse.hl7.order_control import are_cancelled
from transforms.parse.hl7.oru import CANCELLED, MISSING, ORC, REPEATED, Shapes
from transforms.parse.hl7.sheet import CR, Sheet

_Z = ord("Z")
_ID = 0xFFFFFF  # three letters
_PATIENT, _ORDER, _SPECIMEN, _RESULT, _NOTE, _ORDER_NOTE, _SET = range(7)  # of Shapes.begins


def _word(segment: str) -> int:
    return int.from_bytes(segment.encode(), "little")


_KIND = {
    "PID": oru.PID,
    "PV1": oru.PV1,
    "OBR": oru.OBR,
    "OBX": oru.OBX,
    "NTE": oru.NTE,
    "SPM": oru.SPM,
    "ORC": ORC,
}


class SegmentTable:
    """The segments of the messages of a sheet. Columns of one kind run parallel.

    `msh`, `pid`, `obr`, `orc`, `pv1`, `spm`, `obx`, `nte` and `order_nte` are lines of the sheet;
    -1 is a segment that is missing. Columns such as `obx_order` number what a segment belongs to.
    `places` has a row for each message, the numbers of a Place. `n_specimens` sets of specimens are
    shared by the orders in `obr_specimens`, where -1 is none.
    """

    def __init__(self, sheet: Sheet, msh: np.ndarray, places: np.ndarray, is_oul: np.ndarray):
        self.sheet, self.msh, self.places = sheet, msh, places
        self._kinds = _kinds(sheet, msh, is_oul)
        shape, shapes = _shapes(self._kinds, msh)
        self._shape, self._begins = shape, np.array(shapes.begins, np.int64)

        self.pid, self.pid_message = self._lines(shapes.pid, _PATIENT)
        self.obr, self.obr_message = self._lines(shapes.obr, _ORDER)
        self.orc, _ = self._lines(shapes.orc, _ORDER)
        self.pv1, _ = self._lines(shapes.pv1, _ORDER)
        self.obr_patient = self._numbers(shapes.obr_patient, _ORDER, _PATIENT)
        self.obr_specimens = self._numbers(shapes.obr_specimens, _ORDER, _SET)
        self.spm, self.spm_message = self._lines(shapes.spm, _SPECIMEN)
        self.spm_specimens = self._numbers(shapes.spm_specimens, _SPECIMEN, _SET)
        self.n_specimens = int(self._n(_SET).sum())
        self.obx, self.obx_message = self._lines(shapes.obx, _RESULT)
        self.obx_order = self._numbers(shapes.obx_order, _RESULT, _ORDER)
        self.nte, self.nte_message = self._lines(shapes.nte, _NOTE)
        self.nte_result = self._numbers(shapes.nte_result, _NOTE, _RESULT)
        self.order_nte, _ = self._lines(shapes.order_nte, _ORDER_NOTE)
        self.nte_order = self._numbers(shapes.nte_order, _ORDER_NOTE, _ORDER)

    def place(self, message: int) -> Place:
        """Where a message stands in its file."""
        return place_of(self.places[message])

    def line_of_message(self, line: int, message: int) -> int:
        """The number of a line within its message, from 0; 0 for a segment that is missing."""
        return int(line - self.msh[message]) if line >= 0 else 0

    @cached_property
    def is_cancelled(self) -> np.ndarray:
        """For each order whether the ORC above it takes it back."""
        kinds = np.append(self._kinds, oru.NOTHING)  # of the line that is missing
        return kinds[self.orc] >= ORC + CANCELLED

    def _n(self, what: int) -> np.ndarray:
        """How many of these each message has."""
        return np.diff(self._begins[:, what])[self._shape]

    def _rows(self, what: int) -> tuple[np.ndarray, np.ndarray]:
        """For each of these of all messages its row among the shapes, and its message."""
        n = self._n(what)
        message = np.repeat(np.arange(len(n)), n)
        ahead = np.cumsum(n) - n - self._begins[self._shape, what]
        return np.arange(len(message)) - ahead[message], message

    def _lines(self, of_shapes: list[int], what: int) -> tuple[np.ndarray, np.ndarray]:
        """The lines of these in the sheet, and the message of each."""
        row, message = self._rows(what)
        line = np.array(of_shapes, np.int64)[row]
        return np.where(line == MISSING, MISSING, line + self.msh[message]), message

    def _numbers(self, of_shapes: list[int], what: int, belongs_to: int) -> np.ndarray:
        """The number, among all messages, of what each of these belongs to; -1 stays -1."""
        row, message = self._rows(what)
        number = np.array(of_shapes, np.int64)[row]
        n = self._n(belongs_to)
        ahead = np.cumsum(n) - n - self._begins[self._shape, belongs_to]
        return np.where(number < 0, -1, number + ahead[message])


def _shapes(kinds: np.ndarray, msh: np.ndarray) -> tuple[np.ndarray, Shapes]:
    """The number of each message's shape, and what the shapes consist of."""
    offsets = np.append(msh, len(kinds)).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(kinds)]
    coded = pa.Array.from_buffers(pa.large_binary(), len(msh), buffers).dictionary_encode()
    shapes = Shapes()
    for shape in coded.dictionary.to_pylist():
        shapes.add(shape)
    shapes.begin()
    return coded.indices.to_numpy(), shapes


def _kinds(sheet: Sheet, msh: np.ndarray, is_oul: np.ndarray) -> np.ndarray:
    """The kind of each line but the missing one."""
    word = sheet.words()[:-1]
    first_letter = word.astype(np.uint8)
    kinds = np.full(len(word), oru.OTHER, np.uint8)
    kinds[(first_letter == CR) | (first_letter == _Z)] = oru.NOTHING
    segment = word & _ID
    for name, kind in _KIND.items():
        kinds[segment == _word(name)] = kind
    kinds[msh[is_oul]] = oru.OUL
    orc = np.flatnonzero(kinds == ORC)
    if len(orc):
        repeated = _repeated(sheet, kinds, orc, msh)
        kinds[orc[are_cancelled(sheet.fields(orc))]] |= CANCELLED
        kinds[repeated] |= REPEATED
    return kinds


def _repeated(sheet: Sheet, kinds: np.ndarray, orc: np.ndarray, msh: np.ndarray) -> np.ndarray:
    """Those ORC that state the same placer or filler number as the last OBR above them in their
    message, and no other one."""
    obr = np.flatnonzero(kinds == oru.OBR)
    above = np.searchsorted(obr, orc) - 1
    message = np.searchsorted(msh, orc, "right") - 1
    has_obr = above >= 0
    has_obr[has_obr] = obr[above[has_obr]] > msh[message[has_obr]]
    orc, obr = orc[has_obr], obr[above[has_obr]]
    ordered, done = sheet.fields(orc), sheet.fields(obr)
    is_same, is_other = np.zeros(len(orc), bool), np.zeros(len(orc), bool)
    for number in (2, 3):
        one, two = ordered[number], done[number]
        is_stated = pc.and_(pc.is_valid(one), pc.is_valid(two)).to_numpy(zero_copy_only=False)
        one, two = first(one), first(two)
        is_equal = pc.or_(pc.equal(one, two).fill_null(False), _neither(one, two))
        is_equal = is_equal.to_numpy(zero_copy_only=False)
        is_same |= is_stated & is_equal
        is_other |= is_stated & ~is_equal
    return orc[is_same & ~is_other]


def _neither(one: pa.StringArray, two: pa.StringArray) -> pa.BooleanArray:
    return pc.and_(pc.is_null(one), pc.is_null(two))
