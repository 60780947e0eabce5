"""A source file's rows as Parquet: raw/<table>/<facility>/<sha256>.parquet, one per table.

Many small files that land together share one: a pack, <YYYY-MM>-<digest>.parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from igwatch.base.atomic_file import part_of, put_in_place
from transforms.parse.raw.raw_note import MANIFEST, note, note_parts, note_path
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source
from transforms.parse.raw.transaction import carry_out

ROW_GROUP_ROWS = 122_880  # DuckDB's own: a thread scans a row group
BUFFER_BYTES = 64 << 20


def raw_path(home: Path, table: str, facility: str, sha256: str) -> Path:
    """Where the rows of one table of one source file lie."""
    return home / "raw" / table / facility / f"{sha256}.parquet"


def write_raw(
    home: Path, source: Source, batches: Iterable[tuple[str, pa.RecordBatch]], layout_sha256: str
) -> dict[str, int]:
    """Write the (raw table, batch) pairs that a reader yields; return the number of rows by table.

    Each file takes its name when all are written, source_file last: where it is, all are. Their
    digests are noted (raw_note.py). Tables without rows have no file, also where an earlier reading
    had one.
    """
    provenance = {
        "facility": source.facility,
        "source_sha256": source.sha256,
        "source_name": source.name,
        "layout_sha256": layout_sha256,
    }
    place = {table: raw_path(home, table, source.facility, source.sha256) for table in SCHEMAS}
    parts = _UnnamedFiles(place, provenance)
    try:
        parts.write(batches)
        parts.put_in_place(note_path(home, source.facility, source.sha256))
    finally:
        parts.discard()
    return parts.counts


def write_pack(
    home: Path,
    facility: str,
    name: str,
    batches: Iterable[tuple[str, pa.RecordBatch]],
    layout_sha256: str,
    before_names: Callable[[], None],
) -> None:
    """Write the rows of many source files into one file a table: raw/<table>/<facility>/<name>.

    `before_names` is called when all are written. They take their names together or not at all,
    also when the process dies in between.
    """
    place = {table: raw_path(home, table, facility, name) for table in SCHEMAS}
    parts = _UnnamedFiles(place, {"facility": facility, "layout_sha256": layout_sha256})
    put: dict[Path, Path] = {}
    try:
        parts.write(batches)
        put = {place[table]: part for table, part in parts.part.items()}
        note_parts(home, put)
        before_names()
        carry_out(home, put, [])
    finally:
        parts.discard()
        for part in put.values():
            part.unlink(missing_ok=True)


class _UnnamedFiles:
    """The Parquet files of one landing, written beside their places until all are complete."""

    def __init__(self, place: Mapping[str, Path], provenance: dict[str, str]) -> None:
        self._place = place
        self._provenance = provenance
        self.part: dict[str, Path] = {}
        self._writer: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, list[pa.RecordBatch]] = {}
        self.counts: dict[str, int] = {}

    def write(self, batches: Iterable[tuple[str, pa.RecordBatch]]) -> None:
        """Write one batch while the next is read: both sides release Python's global lock."""
        with ThreadPoolExecutor(max_workers=1) as writing:
            before: Future | None = None
            for table, batch in batches:
                if before:
                    before.result()
                before = writing.submit(self._add, table, batch)
            if before:
                before.result()
        for table in [table for table, waiting in self._waiting.items() if waiting]:
            self._flush(table)
        for writer in self._writer.values():
            writer.close()

    def _add(self, table: str, batch: pa.RecordBatch) -> None:
        waiting = self._waiting.setdefault(table, [])
        waiting.append(batch)
        self.counts[table] = self.counts.get(table, 0) + batch.num_rows
        n_rows = sum(each.num_rows for each in waiting)
        if n_rows >= ROW_GROUP_ROWS or sum(each.nbytes for each in waiting) >= BUFFER_BYTES:
            self._flush(table)

    def _flush(self, table: str) -> None:
        if table not in self._writer:
            self.part[table] = part_of(self._place[table])
            schema = SCHEMAS[table].with_metadata(self._provenance)
            self._writer[table] = pq.ParquetWriter(
                self.part[table], schema, compression="zstd", write_page_checksum=True
            )
        rows = pa.Table.from_batches(self._waiting[table], SCHEMAS[table])
        self._writer[table].write_table(rows, row_group_size=max(rows.num_rows, 1))
        self._waiting[table] = []

    def put_in_place(self, noted_at: Path) -> None:
        """Give the files their names, source_file last, their note before it; remove those of an
        earlier reading."""
        for table in sorted(SCHEMAS, key=lambda t: t == MANIFEST):
            if table == MANIFEST:
                named = {t: self._place[t] for t in self.part}
                note(noted_at, named | {MANIFEST: self.part[MANIFEST]})
            if table in self.part:
                put_in_place(self.part[table], self._place[table])
            else:
                self._place[table].unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove whatever has no name yet: after an error everything, else nothing."""
        for writer in self._writer.values():
            writer.close()
        for part in self.part.values():
            part.unlink(missing_ok=True)
