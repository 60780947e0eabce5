"""Many small files of HL7 read as one, and each given its own rows again.

An interface engine writes a message a file. What reading costs a file (patterns, columns, batches)
would be paid for three rows; so their bytes are joined, read as one file, and the numbers of
messages, lines and bytes counted from each file's own beginning. The rows are those of a file read
alone. Only files are joined whose messages all begin in the usual signs at the start of a line and
stand in no batch: such a file ends where the next begins, whatever is in it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.facility.facility import Facility
from transforms.parse.hl7.file_bytes import StreamWindow
from transforms.parse.hl7.file_counts import FileCounts
from transforms.parse.hl7.framing import frames
from transforms.parse.hl7.header import last_sent
from transforms.parse.hl7.message import Place
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.hl7.message_reader import BATCH_ROWS, Batch, MessageReader
from transforms.parse.hl7.reader import source_file_row
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source

FILE_BYTES = 64 << 10
JOINED_BYTES = 4 << 20
_BEGIN = rb"MSH\|\^~\\&\|"
_USUAL = re.compile(rb"(?:\A|[\r\n])" + _BEGIN)
_UNIT = re.compile(rb"(?:\A|[\r\n])(?:MSH|FHS|BHS|BTS|FTS)", re.IGNORECASE)
_HEADER = re.compile(rb"MSH[^\w\s][^\w\s]{1,5}")
_LINE_ENDS = (b"\r", b"\n")


@dataclass(frozen=True)
class SmallFile:
    """A file that may be joined to others, and its bytes."""

    source: Source
    data: bytes

    @property
    def n_lines(self) -> int:
        """At least as many as it has lines."""
        return sum(map(self.data.count, _LINE_ENDS)) + 1


def may_be_joined(data: bytes) -> bool:
    """Whether the file is small, begins with a message in the usual signs, and holds nothing but
    such messages, each at the start of a line."""
    if len(data) > FILE_BYTES or not re.match(_BEGIN, data):
        return False
    n_usual = len(_USUAL.findall(data))
    return n_usual == len(_UNIT.findall(data)) == len(_HEADER.findall(data))


def groups(files: Iterable[SmallFile]) -> Iterator[list[SmallFile]]:
    """The files in groups that are read in one go: no more lines than the rows of a batch."""
    group: list[SmallFile] = []
    n_bytes = n_lines = 0
    for file in files:
        n_bytes, n_lines = n_bytes + len(file.data), n_lines + file.n_lines
        if group and (n_bytes > JOINED_BYTES or n_lines > BATCH_ROWS):
            yield group
            group, n_bytes, n_lines = [], len(file.data), file.n_lines
        group.append(file)
    if group:
        yield group


def read_joined(
    files: Sequence[SmallFile], facility: Facility, message_filter: MessageFilter | None = None
) -> Iterator[Batch]:
    """(raw table, batch) for every message of one of the `groups`; source_file is the last.

    Its rows stand in the order of the files. Raises nothing for what is in them.
    """
    joined = _Joined(files)
    counts = _Counts(joined)
    buffer = RowBuffer(files[0].source)
    how = (facility, message_filter, facility.encoding, _no_envelope)
    reader = MessageReader(buffer, counts, *how)
    read: dict[str, list[pa.RecordBatch]] = {}
    for batches in (reader.read(joined.block), reader.end()):
        for table, batch in batches:
            read.setdefault(table, []).append(batch)
    for table, found in read.items():
        own_rows = joined.own_rows(table, pa.concat_batches(found))
        counts.add_rows(table, own_rows)
        yield table, own_rows.batch
    digests = (facility.layout_sha256(), message_filter.sha256() if message_filter else None)
    of_files = zip(files, counts.of_files(facility), strict=True)
    rows = [source_file_row(file.source, own, None, *digests) for file, own in of_files]
    yield "source_file", pa.RecordBatch.from_pylist(rows, schema=SCHEMAS["source_file"])


def _no_envelope(line: bytes, place: Place) -> None:
    raise ValueError("a file in a batch was joined to others")


@dataclass(frozen=True)
class _OwnRows:
    """Rows numbered from the beginning of each one's file; `file` is its number."""

    batch: pa.RecordBatch
    file: np.ndarray


