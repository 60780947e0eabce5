"""Batches: FHS, BHS, BTS and FTS around messages, and whether their counts hold.

Chapter 2.10.3: BTS-1 is the number of messages in the batch, FTS-1 the number of batches in the
file. A difference is reported and loses nothing: every message that arrived is read.
"""

from __future__ import annotations

import re

from transforms.parse.hl7.message import Place
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.raw.reject import Reject

_OPENED_BY = {"BTS": "BHS", "FTS": "FHS"}
_OPENING = frozenset(_OPENED_BY.values())
_LINE_END = re.compile(rb"[\r\n]")


def envelope_line(unit: bytes) -> bytes:
    """The line a unit begins with."""
    return _LINE_END.split(unit, maxsplit=1)[0]


class Envelope:
    """Compares the counts of a file's batches with what arrived.

    `opened` holds, for BHS and FHS, the count when it was opened and its place.
    """

    def __init__(self, buffer: RowBuffer) -> None:
        self.buffer = buffer
        self.opened: dict[str, tuple[int, Place]] = {}
        self.n_batches = 0

    def take(self, line: bytes, place: Place) -> None:
        """An envelope line, which stands behind message `place.number`."""
        segment = line[:3].decode().upper()
        if segment in _OPENING:
            self._unclosed(segment)
            self.opened[segment] = (self._count(segment, place), place)
        else:
            self._compare(segment, line, place)

    def end(self) -> None:
        """The file has ended: what is still open was never closed."""
        for segment in list(self.opened):
            self._unclosed(segment)

    def _compare(self, segment: str, line: bytes, place: Place) -> None:
        self.n_batches += segment == "BTS"
        before, _ = self.opened.pop(_OPENED_BY[segment], (0, place))
        counted = self._count(_OPENED_BY[segment], place) - before
        stated = [*line.split(line[3:4] or b"|"), b""][1].strip()
        if stated.isdigit() and stated.lstrip(b"0") != str(counted or "").encode():
            self._fault("batch_count_differs", f"{segment}-1", place)

    def _count(self, segment: str, place: Place) -> int:
        return place.number if segment == "BHS" else self.n_batches

    def _unclosed(self, segment: str) -> None:
        if segment in self.opened:
            self._fault("batch_trailer_missing", segment, self.opened.pop(segment)[1])

    def _fault(self, reason: str, field: str, place: Place) -> None:
        fault = Reject("file", "file", reason, field)
        fault.line, fault.offset, fault.length = place.line, place.offset, place.length
        self.buffer.refuse(fault)
