"""The raw.source_file row that closes a file, and the file of which nothing can be read."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from transforms.parse.delimited.refusal import Refusal, Refusals
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source

Batch = tuple[str, pa.RecordBatch]


def source_file(source: Source, facility: Facility, **columns: object) -> Batch:
    """The one-row batch of a source; `columns` are those that only its reader knows."""
    row = {
        "facility": source.facility,
        "source_sha256": source.sha256,
        "source_name": source.name,
        "size_bytes": source.size_bytes,
        "delivered_at": source.delivered_at,
        "landed_at": source.landed_at,
        "n_messages": 0,
        "n_results": 0,
        "n_results_skipped": 0,
        "n_other_rows": 0,
        "layout_sha256": facility.layout_sha256(),
    }
    batch = pa.RecordBatch.from_pylist([row | columns], schema=SCHEMAS["source_file"])
    return "source_file", batch


def unreadable(source: Source, facility: Facility, refusal: Refusal) -> Iterator[Batch]:
    """One reject for the whole file, and its source_file row."""
    yield "reject", Refusals(source, "file").of_file(refusal)
    yield source_file(source, facility, format="unreadable")
