"""Where messages begin and end in a stream of bytes, and what stands between them.

A message begins at an MSH at the start of a line, or wherever MSH, its separator and its encoding
characters stand glued to what is before them: two messages must never become one patient. It ends
where the next begins or an envelope segment (FHS, BHS, BTS, FTS) stands. Lines of a text in an OBX
that is not at its end may look like either (base64): transforms/parse/hl7/open_field.py tells them.
Memory is bounded by the longest message, not by the file.

Blocks are searched as arrays of bytes: 1 GB/s, where a loop over lines gives 100 MB/s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from igwatch.base.knowledge import reading_limit
from transforms.parse.hl7.file_bytes import BLOCK_BYTES, PlainWindow, StreamWindow
from transforms.parse.hl7.open_field import OpenField, has_header_fields
from transforms.parse.hl7.sheet import places

STRAY_TEXT, MESSAGE, ENVELOPE, TOO_LONG = range(4)
_CR, _LF, _PIPE = 13, 10, ord("|")
_USUAL = b"MSH|^~\\&"
_M, _S = b"MS"
_GLUED = re.compile(rb"MSH([^\w\s])[^\w\s]{1,5}(?:amp;)?\1")
_PADDED_OBX = re.compile(rb"(?:[\x00\x0b\x1a\x1c \t]|\xef\xbb\xbf)*OBX(.?)", re.I)
_PADDING = np.zeros(256, bool)
_PADDING[[0, 0x0B, 0x1A, 0x1C, 0x20, 0x09, 0xEF]] = True
_SIGN = np.zeros(256, bool)  # what may be a delimiter
_SIGN[[code for code in range(33, 127) if not chr(code).isalnum()]] = True


_FOLD = 0xDFDFDF  # three letters of either case


def _code(segment: str) -> int:
    """The letters of a segment id in either case, as the low three bytes of a word."""
    return int.from_bytes(segment.encode(), "little") & _FOLD


_MSH, _OBX = _code("MSH"), _code("OBX")
_MS = int.from_bytes(b"MS", "little")
_ENVELOPE = [_code(segment) for segment in ("FHS", "BHS", "BTS", "FTS")]


@dataclass(slots=True)
class Block:
    """Consecutive units of a stream. Arrays run parallel, one entry per unit.

    `start` and `end` are places in `data`, whose first byte is at `offset` of the stream; `line` is
    the 1-based line a unit begins on; `n_results` counts its OBX lines. `n_lines` are the line
    ends of all units together.
    """

    data: bytes
    offset: int
    start: np.ndarray
    end: np.ndarray
    kind: np.ndarray
    line: np.ndarray
    n_results: np.ndarray
    n_lines: int


def frames(
    window: PlainWindow | StreamWindow,
    start: int = 0,
    limit: int | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Block]:
    """The content from byte `start` as blocks of whole units, in order and without gaps.

    A message longer than `limit` bytes (`message_bytes` of reading_limit.csv) is given out in
    pieces: TOO_LONG, then STRAY_TEXT.
    """
    limit = reading_limit("message_bytes") if limit is None else limit
    place, line, wanted = start, 1, block_bytes
    while data := window.read(place, wanted):
        is_end = len(data) < wanted
        index = _LineIndex(data, line, is_end)
        cut = len(data) if is_end else index.last_unit_start()
        if not cut and wanted <= limit:
            wanted = min(2 * wanted, limit + 1)
            del data, index  # of sixty million lines there must not be two
            continue
        block = index.block(place, cut or len(data))
        if not cut:
            block.kind[block.kind == MESSAGE] = TOO_LONG
        yield block
        place, line, wanted = place + (cut or len(data)), line + block.n_lines, block_bytes


class _LineIndex:
    """The lines of a stretch of bytes and the units that begin on or in them."""

    def __init__(self, data: bytes, first_line: int, is_end: bool) -> None:
        self.data = data
        self.first_line = first_line
        self.is_end = is_end
        self.bytes = np.frombuffer(data, np.uint8)
        self.line_start = self._line_starts()
        self.code = self._words()
        self.first = self.code.astype(np.uint8)
        self.sign = (self.code >> 24).astype(np.uint8)
        self.code &= _FOLD  # in place: there may be sixty million lines
        self.start, self.kind = self._units()

    def _line_starts(self) -> np.ndarray:
        """0 and every place behind a line end; CRLF is one line end."""
        line_end = places(len(self.data), self._is_line_end())
        line_end += 1
        return np.concatenate((np.zeros(1, np.int32), line_end))

    def _is_line_end(self) -> Callable[[slice], np.ndarray]:
        """Which of some bytes end a line."""
        sent = self.bytes
        if b"\n" not in self.data:
            return lambda some: sent[some] == _CR
        if b"\r" not in self.data:
            return lambda some: sent[some] == _LF

        def is_line_end(some: slice) -> np.ndarray:
            is_lone = sent[some] == _CR
            behind = sent[some.start + 1 : some.stop + 1]
            is_lone[: len(behind)] &= behind != _LF
            return is_lone | (sent[some] == _LF)

        return is_line_end

    def _words(self) -> np.ndarray:
        """The first four bytes of every line; line ends where the data has ended."""
        last = len(self.data) - 4
        n = np.searchsorted(self.line_start, last, "right") if last >= 0 else 0
        words = np.ndarray(max(last + 1, 0), "<u4", self.data, strides=(1,))
        ending = [self.data[at : at + 4].ljust(4, b"\r") for at in self.line_start[n:].tolist()]
        return np.append(words[self.line_start[:n]], np.frombuffer(b"".join(ending), "<u4"))

    def _units(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each unit begins, in order, and of which kind it is."""
        is_signed = self._is_signed()
        is_message = (self.code == _MSH) & is_signed
        is_envelope = np.isin(self.code, _ENVELOPE) & is_signed
        self._drop_text(is_message, is_envelope)
        messages = self.line_start[is_message]
        glued = self._glued_messages(messages)
        self.is_glued = len(glued) > 0
        messages = np.concatenate((messages, glued))
        envelopes = self.line_start[is_envelope]
        start = np.concatenate((messages, envelopes)).astype(np.int32)
        kind = np.repeat([MESSAGE, ENVELOPE], [len(messages), len(envelopes)])
        order = np.argsort(start, kind="stable")
        start, kind = start[order], kind[order]
        if not len(start) or start[0] > 0:
            start, kind = np.insert(start, 0, 0), np.insert(kind, 0, STRAY_TEXT)
        return start, kind

    def _drop_text(self, is_message: np.ndarray, is_envelope: np.ndarray) -> None:
        """Take out lines that only look like a message or an envelope: text in an open field.

        Headers in the usual signs are none of these, so that few lines are looked at one by one.
        """
        is_odd = is_message & ~self._has_usual_signs(is_message)
        if not (is_odd.any() or is_envelope.any()):
            return
        text = OpenField(self.data, self.line_start, self.is_end)
        for line in np.flatnonzero(is_odd | is_envelope).tolist():
            is_unit = text.begins_message if is_message[line] else text.is_envelope
            if not is_unit(line):
                is_message[line] = is_envelope[line] = False

    def _has_usual_signs(self, is_message: np.ndarray) -> np.ndarray:
        """Lines of messages whose signs are |^~\\&, by the four bytes behind the id."""
        is_usual = np.zeros(len(is_message), bool)
        lines = np.flatnonzero(is_message & (self.sign == _PIPE))
        lines = lines[self.line_start[lines] + len(_USUAL) <= len(self.data)]
        place = self.line_start[lines] + 4
        signs = [self.bytes[place + n] == sign for n, sign in enumerate(_USUAL[4:])]
        is_usual[lines] = np.logical_and.reduce(signs)
        return is_usual

    def _is_signed(self) -> np.ndarray:
        """Lines whose id is followed by a bar, by nothing, or by two signs: not words of a text."""
        is_end = (self.sign == _CR) | (self.sign == _LF)
        is_signed = (self.sign == _PIPE) | is_end
        others = np.flatnonzero(_SIGN[self.sign] & ~is_signed)
        fifth = np.minimum(self.line_start[others] + 4, len(self.data) - 1)
        is_signed[others] = _SIGN[self.bytes[fifth]]
        return is_signed

    def _glued_messages(self, begun: np.ndarray) -> np.ndarray:
        """Where MSH and its encoding characters stand behind other text in a line.

        Two letters are compared at a time: five times as fast as a search for three bytes.
        """
        is_ms = [
            np.frombuffer(self.data, "<u2", (len(self.data) - k) // 2, k) == _MS for k in (0, 1)
        ]
        is_upper = (self.bytes[begun] == _M) & (self.bytes[begun + 1] == _S)  # not an id as msh
        if sum(map(np.count_nonzero, is_ms)) == np.count_nonzero(is_upper):
            return begun[:0]
        place = np.concatenate([np.flatnonzero(pairs) * 2 + k for k, pairs in enumerate(is_ms)])
        inside = np.setdiff1d(place, begun, assume_unique=True).tolist()
        glued = (at for at in inside if _GLUED.match(self.data, at))
        return np.array([at for at in glued if self._is_header(at)], np.int64)

    def _is_header(self, at: int) -> bool:
        """Whether this is a header: in signs other than the usual ones it must go on as one."""
        return self.data[at + 3] == _PIPE or has_header_fields(self.data, at)

    def last_unit_start(self) -> int:
        """Where the last unit begins; the last line instead where no message has begun yet."""
        if self.kind[-1] == STRAY_TEXT and len(self.data) >= BLOCK_BYTES:
            return int(self.line_start[-1])
        return int(self.start[-1])

    def block(self, offset: int, cut: int) -> Block:
        """The units that begin before place `cut`; the last of them ends there.

        `offset` is where `data` stands in the stream.
        """
        start = self.start[self.start < cut]
        end = np.append(start[1:], np.int32(cut))
        line = np.searchsorted(self.line_start, start, "right") - 1
        n_lines = int(np.searchsorted(self.line_start, np.int32(cut), "right")) - 1
        n_results = self._n_results_before(end) - self._n_results_before(start)
        kind = self.kind[: len(start)]
        line += self.first_line
        place, behind = start.astype(np.int64), end.astype(np.int64)
        return Block(self.data, offset, place, behind, kind, line, n_results, n_lines)

    def _n_results_before(self, place: np.ndarray) -> np.ndarray:
        """How many lines of results begin before each of these places."""
        before = np.searchsorted(self.line_start, place)
        return np.searchsorted(self._result_lines, before)

    @cached_property
    def _result_lines(self) -> np.ndarray:
        """Which lines are OBX segments, by number: their count must come out of parsing again."""
        separator = self._separators()
        is_bare = (self.sign == _CR) | (self.sign == _LF)
        if self.is_glued:
            is_bare |= np.isin(self.line_start + 3, self.start)
        is_result = (self.code == _OBX) & ((self.sign == separator) | is_bare)
        for line in np.flatnonzero(_PADDING[self.first]).tolist():
            found = _PADDED_OBX.match(self.data, self.line_start[line])
            is_result[line] = found is not None and self._ends_id(found, separator, line)
        return np.flatnonzero(is_result)

    def _ends_id(self, found: re.Match, separator: np.ndarray | int, line: int) -> bool:
        """Whether a separator, the end of the line or the next message stands behind the id."""
        sign = separator if isinstance(separator, int) else separator[line]
        return found[1] in (bytes([sign]), b"", b"\r") or found.start(1) in self.start

    def _separators(self) -> np.ndarray | int:
        """The field separator of the message that each line stands in."""
        fourth = np.minimum(self.start + 3, len(self.data) - 1)
        separator = np.where(self.kind == MESSAGE, self.bytes[fourth], _PIPE)
        if (separator == _PIPE).all():
            return _PIPE
        return separator[np.searchsorted(self.start, self.line_start, "right") - 1]
