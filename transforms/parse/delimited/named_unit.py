"""The rows of a delimited file and whom each names, also those of other tests and those refused."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from transforms.parse.delimited.cells import Cells, cells_of
from transforms.parse.delimited.character_set import CharacterSet
from transforms.parse.delimited.gzip_file import open_unpacked
from transforms.parse.delimited.layout import Layout, LayoutError, layout_of
from transforms.parse.delimited.line_block import LineBlock, line_blocks
from transforms.parse.delimited.patient_number import (
    NEVER,
    WRAPPED,
    authorities,
    patient_numbers,
)
from transforms.parse.delimited.reader import HEAD_BYTES, first_lines
from transforms.parse.delimited.record import Records, records_in
from transforms.parse.delimited.row import Rows
from transforms.parse.facility.canonical_file import REVIEWS
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.named_unit import Named, Unit, Whom, unit_of
from transforms.parse.raw.source import Source

_NUMBERS = ("patient_id", "retired_id", "surviving_id")


def delimited_units(source: Source, facility: Facility, whom: Whom) -> Iterator[Unit]:
    """The rows of a file, in order; the lines of one whose columns cannot be known."""
    with open_unpacked(source.path) as stream:
        head = stream.read(HEAD_BYTES)
    charset = CharacterSet(head, facility.encoding)
    try:
        layout = layout_of(first_lines(head, facility.encoding), facility, source.name)
    except LayoutError:
        layout = None
    with open_unpacked(source.path) as stream:
        blocks = line_blocks(stream, charset)
        if layout is None:
            for block in blocks:
                yield from _line_units(block, whom)
            return
        form = (layout.delimiter, layout.n_columns, layout.first_line)
        for records, cells in records_in(blocks, *form, lambda made: cells_of(made, layout)):
            yield from _record_units(records, cells, layout, facility, whom)


def _line_units(block: LineBlock, whom: Whom) -> Iterator[Unit]:
    for i in range(block.n_lines):
        text = block.text[block.starts[i] : block.starts[i + 1]].decode("utf-8", "replace")
        start, end = block.source_starts[i : i + 2].tolist()
        yield Unit(start, end, whom.is_mentioned(text), is_content=bool(text.strip()))


def _record_units(
    records: Records, cells: Cells, layout: Layout, facility: Facility, whom: Whom
) -> Iterator[Unit]:
    named = _named(cells, layout, facility)
    starts = records.block.source_starts
    for i in np.flatnonzero(~records.is_blank).tolist():
        start, end = int(starts[records.line[i]]), int(starts[records.line_behind[i]])
        yield unit_of(start, end, named.get(i, ()), records.text(i), facility.name, whom)


def _named(cells: Cells, layout: Layout, facility: Facility) -> dict[int, set[Named]]:
    """Whom each record of a block names, by its place in the block."""
    places = layout.heading.place.items()
    none = np.zeros(len(cells.record), np.int64)
    rows = Rows({n: cells.columns[place] for n, place in places}, none, none, cells.record)
    is_review = layout.heading.file_kind is REVIEWS
    named: dict[int, set[Named]] = {}
    for column in (name for name in _NUMBERS if name in rows.cells):
        pattern = NEVER if is_review else WRAPPED
        numbers = patient_numbers(rows, column, facility, pattern).number.to_pylist()
        issuers = authorities(rows, column, facility, is_review).to_pylist()
        for record, number, issuer in zip(cells.record.tolist(), numbers, issuers, strict=True):
            if number is not None:
                named.setdefault(record, set()).add(Named(number, issuer))
    return named
