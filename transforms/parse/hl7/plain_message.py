"""Which messages of a block are plain: nothing in them has to be mended, decoded or told apart.

A plain message is one of results, in the usual signs and in ASCII (or UTF-8 where the facility
states nothing else), with a PID and results, of production, each line a segment or empty, none of
them of an exposure. Nearly all are; they are put on the sheet as they lie in the file, many at
once. All others are read one by one (message_reader.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.hl7.cached import Cached
from transforms.parse.hl7.charset import decode
from transforms.parse.hl7.exposure_segment import SEGMENTS
from transforms.parse.hl7.framing import MESSAGE, Block
from transforms.parse.hl7.message import message_type
from transforms.parse.hl7.sheet import BAR, CR, Sheet, places

RESULT_MESSAGES = frozenset(["ORU", "OUL", "ORF"])
_CONTROLS = (b"\x00", b"\x0b", b"\x1a", b"\x1c")
_BEHIND = b"".join(_CONTROLS) + b"\r\n"
_ESCAPE = b"\x1b"
_LF, _HIGH = 10, 0x80
_USUAL = int.from_bytes(b"MSH|^~\\&", "little")
_TRUNCATION = ord("#")
_ASCII = bytes(range(32, 127)) + b"~{\r\n"
_LETTER = np.zeros(256, bool)
_LETTER[ord("A") : ord("Z") + 1] = True
_LETTER_OR_DIGIT = _LETTER.copy()
_LETTER_OR_DIGIT[ord("0") : ord("9") + 1] = True
_ID = 0xFFFFFF  # of the four bytes a line begins with
_HEADER_BYTES = 10  # that tell whether a header is in the usual signs


def _words(segments: list[str]) -> np.ndarray:
    return np.array([int.from_bytes(segment.encode(), "little") for segment in segments])


_PID, _EXPOSURE = _words(["PID"]), _words(sorted(SEGMENTS))


class PlainMessages:
    """The units of a block that are to be read, and which of them are plain messages.

    `text` are their bytes, with CR for every line end; unit n begins at `start[n]` and ends at
    `start[n + 1]`. `is_oul` tells messages of specimens. `is_clean`: the block holds no signs of
    transport. `kinds` are those of the units that are to be read.
    """

    def __init__(
        self,
        block: Block,
        kinds: np.ndarray,
        is_read: np.ndarray,
        encoding: str | None,
        is_production: Cached,
    ) -> None:
        self.is_clean = not any(sign in block.data for sign in _CONTROLS)
        self.text, self.start = _joined(block, is_read, self.is_clean)
        self.is_plain = (kinds == MESSAGE) & (block.n_results[is_read] > 0)
        self.is_oul = np.zeros(len(kinds), bool)
        if not self.is_plain.any():
            return
        self._bytes = np.frombuffer(self.text + b"\r" * _HEADER_BYTES, np.uint8)
        line_end = places(len(self.text), lambda some: self._bytes[some] == CR)
        self._line_start = np.concatenate(([0], line_end.astype(np.int64) + 1))
        self._first_line = np.searchsorted(self._line_start, self.start)
        self._drop_other_letters(encoding)
        self._drop_odd_frames()
        self._drop_odd_lines()
        self._drop_other_kinds(is_production)

    def runs(self, most: int) -> Iterator[tuple[int, int]]:
        """The units in stretches (first, behind): of plain messages up to the next whose number,
        from 0, `most` divides, of all others one by one."""
        n, first = len(self.is_plain), 0
        others = iter([*np.flatnonzero(~self.is_plain).tolist(), n])
        other = next(others)
        while first < n:
            behind = min(other, -(-first // most) * most + 1)
            if first == other:
                behind, other = first + 1, next(others)
            yield first, behind
            first = behind

    def run(self, first: int, behind: int) -> tuple[bytes, np.ndarray, np.ndarray, int]:
        """The text of a stretch of plain messages, where each begins in it, which are of specimens
        and how many lines there are."""
        start = self.start[first : behind + 1]
        text = self.text[start[0] : start[-1]]
        n_lines = int(self._first_line[behind] - self._first_line[first])
        return text, start[:-1] - start[0], self.is_oul[first:behind], n_lines

    def _drop_other_letters(self, encoding: str | None) -> None:
        """What the codec of the facility may read as anything but what stands there."""
        if encoding and not _keeps_ascii(encoding):
            self.is_plain[:] = False
        data = np.frombuffer(self.text, np.uint8)
        signs = [_ESCAPE] if self.is_clean else [_ESCAPE, *_CONTROLS]
        for sign in signs:
            if sign in self.text:
                self._drop(data == sign[0])
        if not self.text.isascii() and (encoding or not _is_utf_8(self.text)):
            self._drop(data >= _HIGH)

    def _drop(self, is_odd: np.ndarray) -> None:
        """Drop the units that hold a byte of which this is true."""
        before = np.searchsorted(np.flatnonzero(is_odd), self.start)
        self.is_plain &= np.diff(before) == 0

    def _drop_odd_frames(self) -> None:
        """What does not begin a line with a usual header, or does not end one."""
        begin, end = self.start[:-1], self.start[1:]
        self.is_plain &= self._line_start.take(self._first_line[:-1], mode="clip") == begin
        self.is_plain &= self._bytes[end - 1] == CR
        ninth, tenth = (self._bytes[begin + n] for n in (8, 9))
        self.is_plain &= self._word(begin, "<u8") == _USUAL
        self.is_plain &= (ninth == BAR) | ((ninth == _TRUNCATION) & (tenth == BAR))

    def _word(self, at: np.ndarray, kind: str) -> np.ndarray:
        """The bytes from each of these places on as one number."""
        n = len(self._bytes) - np.dtype(kind).itemsize + 1
        return np.ndarray(n, kind, self._bytes.data, strides=(1,))[at]

    def _drop_odd_lines(self) -> None:
        """What holds a line that begins no segment, a segment of an exposure, or no PID."""
        word = self._word(self._line_start, "<u4")
        letters = [(word >> shift).astype(np.uint8) for shift in (0, 8, 16, 24)]
        is_segment = _LETTER[letters[0]] & _LETTER_OR_DIGIT[letters[1]]
        is_segment &= _LETTER_OR_DIGIT[letters[2]] & (letters[3] == BAR)
        is_odd = ~is_segment & (letters[0] != CR)
        is_odd |= np.isin(word & _ID, _EXPOSURE)
        self.is_plain &= self._count(is_odd) == 0
        self.is_plain &= self._count((word & _ID) == _PID) > 0

    def _count(self, is_such: np.ndarray) -> np.ndarray:
        """How many lines of each unit this is true of."""
        return np.diff(np.searchsorted(np.flatnonzero(is_such), self._first_line))

    def _drop_other_kinds(self, is_production: Cached) -> None:
        """What is no message of results, and what is none of production."""
        plain = np.flatnonzero(self.is_plain)
        lines = self._first_line[plain]
        spans = (self._line_start[lines].tolist(), self._line_start[lines + 1].tolist())
        headers = Sheet(b"".join([self.text[begin:end] for begin, end in zip(*spans, strict=True)]))
        header = headers.fields(np.arange(len(plain)))
        codes = _of_each(header[8], lambda kind: message_type[kind][0])
        self.is_oul[plain] = codes == "OUL"
        is_kept = np.isin(codes, sorted(RESULT_MESSAGES))
        is_kept &= _of_each(header[10], is_production.__getitem__).astype(bool)
        self.is_plain[plain] = is_kept


def _of_each(texts: pa.StringArray, function: Callable[[str], object]) -> np.ndarray:
    """The function of each text, NULL being ''; it is called once for equal ones."""
    coded = pc.fill_null(texts, "").dictionary_encode()
    return np.array([function(text) for text in coded.dictionary.to_pylist()])[coded.indices]


def _joined(block: Block, is_read: np.ndarray, is_clean: bool) -> tuple[bytes, np.ndarray]:
    """The units to be read, one behind the other with CR for every line end, and where each
    begins; the end is the last of these places. What transport put behind a unit is left out."""
    start, end = block.start[is_read], block.end[is_read]
    if is_clean and len(start) and is_read.all():
        text, n = block.data[start[0] : end[-1]], end - start
    else:
        spans = zip(start.tolist(), end.tolist(), strict=True)
        units = [block.data[begin:behind] for begin, behind in spans]
        if not is_clean:
            units = [unit.rstrip(_BEHIND) + b"\r" for unit in units]
        text, n = b"".join(units), np.array([len(unit) for unit in units], np.int64)
    begins = np.concatenate(([0], np.cumsum(n)))
    if b"\n" not in text:
        return text, begins
    data = np.frombuffer(text, np.uint8)
    pairs = np.flatnonzero((data[:-1] == CR) & (data[1:] == _LF)) + 1
    text = text.replace(b"\r\n", b"\r").replace(b"\n", b"\r")
    return text, begins - np.searchsorted(pairs, begins)


@cache
def _keeps_ascii(encoding: str) -> bool:
    """Whether this codec reads ASCII as what it is."""
    return decode(_ASCII, encoding)[0] == _ASCII.decode()


def _is_utf_8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
