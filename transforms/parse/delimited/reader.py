"""Reads a delimited file (CSV and its relatives) into the raw tables, in bounded memory.

Its header says what it holds (docs/facility.md). Every record ends in a row of its raw table or in
a reject with its line; the records are counted from the bytes, apart from the parser of the cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.delimited.cells import Cells, cells_of
from transforms.parse.delimited.character_set import CharacterSet
from transforms.parse.delimited.gzip_file import is_damaged, open_unpacked
from transforms.parse.delimited.header_change import HeaderChange
from transforms.parse.delimited.history_file import HistoryReader
from transforms.parse.delimited.layout import Layout, LayoutError, layout_of
from transforms.parse.delimited.line_block import line_blocks
from transforms.parse.delimited.maybe_cut import decisive_last_column, is_maybe_cut
from transforms.parse.delimited.not_text import why_not_text
from transforms.parse.delimited.other_test import LACKING, Interest, OtherTests
from transforms.parse.delimited.record import Records, records_in
from transforms.parse.delimited.refusal import Refusal, Refusals, outline
from transforms.parse.delimited.result import ResultReader, long_rows, n_results_of
from transforms.parse.delimited.row import Fault, Rows, is_one_of, truth
from transforms.parse.delimited.source_file import Batch, source_file, unreadable
from transforms.parse.delimited.wrong_field_count import wrong_field_counts
from transforms.parse.facility.canonical_file import PATIENTS, RESULTS
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.source import Source

HEAD_BYTES = 256 << 10
T = TypeVar("T")


def read_delimited(
    source: Source, facility: Facility, interest: Interest | None = None
) -> Iterator[Batch]:
    """(raw table, batch) for every row of the file; ("source_file", one row) is the last.

    By `interest` rows of another test are told from those that may be an immunoglobulin.
    Whatever the file holds ends in a row or a reject and raises no error here.
    """
    if is_damaged(source.path):
        yield from unreadable(source, facility, Refusal("gzip_damaged"))
        return
    with open_unpacked(source.path) as stream:
        head = stream.read(HEAD_BYTES)
    if reason := why_not_text(head):
        yield from unreadable(source, facility, Refusal(reason))
        return
    charset = CharacterSet(head, facility.encoding)
    try:
        layout = layout_of(first_lines(head, facility.encoding), facility, source.name)
    except LayoutError as fault:
        yield from _refused(source, facility, fault, charset)
    else:
        yield from _FileReader(source, facility, layout, charset, interest).batches()


def first_lines(head: bytes, stated: str | None) -> str:
    """The text of a file's beginning, up to the end of a line where the file goes on."""
    charset = CharacterSet(head, stated)
    whole = head[charset.bom_bytes :]
    if len(head) == HEAD_BYTES and charset.unit_bytes == 1:
        whole = whole[: whole.rfind(b"\n") + 1 or None]
    return charset.utf8(whole).decode()


def _refused(
    source: Source, facility: Facility, fault: LayoutError, charset: CharacterSet
) -> Iterator[Batch]:
    """A file whose columns cannot be known; the results that it would have held are counted."""
    found = outline(fault.delimiter.join(fault.headers))
    if fault.file_kind is None:
        yield from unreadable(source, facility, Refusal(fault.reason, fault.field, found))
        return
    n = 0
    if fault.file_kind is RESULTS:
        with open_unpacked(source.path) as stream:
            blocks = line_blocks(stream, charset)
            form = (fault.delimiter, len(fault.headers), fault.first_line)
            n = sum(n for _, n in records_in(blocks, *form, _n_certain))
    refusal = Refusal(fault.reason, fault.field, found, n, line=fault.first_line - 1)
    yield "reject", Refusals(source, fault.file_kind.unit).of_file(refusal)
    columns = {"content": fault.file_kind.name, "encoding": charset.name, "n_messages": 1}
    yield source_file(source, facility, format="csv", n_results=n, **columns)


