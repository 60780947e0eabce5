"""One large file read by several processes: parts that begin at a message, put together in order.

A part is read as if it were a file; what it numbers from one (messages, lines, positions) is then
moved behind the parts before it. Bytes are counted from the start of the file in every part.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
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
_MESSAGE = re.compile(rb"[\r\n](MSH[^\w\s])")

Span = tuple[int, int]


@dataclass(slots=True)
class PartRows:
    """What a part came to. `envelopes` are the envelope lines in it and where they stand."""

    batches: list[Batch]
    tally: FileCounts
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
    held = b""
    while window := file.read(_WINDOW_BYTES):
        held += window
        if found := _MESSAGE.search(held):
            return place + found.start(1)
        place, held = place + len(held) - 4, held[-4:]
    return None


def read_parts(
    spans: list[Span],
    whole: tuple[RowBuffer, FileCounts, Envelope],
    facility: Facility,
    interest: MessageFilter | None,
    pool: Executor,
    n_ahead: int,
) -> Iterator[Batch]:
    """The batches of all parts in order; `whole` takes up their sums and envelope lines.

    At most `n_ahead` parts are read or wait in memory while one is given out.
    """
    store, tally, envelope = whole
    read = partial(_read_part, store.source, facility, interest)
    waiting: deque[Future[PartRows]] = deque()
    for span in spans:
        waiting.append(pool.submit(read, span))
        if len(waiting) > n_ahead:
            yield from _joined(waiting.popleft().result(), store, tally, envelope)
    while waiting:
        yield from _joined(waiting.popleft().result(), store, tally, envelope)


def _read_part(
    source: Source, facility: Facility, interest: MessageFilter | None, span: Span
) -> PartRows:
    tally, envelopes = FileCounts(), []
    reading = MessageReader(
        RowBuffer(source),
        tally,
        facility,
        interest,
        facility.encoding,
        lambda line, place: envelopes.append((line, place)),
    )
    batches: list[Batch] = []
    for block in frames(PlainWindow(source.path, span[1]), span[0]):
        batches += reading.read(block)
    batches += reading.end()
    return PartRows(batches, tally, envelopes)


def _joined(
    part: PartRows, store: RowBuffer, tally: FileCounts, envelope: Envelope
) -> Iterator[Batch]:
    """The batches of a part, moved behind what came before it."""
    for table, batch in part.batches:
        moved = {"message_number": tally.n_messages, "line_number": tally.n_lines}
        if table == "observation":
            moved["position"] = tally.n_results + tally.n_repeated
        else:
            moved["position"] = store.given(table, batch.num_rows)
        yield table, _shifted(batch, moved)
    for line, place in part.envelopes:
        number, at = place.number + tally.n_messages, place.line + tally.n_lines
        envelope.take(line, place._replace(number=number, line=at))
    tally.add(part.tally)


def _shifted(batch: pa.RecordBatch, moved: dict[str, int]) -> pa.RecordBatch:
    for name, distance in moved.items():
        column = batch.column(name)
        place = batch.schema.get_field_index(name)
        moved_column = pc.add(column, pa.scalar(distance, column.type))
        batch = batch.set_column(place, batch.schema.field(name), moved_column)
    return batch
