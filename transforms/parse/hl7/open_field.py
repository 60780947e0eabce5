r"""Lines of a text that look like the start of a message or of a batch.

A report or a document in OBX-5 may reach over many lines. While the OBX has fewer fields than a
result needs, its text goes on: then a line begins a message only if it is a header with its signs
and fields or its segments follow, and BTS, FTS, BHS, FHS count only where a message, an envelope or
the end of the file follows.
"""

from __future__ import annotations

import re

import numpy as np

_HEADER = re.compile(rb"MSH([^\w\s])([^\w\s]{1,5})(?:amp;)?\1")
_OPENING = re.compile(rb"(MSH|[FB]HS)([^\w\s])[^\w\s]{1,5}(?:\2|[\r\n]|$)", re.IGNORECASE)
_CLOSING = re.compile(rb"[BF]TS(?:([^\w\s])|[\r\n]|$)", re.IGNORECASE)
_SEGMENT = re.compile(rb"[\x00\x0b\x1a\x1c \t]*([A-Z][A-Z0-9]{2})([^\w\s])", re.IGNORECASE)
_AFTER_MSH = re.compile(rb"(?:PID|EVN|SFT|UAC|NTE|MSA|PV1|ORC|OBR|OBX)([^\w\s])", re.IGNORECASE)
_LINE = re.compile(rb"[^\r\n]*")
_BLANK = re.compile(rb"[\s\x00\x0b\x1a\x1c]*")
_TO_MESSAGE_TYPE = 8  # separators from MSH-1 on that stand before MSH-9
_TO_STATUS = 11  # separators of an OBX up to OBX-11
_LONGEST_HEADER = 4096


def has_header_fields(data: bytes, at: int) -> bool:
    """Whether the line from `at` on is an MSH with its signs and a field for its type."""
    header = data[at : at + _LONGEST_HEADER]
    found = _HEADER.match(header)
    line = re.split(rb"[\r\n]", header, maxsplit=1)[0]
    return found is not None and line.count(found[1]) >= _TO_MESSAGE_TYPE


class OpenField:
    """Asked for lines in their order. `is_end`: the data are the last of the stream."""

    def __init__(self, data: bytes, line_start: np.ndarray, is_end: bool) -> None:
        self._data, self._line_start, self._is_end = data, line_start, is_end
        self._next_line = 0  # the first that was not yet seen
        self._separators = {b"|"}  # and that of the last message which has another
        self._is_obx = False  # whether the last segment is one
        self._counted_to, self._n_separators, self._separator = 0, 0, b"|"

    def begins_message(self, line: int) -> bool:
        """Whether this line, which looks like an MSH, begins a message."""
        at = int(self._line_start[line])
        is_begun = not self._is_open(line) or has_header_fields(self._data, at)
        if is_begun or self._is_followed_by_segment(line):
            self._pass(line)
            self._separators = {b"|", self._data[at + 3 : at + 4]}
            return True
        return False

    def is_envelope(self, line: int) -> bool:
        """Whether this line, which looks like FHS, BHS, BTS or FTS, is one."""
        is_one = not self._is_open(line) or self._is_followed_by_unit(line)
        if is_one:
            self._pass(line)
        return is_one

    def _pass(self, line: int) -> None:
        self._is_obx, self._next_line = False, line + 1

    def _is_open(self, line: int) -> bool:
        """Whether the last segment above the line is an OBX with too few fields to be ended."""
        at = int(self._line_start[line])
        for number in range(line - 1, self._next_line - 1, -1):
            start = int(self._line_start[number])
            found = _SEGMENT.match(self._data, start, at)
            if found and found[2] in self._separators:
                self._is_obx = found[1].upper() == b"OBX"
                self._counted_to, self._n_separators, self._separator = start, 0, found[2]
                break
        self._next_line = line
        if not self._is_obx:
            return False
        self._n_separators += self._data.count(self._separator, self._counted_to, at)
        self._counted_to = at
        return self._n_separators < _TO_STATUS

    def _is_followed_by_segment(self, line: int) -> bool:
        place = self._behind(line)
        found = _AFTER_MSH.match(self._data, place)
        sign = int(self._line_start[line]) + 3
        return found is not None and found[1] == self._data[sign : sign + 1]

    def _is_followed_by_unit(self, line: int) -> bool:
        """Whether the line has a separator that is in use, and no text stands behind it."""
        place = int(self._line_start[line])
        sign = self._data[place + 3 : place + 4]
        if sign not in self._separators and sign.strip():
            return False
        while (place := self._next(place)) < len(self._data):
            if found := _OPENING.match(self._data, place):
                return found[1].upper() != b"MSH" or has_header_fields(self._data, place)
            closing = _CLOSING.match(self._data, place)
            if not closing or closing[1] not in (*self._separators, None):
                return False
        return self._is_end

    def _behind(self, line: int) -> int:
        """Where the next line that is not blank begins; the end of the data where there is none."""
        return self._next(int(self._line_start[line]))

    def _next(self, place: int) -> int:
        line = _LINE.match(self._data, place)
        blank = _BLANK.match(self._data, line.end() if line else place)
        return blank.end() if blank else len(self._data)