class _FileReader:
    """Reads the rows of one file whose layout is known, and counts them.

    `n_records` are the filled records so far; `n_counted` the results (or exposures, merges,
    reviews, patients) that they hold, `n_skipped` those of them that skip_rows_where leaves out
    and the rows of other tests that lack something; `n_other_tests` the latter alone.
    """

    def __init__(
        self,
        source: Source,
        facility: Facility,
        layout: Layout,
        charset: CharacterSet,
        interest: Interest | None,
    ) -> None:
        self.source = source
        self.facility = facility
        self.layout = layout
        self.charset = charset
        self.file_kind = layout.heading.file_kind
        self.refusals = Refusals(source, self.file_kind.unit)
        self.people = HistoryReader(source, facility, layout, PATIENTS)
        self.reader: ResultReader | HistoryReader = self.people
        if self.file_kind is RESULTS:
            self.reader = ResultReader(source, facility, layout)
        elif self.file_kind is not PATIENTS:
            self.reader = HistoryReader(source, facility, layout, self.file_kind)
        self.header_change = HeaderChange(layout)
        is_whole = facility.last_line_end == "none"
        self.may_be_cut = None if is_whole else decisive_last_column(layout)
        self.who = next(n for n in self.file_kind.required[0] if n in layout.heading.place)
        self.n_records = 0
        self.n_counted = 0
        self.n_skipped = 0
        self.n_other_tests = 0
        self.interest = interest
        # the columns of a wide file are immunoglobulins, each of them
        is_long = self.file_kind is RESULTS and not layout.heading.wide
        self.other_tests = OtherTests(interest if is_long else None)

    def batches(self) -> Iterator[Batch]:
        """Everything in the file, block by block, then its source_file row."""
        form = (self.layout.delimiter, self.layout.n_columns, self.layout.first_line)
        with open_unpacked(self.source.path) as stream:
            blocks = records_in(line_blocks(stream, self.charset), *form, self._cells)
            for records, cells in _read_ahead(blocks):
                yield from self._block(records, cells)
        count = "n_results" if self.file_kind is RESULTS else "n_other_rows"
        columns = {"content": self.file_kind.name, "encoding": self.charset.name, "n_messages": 1}
        columns[count] = self.n_counted
        if self.file_kind is RESULTS:
            columns["n_results_skipped"] = self.n_skipped
            if self.n_other_tests and self.interest:  # read again when more is known
                columns["interest_sha256"] = self.interest.sha256()
        else:
            columns[count] = self.n_counted - self.n_skipped
        yield source_file(self.source, self.facility, format="csv", **columns)

    def _cells(self, records: Records) -> Cells | None:
        return cells_of(records, self.layout)

    def _block(self, records: Records, cells: Cells) -> Iterator[Batch]:
        """The rows of one block, then what was refused of it."""
        layout = self.layout
        rows = self._named_rows(records, cells)
        n_results = n_results_of(rows, layout)
        refused = wrong_field_counts(records, cells, layout)
        self._count(records, n_results, len(refused))
        rows, n_results = self._without_skipped(rows, n_results)
        if self.header_change.is_seen_in(rows):
            is_other = self.header_change.is_other(rows)
            others = np.flatnonzero(is_other).tolist()
            refused += [_under_other_header(rows, i, int(n_results[i])) for i in others]
            rows, n_results = rows.kept(~is_other), n_results[~is_other]
        if self.may_be_cut and (is_cut := is_maybe_cut(records, rows, self.who)).any():
            refused += self._held(rows, np.flatnonzero(is_cut).tolist(), n_results)
            rows, n_results = rows.kept(~is_cut), n_results[~is_cut]
        silent = n_results == 0
        is_person = silent & _says_who(rows) if silent.any() else silent
        refused += [_without_result(rows, i) for i in np.flatnonzero(silent & ~is_person).tolist()]
        if is_person.any():
            yield from self._read(self.people, PATIENTS.table, rows.kept(is_person), refused, 0)
        for long in long_rows(rows, layout):
            yield from self._read(self.reader, self.file_kind.table, long, refused)
        if refused:
            yield "reject", self.refusals.of_rows(refused, records)

    def _read(
        self,
        reader: ResultReader | HistoryReader,
        table: str,
        rows: Rows,
        refused: list[Refusal],
        n_lost: int = 1,
    ) -> Iterator[Batch]:
        """The good rows as a batch; the others, `n_lost` results each, go to `refused`."""
        read, faults = reader.read(rows)
        good = read if faults.is_good.all() else read.filter(pa.array(faults.is_good))
        if good.num_rows:
            yield table, good
        faulty = list(faults)
        lacking = [i for i, fault in faulty if fault.reason in LACKING]
        others = self.other_tests.among(rows, lacking)
        self.n_skipped += len(others)
        self.n_other_tests += len(others)
        refused += [_refusal(rows, i, fault, n_lost) for i, fault in faulty if i not in others]

    def _held(self, rows: Rows, cut: list[int], n_results: np.ndarray) -> list[Refusal]:
        """Refusals of rows that may be cut; one of another test is counted as passed over."""
        others = self.other_tests.among(rows, cut)
        self.n_skipped += len(others)
        self.n_other_tests += len(others)
        held = [(int(n_results[i]), int(rows.record[i])) for i in cut if i not in others]
        return [Refusal("row_maybe_cut", self.may_be_cut, None, n, record) for n, record in held]

    def _without_skipped(self, rows: Rows, n_results: np.ndarray) -> tuple[Rows, np.ndarray]:
        """Without the rows that the facility leaves out (skip_rows_where), which are counted."""
        columns = [rows.cells.pop(f"skip {i}") for i in range(len(self.layout.heading.skip))]
        skipped = np.zeros(len(rows), bool)
        for column, (_, texts) in zip(columns, self.layout.heading.skip, strict=True):
            skipped |= is_one_of(column, texts)
        if not skipped.any():
            return rows, n_results
        self.n_skipped += int(n_results[skipped].sum())
        return rows.kept(~skipped), n_results[~skipped]

    def _named_rows(self, records: Records, cells: Cells) -> Rows:
        """The cells by canonical column; those of the i-th isotype of a wide file as `value 0`."""
        number = self.n_records + np.cumsum(~records.is_blank)
        self.n_records += records.n_filled
        heading = self.layout.heading
        named = {name: cells.columns[place] for name, place in heading.place.items()}
        for i, (_, places) in enumerate(heading.wide):
            named |= {f"{name} {i}": cells.columns[place] for name, place in places.items()}
        named |= {f"skip {i}": cells.columns[place] for i, (place, _) in enumerate(heading.skip)}
        line = records.line[cells.record] + records.block.line
        return Rows(named, number[cells.record], line, cells.record)

    def _count(self, records: Records, n_results: np.ndarray, n_refused: int) -> None:
        is_wide = bool(self.layout.heading.wide)
        self.n_counted += int(n_results.sum()) + n_refused if is_wide else records.n_filled