class _Joined:
    """The files as one block. Arrays run parallel, one entry per file: where it begins, and the
    messages, lines and OBX that stand before it."""

    def __init__(self, files: Sequence[SmallFile]) -> None:
        self.files = files
        ends = (b"" if file.data.endswith(_LINE_ENDS) else b"\r" for file in files)
        whole = [file.data + end for file, end in zip(files, ends, strict=True)]
        data = b"".join(whole)
        (self.block,) = frames(StreamWindow([data]), block_bytes=len(data) + 1)
        self.start = np.cumsum([0, *map(len, whole[:-1])])
        self.size = np.array([len(file.data) for file in files])
        self.message = np.searchsorted(self.block.start, self.start)
        self.line = self.block.line[self.message] - 1
        self.result = np.concatenate(([0], np.cumsum(self.block.n_results)))[self.message]

    def file_of(self, number: np.ndarray) -> np.ndarray:
        """The number of the file that each message, by its 1-based number, stands in."""
        return np.searchsorted(self.message, number - 1, "right") - 1

    def own_rows(self, table: str, batch: pa.RecordBatch) -> _OwnRows:
        """The rows in the order of the files, each with its file's digest and numbers."""
        file = self.file_of(_numbers(batch, "message_number"))
        order = np.argsort(file, kind="stable")
        file, batch = file[order], batch.take(pa.array(order))
        first = np.searchsorted(file, np.arange(len(self.files)))
        own = {
            "message_number": _numbers(batch, "message_number") - self.message[file],
            "line_number": _numbers(batch, "line_number") - self.line[file],
            "position": np.arange(len(file)) - first[file] + 1,
        }
        if table == "observation":
            before = np.concatenate(([0], np.cumsum(_is_repeated(batch, file))))
            own["position"] = _numbers(batch, "position") - (self.result + before[first])[file]
        if table == "reject":
            own["byte_offset"] = _numbers(batch, "byte_offset") - self.start[file]
            room = self.size[file] - own["byte_offset"]  # the line end that was added is not its
            own["byte_length"] = np.minimum(_numbers(batch, "byte_length"), room)
        digests = pa.array([file.source.sha256 for file in self.files])
        columns: dict[str, Any] = own | {"source_sha256": digests.take(pa.array(file))}
        for name, column in columns.items():
            field = batch.schema.field(name)
            place = batch.schema.get_field_index(name)
            batch = batch.set_column(place, field, pa.array(column).cast(field.type))
        return _OwnRows(batch, file)


class _Counts(FileCounts):
    """The counts of joined files, kept for each of them too."""

    def __init__(self, joined: _Joined) -> None:
        super().__init__()
        self._joined = joined
        n_messages = np.diff(np.append(joined.message, len(joined.block.start)))
        n_results = np.diff(np.append(joined.result, joined.block.n_results.sum()))
        self._own = [
            FileCounts(n_messages=int(messages), n_results=int(results))
            for messages, results in zip(n_messages, n_results, strict=True)
        ]

    def note_codec(self, numbers: Sequence[int], codec: str) -> None:
        for number in numbers:
            self._of(number).codecs.add(codec)

    def skip(self, n_results_by_number: Iterable[tuple[int, int]]) -> None:
        for number, n in n_results_by_number:
            self._of(number).n_skipped += n

    def may_diagnose(self, number: int) -> bool:
        return self._of(number).may_diagnose(number)

    def _of(self, number: int) -> FileCounts:
        return self._own[bisect_right(self._starts, number - 1) - 1]

    @cached_property
    def _starts(self) -> list[int]:
        return self._joined.message.tolist()

    def add_rows(self, table: str, rows: _OwnRows) -> None:
        """Count what only its rows show: values beyond one per OBX, and what is no result."""
        if table == "observation":
            for file in rows.file[_is_repeated(rows.batch, rows.file)].tolist():
                self._own[file].n_repeated += 1
        elif table in ("merge", "exposure", "reject"):
            is_other = _is_other(rows.batch) if table == "reject" else slice(None)
            for file in rows.file[is_other].tolist():
                self._own[file].n_others += 1

    def of_files(self, facility: Facility) -> list[FileCounts]:
        """The counts of each file, when all are read."""
        block, behind = self._joined.block, [*self._joined.message[1:], None]
        for own, first, end in zip(self._own, self._joined.message, behind, strict=True):
            starts = block.start[first:end].tolist()
            how = (facility.encoding, facility.zone_info)
            own.note_sent(last_sent(block.data, starts, *how))
        return self._own


def _numbers(batch: pa.RecordBatch, name: str) -> np.ndarray:
    return batch.column(name).to_numpy(zero_copy_only=False).astype(np.int64)


def _is_repeated(batch: pa.RecordBatch, file: np.ndarray) -> np.ndarray:
    """Rows of results that come of the same OBX as the row before."""
    line = _numbers(batch, "line_number")
    return (np.diff(line, prepend=-1) == 0) & (np.diff(file, prepend=-1) == 0)


def _is_other(rejects: pa.RecordBatch) -> np.ndarray:
    unit = rejects.column("unit")
    return pc.is_in(unit, pa.array(["merge", "exposure"])).to_numpy(zero_copy_only=False)
