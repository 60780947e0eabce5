"""Rows of persons taken out of raw where the archive has the delivered bytes no more.

What is kept of such a source is its rows alone: those of others stay as they are, and the counts of
its source_file are those of what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from igwatch.base.atomic_file import part_of
from igwatch.site.home import Home
from igwatch.site.person_hash import HashedPersons
from transforms.parse.raw.compaction import extract
from transforms.parse.raw.named_unit import ISSUER, NUMBERS, Named
from transforms.parse.raw.raw_file import raw_path
from transforms.parse.raw.raw_note import MANIFEST, note_parts
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.transaction import carry_out, sole_writer


@dataclass(frozen=True)
class RawSource:
    """A source by its facility and digest, and the name it is to have from now on."""

    facility: str
    sha256: str
    name: str


def remove_rows(home: Home, source: RawSource, persons: HashedPersons) -> None:
    """Write the raw files of a source anew without the rows of these persons."""
    with sole_writer(home.root):
        extract(home.root, source.facility, [source.sha256])
    places = {t: raw_path(home.root, t, source.facility, source.sha256) for t in SCHEMAS}
    tables = {t: pq.read_table(place) for t, place in places.items() if place.exists()}
    kept = {t: _without(t, rows, source.facility, persons) for t, rows in tables.items()}
    if MANIFEST not in kept:
        return
    gone = {t: len(tables[t]) - len(kept[t]) for t in kept}
    kept[MANIFEST] = _recounted(kept[MANIFEST], gone, source.name)
    put: dict[Path, Path] = {}
    drop: list[Path] = []
    try:
        for table, rows in kept.items():
            if not len(rows):
                drop.append(places[table])
                continue
            put[places[table]] = part_of(places[table])
            metadata = {**(rows.schema.metadata or {}), b"source_name": source.name.encode()}
            pq.write_table(
                rows.replace_schema_metadata(metadata),
                put[places[table]],
                compression="zstd",
                write_page_checksum=True,
            )
        note_parts(home.root, put)
        carry_out(home.root, put, drop)
    finally:
        for part in put.values():
            part.unlink(missing_ok=True)


def _without(table: str, rows: pa.Table, facility: str, persons: HashedPersons) -> pa.Table:
    is_kept = [True] * len(rows)
    for of, number, authority in NUMBERS:
        if of != table:
            continue
        columns = (number, authority, *(name for name in ISSUER if name in rows.column_names))
        named = zip(*(rows[column].to_pylist() for column in columns), strict=True)
        is_kept = [
            kept and not (each[0] is not None and persons.is_named(facility, Named(*each)))
            for kept, each in zip(is_kept, named, strict=True)
        ]
    return rows.filter(pa.array(is_kept, pa.bool_()))


def _recounted(manifest: pa.Table, gone: dict[str, int], name: str) -> pa.Table:
    row = manifest.to_pylist()[0]
    n_others = sum(gone.get(table, 0) for table in ("exposure", "merge", "review"))
    n_others += gone.get("patient", 0) if row["content"] == "patients" else 0
    row["n_results"] = (row["n_results"] or 0) - gone.get("observation", 0)
    row["n_other_rows"] = (row["n_other_rows"] or 0) - n_others
    row["source_name"] = name
    return pa.Table.from_pylist([row], manifest.schema)
