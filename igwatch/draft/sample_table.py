"""The beginning of a delimited sample as a table of text: delimiter, header row, rows below it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

from igwatch.draft.facility_draft import DraftError
from igwatch.draft.header_meaning import meanings, without_unit
from igwatch.draft.isotype_name import isotypes
from transforms.parse.delimited.character_set import CharacterSet
from transforms.parse.delimited.layout import HeadRow, head_rows, possible_delimiters

N_ROWS = 20_000
_MIN_HEADERS = 2
_NUMBER_OR_DATE = re.compile(r"[\d\s.,:/<>+-]*\d[\d\s.,:/<>+-]*")  # a number or a date is no header


@dataclass(frozen=True)
class SampleTable:
    """Headers as written, and the rows below with as many cells; `n_other_rows` have not.

    `line` is the header's last line, 1-based; `charset` what the bytes were read as.
    """

    headers: tuple[str, ...]
    rows: list[list[str]]
    delimiter: str
    line: int
    charset: str
    n_other_rows: int

    def column(self, header: str) -> list[str]:
        """The cells below a header, of several alike below the first."""
        place = self.headers.index(header)
        return [row[place] for row in self.rows]


def table_of(head: bytes, path: Path, encoding: str | None = None) -> SampleTable:
    """The table that the bytes of a sample's beginning hold.

    Raises DraftError when no row of it looks like a header.
    """
    charset = CharacterSet(head, encoding)
    text = charset.utf8(head[charset.bom_bytes :]).decode("utf-8", "replace")
    found = [row for sign in possible_delimiters(text) for row in head_rows(text, sign)]
    header = _known_header(found) or _likely_header(found)
    if header is None:
        raise DraftError(
            f"{path.name}: no line near its top reads like a header",
            "ask the laboratory for an export with column names",
        )
    headers = tuple(cell.strip() for cell in header.cells)
    read = islice(_read(text, header), N_ROWS)
    rows = [row for row in read if any(map(str.strip, row))]
    fitting = [row[: len(headers)] for row in rows if _fits(row, len(headers))]
    return SampleTable(
        headers,
        fitting,
        header.delimiter,
        header.next_line - 1,
        charset.name,
        len(rows) - len(fitting),
    )


def _known_header(rows: list[HeadRow]) -> HeadRow | None:
    """The row in which most cells are known names; of equals the first.

    A row that holds a number or a date is data, even when it names a test twice. Such a row must
    never become the header, since headers are written into the draft.
    """
    rows = [row for row in rows if not any(map(_NUMBER_OR_DATE.fullmatch, row.cells))]
    cells = {cell for row in rows for cell in row.cells if cell.strip()}
    named = isotypes({without_unit(cell)[0] for cell in cells})
    known = {cell for cell in cells if meanings(cell) or without_unit(cell)[0] in named}
    best = max(rows, key=lambda row: len(known & {*row.cells}), default=None)
    return best if best and len(known & {*best.cells}) >= _MIN_HEADERS else None


def _likely_header(rows: list[HeadRow]) -> HeadRow | None:
    """The first row of the usual width, where it is all words and stands above data.

    It may be in a language that knowledge/header_name.csv does not have.
    """
    widths = Counter(
        (row.delimiter, len(row.cells)) for row in rows if len(row.cells) > _MIN_HEADERS
    )
    for usual, _ in widths.most_common(1):
        first, *below = [row for row in rows if (row.delimiter, len(row.cells)) == usual]
        is_words = all(cell.strip() and not _has_digit(cell) for cell in first.cells)
        is_data = any(_NUMBER_OR_DATE.fullmatch(cell) for row in below for cell in row.cells)
        return first if is_words and is_data else None
    return None


def _has_digit(cell: str) -> bool:
    return any(sign.isdigit() for sign in cell)


def _read(text: str, header: HeadRow) -> Iterator[list[str]]:
    """The rows below the header; a row that Python's reader cannot take is passed over."""
    lines = islice(StringIO(text, newline=""), header.next_line - 1, None)
    reader = csv.reader(lines, delimiter=header.delimiter)
    while True:
        try:
            yield next(reader)
        except csv.Error:
            continue
        except StopIteration:
            return


def _fits(row: list[str], n: int) -> bool:
    return len(row) == n or (len(row) == n + 1 and not row[-1].strip())
