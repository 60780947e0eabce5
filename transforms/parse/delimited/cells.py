"""The records of a block as columns of text, and which records have not the header's fields.

Arrow reads them. A record with more or fewer fields than the header is set aside and named, since
nobody can say which of its fields is which.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow.csv import ConvertOptions, InvalidRow, ParseOptions, ReadOptions, read_csv

from transforms.parse.delimited.layout import Layout
from transforms.parse.delimited.record import Records

_TEXT = pa.string()


@dataclass(frozen=True)
class Cells:
    """Columns of text by their 0-based place in the file; an empty cell is NULL.

    `record` says which record of the block each row is. `wrong_field_count` holds the records with
    another number of fields than the header, each with that number.
    """

    columns: dict[int, pa.Array]
    record: np.ndarray
    wrong_field_count: dict[int, int]


def cells_of(records: Records, layout: Layout) -> Cells | None:
    """The cells of every record that is neither broken nor blank.

    None when the records were only supposed (record.py) and Arrow finds others: then the caller
    must prove them.
    """
    read = np.flatnonzero(~records.is_broken)
    if not len(read):
        return Cells({i: pa.array([], _TEXT) for i in layout.places}, read, {})
    table, wrong_rows = _arrow_table(records, layout)
    place = np.array([row.number - 1 for row in wrong_rows], np.int64)
    is_agreed = table.num_rows + len(wrong_rows) == len(read)
    if records.is_supposed and not (is_agreed and not records.is_joined[read[place]].any()):
        return None
    if not is_agreed:
        return _one_by_one(records, layout)
    counts = (row.actual_columns for row in wrong_rows)
    wrong_field_count = dict(zip(read[place].tolist(), counts, strict=True))
    columns = {i: _in_one_chunk(table.column(str(i))) for i in layout.places}
    cells = _without_blanks(Cells(columns, np.delete(read, place), wrong_field_count), records)
    return _without_overfull(cells, layout)


def _in_one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _arrow_table(records: Records, layout: Layout) -> tuple[pa.Table, list[InvalidRow]]:
    """The rows with the header's number of fields, and the others, numbered among all from 1."""
    wrong_rows: list[InvalidRow] = []

    def note(row: InvalidRow) -> str:
        wrong_rows.append(row)
        return "skip"

    text, names = _readable_text(records), [str(i) for i in range(layout.n_columns)]
    table = read_csv(
        pa.BufferReader(text),
        # one block and one thread, so that Arrow can number the rows it hands to `note`
        ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
        ParseOptions(delimiter=layout.delimiter, newlines_in_values=True, invalid_row_handler=note),
        ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(names, _TEXT),
            include_columns=[str(i) for i in layout.places],
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    return table, wrong_rows


def _readable_text(records: Records) -> bytes:
    """The block's text without the records that would swallow those behind them."""
    starts, text = records.block.starts, records.block.text
    pieces, behind = [], 0
    for i in np.flatnonzero(records.is_broken):
        line = records.line[i]
        pieces.append(text[behind : starts[line]])
        behind = starts[line + 1]
    whole = text[behind : starts[records.n_taken]]
    return b"".join([*pieces, whole]) if pieces else whole


def _one_by_one(records: Records, layout: Layout) -> Cells:
    """What `cells_of` gives, read record by record: for quotes so odd that Arrow miscounts."""
    rows: list[list[str]] = []
    record: list[int] = []
    wrong_field_count: dict[int, int] = {}
    for i in np.flatnonzero(~records.is_broken & ~records.is_blank).tolist():
        fields = fields_of(records.text(i), layout.delimiter)
        if len(fields) == layout.n_columns:
            rows.append(fields)
            record.append(i)
        else:
            wrong_field_count[i] = len(fields)
    columns = {i: pa.array([row[i] or None for row in rows], _TEXT) for i in layout.places}
    return _without_overfull(Cells(columns, np.array(record, np.int64), wrong_field_count), layout)


def fields_of(text: str, delimiter: str) -> list[str]:
    """The fields of one record; none when it is longer or odder than Python's reader takes."""
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []


def _without_overfull(cells: Cells, layout: Layout) -> Cells:
    """Without the rows that hold something behind the last header: their fields have slipped.

    They count as rows with a wrong number of fields.
    """
    if layout.unnamed is None:
        return cells
    is_overfull = cells.columns[layout.unnamed].is_valid().to_numpy(zero_copy_only=False)
    if not is_overfull.any():
        return cells
    columns = {i: column.filter(pa.array(~is_overfull)) for i, column in cells.columns.items()}
    slipped = dict.fromkeys(cells.record[is_overfull].tolist(), layout.n_columns)
    return Cells(columns, cells.record[~is_overfull], cells.wrong_field_count | slipped)


def _without_blanks(cells: Cells, records: Records) -> Cells:
    if not records.is_blank.any():
        return cells
    kept = ~records.is_blank[cells.record]
    columns = {i: column.filter(pa.array(kept)) for i, column in cells.columns.items()}
    counts = {i: n for i, n in cells.wrong_field_count.items() if not records.is_blank[i]}
    return Cells(columns, cells.record[kept], counts)
