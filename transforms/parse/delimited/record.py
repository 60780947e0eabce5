"""Where the rows of a delimited file begin and end, found in its bytes before they are parsed.

The parser of the cells must account for every record that is counted here. A line is a record
unless its quotes do not pair; then the record goes on to the line that closes them, if together
they have the header's number of fields. A quote that nothing closes spoils its own line and no
other.

Proving that is slow, so a block is first read as if every second unpaired quote closed the one
before it ("supposed"). Only where the parser then finds other records are they proved.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from transforms.parse.delimited.line_block import LineBlock

RECORD_LIMIT_BYTES = 128 << 10
_QUOTE, _CR, _LF = 34, 13, 10
_NONE = np.zeros(0, np.int64)
T = TypeVar("T")


@dataclass(frozen=True)
class Records:
    """The records of a block, blank lines left out. Arrays run parallel, one entry per record.

    `start` and `end` are bytes of `block.text` (without the line end). `line` is the 0-based line
    of the block a record begins on, `line_behind` the one behind it. `is_broken`: a quote is never
    closed; `is_blank`: it holds nothing but delimiters. `n_taken` lines of the block are used; the
    rest await the next block. `is_supposed`: quotes were paired off in order and each pair must
    still prove to be one record; `is_joined` are those pairs.
    """

    block: LineBlock
    start: np.ndarray
    end: np.ndarray
    line: np.ndarray
    line_behind: np.ndarray
    is_broken: np.ndarray
    is_blank: np.ndarray
    is_joined: np.ndarray
    n_taken: int
    is_supposed: bool

    def __len__(self) -> int:
        return len(self.start)

    @property
    def n_filled(self) -> int:
        """How many records hold anything: what the parser must account for."""
        return len(self) - int(self.is_blank.sum())

    def is_cut_short(self, i: int) -> bool:
        """True when the file ends within the line of this record."""
        return int(self.end[i]) == len(self.block.text)

    def text(self, i: int) -> str:
        """The i-th record as it stands in the file."""
        return self.block.text[self.start[i] : self.end[i]].decode()


def records_of(
    block: LineBlock, delimiter: str, n_columns: int, is_last: bool, is_supposed: bool = False
) -> Records:
    """The records of a block that begins with one."""
    lines = _Lines(block, np.ones(block.n_lines, bool), [], block.n_lines)
    odd = _odd_lines(block) if b'"' in block.text else _NONE
    if len(odd) and is_supposed:
        lines.suppose(odd, is_last)
    elif len(odd):
        lines.join(odd, delimiter, n_columns, is_last)
    line = np.flatnonzero(lines.is_first[: lines.n_taken])
    last = np.append(line[1:], lines.n_taken)  # the line behind each record
    start, end = block.starts[line], _content_end(block, last)
    filled = end > start
    start, end, line, last = start[filled], end[filled], line[filled], last[filled]
    is_broken = np.isin(line, lines.broken)
    is_blank = _blank(block, start, end, n_columns, delimiter) & ~is_broken
    is_joined = last - line > 1
    supposed = is_supposed and len(odd) > 0
    return Records(
        block, start, end, line, last, is_broken, is_blank, is_joined, lines.n_taken, supposed
    )


def records_in(
    blocks: Iterable[LineBlock],
    delimiter: str,
    n_columns: int,
    first_line: int,
    read: Callable[[Records], T | None],
) -> Iterator[tuple[Records, T]]:
    """The records of a file from its `first_line` (1-based) on, each block with `read` of it.

    `read` makes None of supposed records where the supposition was wrong; then it is called again
    with the records that prove to be some.
    """
    pending: LineBlock | None = None
    for block, is_last in _with_last(blocks):
        if block.line + block.n_lines <= first_line:
            continue
        block = block.from_line(first_line - block.line) if block.line < first_line else block
        block = pending.followed_by(block) if pending else block
        records = records_of(block, delimiter, n_columns, is_last, is_supposed=True)
        made = read(records)
        if made is None:
            records = records_of(block, delimiter, n_columns, is_last)
            made = read(records)
        if made is None:
            raise ValueError("records that need no supposition were not read")
        pending = block.from_line(records.n_taken) if records.n_taken < block.n_lines else None
        yield records, made


def _with_last(blocks: Iterable[LineBlock]) -> Iterator[tuple[LineBlock, bool]]:
    before: LineBlock | None = None
    for block in blocks:
        if before:
            yield before, False
        before = block
    if before:
        yield before, True


def n_fields(text: str, delimiter: str) -> int | None:
    """How many fields the text has as one record; None when it is not one."""
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return len(rows[0]) if len(rows) == 1 else None


@dataclass
class _Lines:
    """The lines of a block: which begin a record, which are broken, how many are complete."""

    block: LineBlock
    is_first: np.ndarray
    broken: list[int]
    n_taken: int

    def suppose(self, odd: np.ndarray, is_last: bool) -> None:
        """Every second line with an odd number of quotes closes what the one before opened."""
        if len(odd) % 2 and not is_last and self._is_short(odd[-1]):
            self.n_taken = int(odd[-1])
        opening, closing = odd[: len(odd) // 2 * 2 : 2], odd[1::2]
        step = np.zeros(self.block.n_lines + 1, np.int8)
        step[opening + 1] += 1
        step[closing + 1] -= 1
        self.is_first &= np.cumsum(step[:-1]) == 0

    def join(self, odd: np.ndarray, delimiter: str, n_columns: int, is_last: bool) -> None:
        """Join lines only where they prove to be one record; what proves to be none is broken."""
        waiting = deque(odd.tolist())
        while waiting:
            opening = waiting.popleft()
            if n_fields(self._text(opening, opening), delimiter) is not None:
                continue  # a lone quote within a field that has none around it
            if not waiting and not is_last and self._is_short(opening):
                self.n_taken = opening
            elif waiting and n_fields(self._text(opening, waiting[0]), delimiter) == n_columns:
                self.is_first[opening + 1 : waiting.popleft() + 1] = False
            else:
                self.broken.append(opening)

    def _is_short(self, opening: int) -> bool:
        """True when a record from this line on may still be closed in the next block."""
        return len(self.block.text) - self.block.starts[opening] <= RECORD_LIMIT_BYTES

    def _text(self, first: int, last: int) -> str:
        """Lines first to last, without the final line end; '"' beyond the limit of a record."""
        start, end = self.block.starts[first], self.block.starts[last + 1]
        if end - start > RECORD_LIMIT_BYTES:
            return '"'
        return self.block.text[start:end].decode().rstrip("\r\n")


def _odd_lines(block: LineBlock) -> np.ndarray:
    """The lines with an odd number of quotes."""
    quotes = np.flatnonzero(np.frombuffer(block.text, np.uint8) == _QUOTE)
    n_quotes = np.diff(np.searchsorted(quotes, block.starts))
    return np.flatnonzero(n_quotes & 1)


def _content_end(block: LineBlock, line: np.ndarray) -> np.ndarray:
    """Where the text in front of each of these lines ends, its line end left out."""
    text = np.frombuffer(block.text, np.uint8)
    end = block.starts[line].copy()
    has_lf = text[end - 1] == _LF
    end -= has_lf
    has_cr = (end > 0) & (text[np.maximum(end - 1, 0)] == _CR)
    return end - has_cr


def _blank(
    block: LineBlock, start: np.ndarray, end: np.ndarray, n_columns: int, delimiter: str
) -> np.ndarray:
    """The records of nothing but delimiters, quotes and blanks, as spreadsheets append them."""
    is_blank = np.zeros(len(start), bool)
    signs = (delimiter + '" \t\u00a0').encode()
    for i in np.flatnonzero(end - start <= 3 * n_columns):
        is_blank[i] = not block.text[start[i] : end[i]].strip(signs)
    return is_blank
