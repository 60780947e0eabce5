"""A delimited file as blocks of whole lines in UTF-8, each knowing where it stood in the source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from transforms.parse.delimited.character_set import MARKER_UTF8, CharacterSet
from transforms.parse.delimited.gzip_file import ByteStream

BLOCK_BYTES = 4 << 20
LINE_LIMIT_BYTES = 8 << 20
_CR, _LF = 13, 10


@dataclass(frozen=True)
class LineBlock:
    """Whole lines. `text` is UTF-8, `source` the same lines as delivered, from `offset` on.

    `line` is the 1-based number of the first one; `unit` the bytes of a code unit in the source.
    """

    text: bytes
    source: bytes
    unit: int
    offset: int
    line: int

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each line begins in `text`, and behind them where the next block does."""
        return _line_starts(np.frombuffer(self.text, np.uint8), b"\r" in self.text)

    @cached_property
    def source_starts(self) -> np.ndarray:
        """Where each line began in the unpacked source."""
        if self.source is self.text:
            return self.starts + self.offset
        return self.offset + self.unit * _line_starts(
            _units(self.source, self.unit), b"\r" in self.source
        )

    @property
    def n_lines(self) -> int:
        """How many lines the block has."""
        return len(self.starts) - 1

    def from_line(self, i: int) -> LineBlock:
        """The lines from the i-th (0-based) on."""
        cut = int(self.source_starts[i]) - self.offset
        text = self.text[int(self.starts[i]) :]
        source = text if self.source is self.text else self.source[cut:]
        return LineBlock(text, source, self.unit, self.offset + cut, self.line + i)

    def followed_by(self, block: LineBlock) -> LineBlock:
        """These lines and those of the next block as one."""
        text = self.text + block.text
        is_same = self.source is self.text and block.source is block.text
        source = text if is_same else self.source + block.source
        return LineBlock(text, source, self.unit, self.offset, self.line)


def line_blocks(stream: ByteStream, charset: CharacterSet) -> Iterator[LineBlock]:
    """The lines of the stream in order, in blocks of about BLOCK_BYTES.

    A line longer than LINE_LIMIT_BYTES is replaced by a marker, so that memory stays bounded.
    """
    offset, line, pending = len(stream.read(charset.bom_bytes)), 1, b""
    while read := stream.read(BLOCK_BYTES):
        pending += read
        cut = _last_line_end(pending, charset.unit_bytes)
        if cut:
            block = _block(pending[:cut], charset, offset, line)
            offset, line, pending = offset + cut, line + block.n_lines, pending[cut:]
            yield block
        elif len(pending) > LINE_LIMIT_BYTES:
            n_skipped, behind = _rest_of_line(stream, charset.unit_bytes)
            text = MARKER_UTF8 + b"\n"
            yield LineBlock(text, text, charset.unit_bytes, offset, line)
            offset, line, pending = offset + len(pending) + n_skipped, line + 1, behind
    if pending:
        yield _block(pending, charset, offset, line)


def _block(source: bytes, charset: CharacterSet, offset: int, line: int) -> LineBlock:
    return LineBlock(charset.utf8(source), source, charset.unit_bytes, offset, line)


def _rest_of_line(stream: ByteStream, unit: int) -> tuple[int, bytes]:
    """Pass over the rest of a line; return its length and what was read behind it."""
    n_skipped = 0
    while read := stream.read(BLOCK_BYTES):
        starts = _line_starts(_units(read, unit), has_cr=True)
        if len(starts) > 2 or _last_line_end(read, unit):
            end = int(starts[1]) * unit
            return n_skipped + end, read[end:]
        n_skipped += len(read)
    return n_skipped, b""


def _last_line_end(data: bytes, unit: int) -> int:
    """The place behind the last LF; where there is none, behind the last CR that ends a line."""
    if unit == 1:
        return data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, -1) + 1
    units = _units(data, unit)
    ends = np.flatnonzero(units == _LF)
    ends = ends if len(ends) else np.flatnonzero(units[:-1] == _CR)
    return (int(ends[-1]) + 1) * unit if len(ends) else 0


def _units(data: bytes, unit: int) -> np.ndarray:
    """The code units; of two bytes in whichever order makes LF and CR small numbers."""
    if unit == 1:
        return np.frombuffer(data, np.uint8)
    little = np.frombuffer(data, "<u2", count=len(data) // 2)
    is_little = np.count_nonzero(little < 256) >= np.count_nonzero(little & 0xFF == 0)
    return little if is_little else little.byteswap()


def _line_starts(units: np.ndarray, has_cr: bool) -> np.ndarray:
    """0, every place behind a line end (LF, CR or CRLF), and the length."""
    is_end = units == _LF
    if has_cr:
        is_cr = units == _CR
        is_cr[:-1] &= ~is_end[1:]
        is_end |= is_cr
    behind = np.flatnonzero(is_end) + 1
    tail = [len(units)] if len(units) > (behind[-1] if len(behind) else 0) else []
    return np.concatenate(([0], behind, tail)).astype(np.int64)
