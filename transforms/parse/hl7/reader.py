"""Reads a file of HL7 v2 messages into the raw tables, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pyarrow as pa

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
    interest: MessageFilter | None = None,
    processes: int = 1,
    part_bytes: int = PART_BYTES,
) -> Iterator[Batch]:
    """(raw table, batch) for every message of the file; ("source_file", one row) is the last.

    `interest` names the messages worth reading, others are only counted; None reads all. More
    `processes` share a plain file of many times `part_bytes`; the rows are the same, in the same
    order.
    Raises OSError when the file cannot be read, and nothing for what is in it.
    """
    content = FileBytes(source.path, facility.encoding)
    store, tally = RowBuffer(source), FileCounts()
    envelope = Envelope(store)
    parts = part_spans(source.path, part_bytes) if processes > 1 and content.is_plain else []
    if content.is_damaged:
        store.refuse(Reject("file", "file", "gzip_damaged"))
    elif len(parts) >= SHARED_FROM_PARTS:
        whole = (store, tally, envelope)
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            yield from read_parts(parts, whole, facility, interest, pool, processes)
    else:
        encoding = None if content.wide_codec else facility.encoding
        reading = MessageReader(store, tally, facility, interest, encoding, envelope.take)
        for block in frames(content.window()):
            yield from reading.read(block)
        yield from reading.end()
    envelope.end()
    yield from store.flush()
    yield "source_file", _source_file(source, facility, interest, content, tally)


def _source_file(
    source: Source,
    facility: Facility,
    interest: MessageFilter | None,
    content: FileBytes,
    tally: FileCounts,
) -> pa.RecordBatch:
    sums = {
        "facility": source.facility,
        "source_sha256": source.sha256,
        "source_name": source.name,
        "size_bytes": source.size_bytes,
        "delivered_at": source.delivered_at,
        "landed_at": source.landed_at,
        "format": "hl7v2" if tally.n_messages else "unreadable",
        "content": "mixed",
        "encoding": content.wide_codec or "+".join(sorted(tally.codecs)) or None,
        "n_messages": tally.n_messages,
        "n_results": tally.n_results + tally.n_repeated,
        "n_results_skipped": tally.n_skipped,
        "n_other_rows": tally.n_others,
        "layout_sha256": facility.layout_sha256(),
        "interest_sha256": interest.sha256() if interest else None,
        "last_message_at": tally.last_message_at,
    }
    return pa.RecordBatch.from_pylist([sums], schema=SCHEMAS["source_file"])