def _n_certain(records: Records) -> int | None:
    return None if records.is_supposed else records.n_filled


def _read_ahead(items: Iterator[T]) -> Iterator[T]:
    """The items of an iterator, the next one made in a thread while the caller uses the last."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = maker.submit(next, items, None)
            yield item


def _refusal(rows: Rows, i: int, fault: Fault, n_results: int) -> Refusal:
    cell = rows.cells[fault.column][i].as_py() if fault.column in rows.cells else None
    return Refusal(fault.reason, fault.column, outline(cell), n_results, int(rows.record[i]))


def _under_other_header(rows: Rows, i: int, n_results: int) -> Refusal:
    return Refusal("header_changed", "header", None, n_results, int(rows.record[i]))


def _says_who(rows: Rows) -> np.ndarray:
    """Which rows name a patient and a birth date or sex.

    Such a row of a wide file, without any result, states these for results in other rows.
    """
    stated = [truth(pc.is_valid(rows.trimmed(name))) for name in ("birth_date", "sex")]
    return truth(pc.is_valid(rows.identifier("patient_id"))) & (stated[0] | stated[1])


def _without_result(rows: Rows, i: int) -> Refusal:
    """A row of a wide file in which no isotype has a value: no result is lost, yet it is shown."""
    is_named = rows.identifier("patient_id")[i].is_valid
    reason = "value_missing" if is_named else "footer_row"
    return Refusal(reason, "value" if is_named else None, None, 0, int(rows.record[i]))
