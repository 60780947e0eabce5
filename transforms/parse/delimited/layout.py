"""How one delimited file is laid out: its delimiter, where its header row is, which column is what.

The header decides all of it: the delimiter is the one under which some line near the top names the
columns of a canonical file. Nothing is inferred from the rows below it, since a value that looks
like a date or a code need not be one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from igwatch.base.error import IgwatchError
from transforms.parse.delimited.heading import (
    Heading,
    HeadingError,
    folded,
    heading_of,
    n_recognised,
)
from transforms.parse.facility.facility import Facility

DELIMITERS = (",", ";", "\t", "|")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_EXCEL_HINT = re.compile(r"\ufeff?sep=(.)\s*$", re.IGNORECASE)
_LINES_SEARCHED = 60


@dataclass(frozen=True)
class Layout:
    """The form of a file. `first_line` is the 1-based physical line of its first row."""

    delimiter: str
    n_columns: int
    first_line: int
    headers: tuple[str, ...]
    heading: Heading

    @property
    def places(self) -> list[int]:
        """The columns that are read."""
        wide = [place for _, places in self.heading.wide for place in places.values()]
        skip = [place for place, _ in self.heading.skip]
        unnamed = [] if self.unnamed is None else [self.unnamed]
        return sorted({*self.heading.place.values(), *wide, *skip, *unnamed})

    @property
    def unnamed(self) -> int | None:
        """The place of the empty column behind a delimiter that ends every row but the header."""
        return self.n_columns - 1 if self.n_columns > len(self.headers) else None


@dataclass(frozen=True)
class HeadRow:
    """One row of a file's beginning under one delimiter; `next_line` is the 1-based line behind."""

    delimiter: str
    cells: list[str]
    next_line: int


class LayoutError(IgwatchError):
    """A file whose rows cannot be read. `reason` is a key of reject_reason.csv."""

    def __init__(self, fault: HeadingError, row: HeadRow | None) -> None:
        super().__init__(fault.text, fault.mend)
        self.reason = fault.reason
        self.field = fault.field
        self.file_kind = fault.file_kind
        self.first_line = row.next_line if row else 1
        self.delimiter = row.delimiter if row else ","
        self.headers = tuple(row.cells) if row else ()


def layout_of(head: str, facility: Facility, file_name: str) -> Layout:
    """The layout that the first lines of a file state.

    Raises LayoutError when no line is a header, or when the header cannot be read with certainty.
    """
    best = _best_row(head, facility, file_name, possible_delimiters(head, facility.delimiter))
    if _score(best, facility) < 2 and facility.delimiter:
        # what is stated is the laboratory's export; a canonical file needs no mapping beside it
        best = _best_row(head, facility, file_name, DELIMITERS)
    if _score(best, facility) < 2:
        raise LayoutError(HeadingError("header_missing", "header"), None)
    try:
        heading = heading_of(best.cells, facility, file_name)
    except HeadingError as fault:
        raise LayoutError(fault, best) from None
    n_columns = len(best.cells) + _has_unnamed_column(best, head)
    return Layout(best.delimiter, n_columns, best.next_line, tuple(best.cells), heading)


def _best_row(
    head: str, facility: Facility, file_name: str, delimiters: tuple[str, ...]
) -> HeadRow:
    """The row that reads most like a header under any of the delimiters."""
    rows = [row for sign in delimiters for row in head_rows(head, sign)]
    scored = [(_score(row, facility), row) for row in rows]
    return max(
        (
            (score > 1 and _is_complete(row, facility, file_name), score, row)
            for score, row in scored
        ),
        key=lambda candidate: candidate[:2],
        default=(False, 0, HeadRow(",", [], 1)),
    )[2]


def possible_delimiters(head: str, stated: str | None = None) -> tuple[str, ...]:
    """The stated sign, else the one that the file's first line says, else the usual four."""
    if stated:
        return (stated,)
    hint = _EXCEL_HINT.match(next(_LINE.finditer(head))[0])
    return (hint[1],) if hint else DELIMITERS


def head_rows(head: str, delimiter: str) -> Iterator[HeadRow]:
    """The first rows of the file as they read under one delimiter."""
    lines = (found[0] for found in _LINE.finditer(head))
    reader = csv.reader((line for line in lines if line), delimiter=delimiter)
    try:
        for cells in reader:
            yield HeadRow(delimiter, cells, reader.line_num + 1)
            if reader.line_num >= _LINES_SEARCHED:
                return
    except csv.Error:
        return


def _score(row: HeadRow, facility: Facility) -> int:
    """How many of the row's cells are known headers."""
    return n_recognised(row.cells, facility)


def _is_complete(row: HeadRow, facility: Facility, file_name: str) -> bool:
    try:
        return bool(heading_of(row.cells, facility, file_name))
    except HeadingError:
        return False


def _has_unnamed_column(header: HeadRow, head: str) -> bool:
    """True when most rows below end in a delimiter that the header row does not have."""
    below = [row for row in head_rows(head, header.delimiter) if row.next_line > header.next_line]
    n_alike = sum(len(row.cells) == len(header.cells) for row in below)
    n_wider = sum(len(row.cells) == len(header.cells) + 1 and not row.cells[-1] for row in below)
    return n_wider > n_alike and bool(folded(header.cells[-1]))
