"""Reads a file of HL7 v2 messages into the raw tables, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from igwatch.base.process_pool import process_pool
from transforms.parse.facility.facility import Facility
from transforms.parse.hl7.envelope import Envelope
from transforms.parse.hl7.file_bytes import FileBytes
from transforms.parse.hl7.file_counts import FileCounts
from transforms.parse.hl7.framing import frames
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.hl7.message_reader import Batch, MessageReader
from transforms.parse.hl7.parallel import PART_BYTES, SHARED_FROM_PARTS, part_spans, read_parts
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.raw.reject import Reject
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source


def read_hl7(
    source: Source,
    facility: Facility,
    message_filter: MessageFilter | None = None,
    processes: int = 1,
    part_bytes: int = PART_BYTES,
    work: Path | None = None,
) -> Iterator[Batch]:
    """(raw table, batch) for every message of the file; ("source_file", one row) is the last.

    `message_filter` finds the messages worth reading, others are only counted; None reads all.
    Several `processes` share a plain file of many times `part_bytes`; the rows are the same, in the
    same order, and pass through a private folder in `work`. Raises OSError when the file cannot be
    read, and nothing for what is in it.
    """
    file_bytes = FileBytes(source.path, facility.encoding)
    buffer, counts = RowBuffer(source), FileCounts()
    envelope = Envelope(buffer)
    spans = part_spans(source.path, part_bytes) if processes > 1 and file_bytes.is_plain else []
    if file_bytes.is_damaged:
        buffer.refuse(Reject("file", "file", "gzip_damaged"))
    elif len(spans) >= SHARED_FROM_PARTS:
        whole = (buffer, counts, envelope)
        with (
            TemporaryDirectory(prefix="parts-", dir=work) as folder,
            process_pool(processes) as pool,
        ):
            how = (facility, message_filter, pool, processes, Path(folder))
            yield from read_parts(spans, whole, *how)
    else:
        encoding = None if file_bytes.wide_codec else facility.encoding
        reader = MessageReader(buffer, counts, facility, message_filter, encoding, envelope.take)
        for block in frames(file_bytes.window()):
            yield from reader.read(block)
        yield from reader.end()
    envelope.end()
    yield from buffer.flush()
    digests = (facility.layout_sha256(), message_filter.sha256() if message_filter else None)
    row = source_file_row(source, counts, file_bytes.wide_codec, *digests)
    yield "source_file", pa.RecordBatch.from_pylist([row], schema=SCHEMAS["source_file"])


def source_file_row(
    source: Source,
    counts: FileCounts,
    wide_codec: str | None,
    layout_sha256: str,
    interest_sha256: str | None,
) -> dict[str, object]:
    """The row of raw.source_file of a file with these counts, read with settings and a search of
    these digests."""
    return {
        "facility": source.facility,
        "source_sha256": source.sha256,
        "source_name": source.name,
        "size_bytes": source.size_bytes,
        "delivered_at": source.delivered_at,
        "landed_at": source.landed_at,
        "format": "hl7v2" if counts.n_messages else "unreadable",
        "content": "mixed",
        "encoding": wide_codec or "+".join(sorted(counts.codecs)) or None,
        "n_messages": counts.n_messages,
        "n_results": counts.n_results + counts.n_repeated,
        "n_results_skipped": counts.n_skipped,
        "n_other_rows": counts.n_others,
        "layout_sha256": layout_sha256,
        "interest_sha256": interest_sha256,
        "last_message_at": counts.last_message_at,
    }
