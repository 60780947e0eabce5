"""One large file read by several processes: parts that begin at a message, put together in order.

A part is read as if it were a file; its messages, lines and positions, numbered from one, are then
renumbered to follow those of the parts before it. Bytes are counted from the start of the file in
every part. So the rows are the same as those of one process.

Rows travel as Arrow files in a private folder, which the taker maps into memory and unlinks: as
messages between processes they would be copied several times.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.facility.facility import Facility
from transforms.parse.hl7.envelope import Envelope
from transforms.parse.hl7.file_bytes import PlainWindow
from transforms.parse.hl7.file_counts import FileCounts
from transforms.parse.hl7.framing import frames
from transforms.parse.hl7.message import Place
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.hl7.message_reader import Batch, MessageReader
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.raw.source import Source

PART_BYTES = 8 << 20
SHARED_FROM_PARTS = 8  # one process reads fewer before another has begun
_WINDOW_BYTES = 1 << 20
_MESSAGE = re.compile(rb"[\r\n](MSH\|\^~\\&)")  # of other signs only one reader can be certain

Span = tuple[int, int]


@dataclass(slots=True)
class PartRows:
    """What was read of a part: a file of rows for each table that has any.

    `envelopes` are the envelope lines in it and where they stand.
    """

    files: dict[str, Path]
    counts: FileCounts
    envelopes: list[tuple[bytes, Place]]


def part_spans(path: Path, size: int) -> list[Span]:
    """The spans of bytes, each but the first beginning with an MSH line, that make up the file."""
    end = path.stat().st_size
    starts = [0]
    with path.open("rb") as file:
        while (start := _message_behind(file, starts[-1] + size)) is not None:
            starts.append(start)
    return list(zip(starts, [*starts[1:], end], strict=True))


def _message_behind(file: BinaryIO, place: int) -> int | None:
    """Where the next message begins at or behind `place`; None when there is none."""
    file.seek(place)
    pending = b""
    while window := file.read(_WINDOW_BYTES):
        pending += window
        if found := _MESSAGE.search(pending):
            return place + found.start(1)
        n_kept = min(len(pending), len(rb"|MSH|^~\&") - 1)
        place, pending = place + len(pending) - n_kept, pending[len(pending) - n_kept :]
    return None


def read_parts(
    spans: list[Span],
    whole: tuple[RowBuffer, FileCounts, Envelope],
    facility: Facility,
    message_filter: MessageFilter | None,
    pool: Executor,
    n_ahead: int,
    folder: Path,
) -> Iterator[Batch]:
    """The batches of all parts in order; `whole` takes up their counts and envelope lines.

    At most `n_ahead` parts are read or wait in `folder` while one is given out.
    """
    buffer, counts, envelope = whole
    read = partial(_read_part, buffer.source, facility, message_filter, folder)
    waiting: deque[Future[PartRows]] = deque()
    for span in spans:
        waiting.append(pool.submit(read, span))
        if len(waiting) > n_ahead:
            yield from _renumbered(waiting.popleft().result(), buffer, counts, envelope)
    while waiting:
        yield from _renumbered(waiting.popleft().result(), buffer, counts, envelope)


def _read_part(
    source: Source,
    facility: Facility,
    message_filter: MessageFilter | None,
    folder: Path,
    span: Span,
) -> PartRows:
    counts, envelopes = FileCounts(), []
    reader = MessageReader(
        RowBuffer(source),
        counts,
        facility,
        message_filter,
        facility.encoding,
        lambda line, place: envelopes.append((line, place)),
    )
    files: dict[str, Path] = {}
    writers: dict[str, pa.RecordBatchFileWriter] = {}
    with ExitStack() as open_files:
        for table, batch in _batches(reader, source.path, span):
            if table not in writers:
                files[table] = folder / f"{span[0]}.{table}.arrow"
                writer = pa.ipc.new_file(str(files[table]), batch.schema)
                writers[table] = open_files.enter_context(writer)
            writers[table].write_batch(batch)
    return PartRows(files, counts, envelopes)


def _batches(reader: MessageReader, path: Path, span: Span) -> Iterator[Batch]:
    for block in frames(PlainWindow(path, span[1]), span[0]):
        yield from reader.read(block)
    yield from reader.end()


def _mapped(path: Path) -> list[pa.RecordBatch]:
    """The batches of an Arrow file, whose bytes stay on disk until the last of them is gone."""
    reader = pa.ipc.open_file(pa.memory_map(str(path)))
    path.unlink()
    return [reader.get_batch(number) for number in range(reader.num_record_batches)]


def _renumbered(
    part: PartRows, buffer: RowBuffer, counts: FileCounts, envelope: Envelope
) -> Iterator[Batch]:
    """The batches of a part, numbered on from the parts before it; its counts are added."""
    for table, path in part.files.items():
        batches = _mapped(path)
        moved = {"message_number": counts.n_messages, "line_number": counts.n_lines}
        if table == "observation":
            moved["position"] = counts.n_results + counts.n_repeated
        else:
            moved["position"] = buffer.count_given(table, sum(rows.num_rows for rows in batches))
        for batch in batches:
            yield table, _shifted(batch, moved)
    for line, place in part.envelopes:
        number, at = place.number + counts.n_messages, place.line + counts.n_lines
        envelope.take(line, place._replace(number=number, line=at))
    counts.add(part.counts)


def _shifted(batch: pa.RecordBatch, moved: dict[str, int]) -> pa.RecordBatch:
    for name, distance in moved.items():
        column = batch.column(name)
        place = batch.schema.get_field_index(name)
        moved_column = pc.add(column, pa.scalar(distance, column.type))
        batch = batch.set_column(place, batch.schema.field(name), moved_column)
    return batch
