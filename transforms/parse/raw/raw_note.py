"""What raw is made of, noted beside it: rows, bytes and SHA-256 of each file of a source, a pack of
sources or a month.

raw/.note/<facility>/<name>.json is named as the files are, by a source's digest or from YYYY-MM. It
is written just before the source_file, which makes the rows count. Files that were written before
there were notes have none; nothing is said of them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pyarrow.parquet as pq

from igwatch.base.atomic_file import part_of, private_folder
from igwatch.base.parquet_fault import PARQUET_FAULTS
from transforms.parse.raw.schema import SCHEMAS

MANIFEST = "source_file"


@dataclass(frozen=True)
class Damage:
    """A file of raw that is not what was written: whose, its name (a source's digest or YYYY-MM),
    its table, and in a few words what is wrong."""

    facility: str
    name: str
    table: str
    what: str

    @property
    def path(self) -> str:
        """Below the home."""
        return f"raw/{self.table}/{self.facility}/{self.name}.parquet"

    def __str__(self) -> str:
        return f"{self.facility} {self.name[:12]} {self.table}: {self.what}"


def note_path(home: Path, facility: str, name: str) -> Path:
    return home / "raw" / ".note" / facility / f"{name}.json"


def note(path: Path, files: Mapping[str, Path]) -> None:
    """Note these files, by table, at `path`; they may still have the names of parts.

    The disk is not waited for: a note that a lost machine left half written is a damage, and the
    source is read again.
    """
    content = json.dumps({table: _described(file) for table, file in files.items()})
    part = private_folder(path.parent) / f".{uuid4().hex}.part"
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def note_parts(home: Path, put: dict[Path, Path]) -> None:
    """Add to `put`, files of raw by their place and what they are written as, their notes."""
    notes: dict[Path, dict[str, Path]] = {}
    for place, part in put.items():
        of = note_path(home, place.parent.name, place.stem)
        notes.setdefault(of, {})[place.parent.parent.name] = part
    for place, parts in notes.items():
        put[place] = part_of(place)
        note(put[place], parts)


def _described(file: Path) -> dict[str, object]:
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    size = file.stat().st_size
    return {"rows": pq.read_metadata(file).num_rows, "bytes": size, "sha256": sha256}


def damages(home: Path, deep: bool = False) -> Iterator[Damage]:
    """Every file of raw that is missing, or not of the size that was noted; where a note cannot be
    read, its source_file. Deep: also by rows and digest, and what has no note must be readable.

    A source or month without its source_file is not in raw: nothing is said of what is left of it.
    """
    raw = home / "raw"
    for facility in sorted(folder.name for folder in (raw / MANIFEST).glob("*")):
        sizes = {table: _sizes(raw / table / facility) for table in SCHEMAS}
        for name in sorted(sizes[MANIFEST]):
            noted = _noted(note_path(home, facility, name))
            if noted is None:
                yield Damage(facility, name, MANIFEST, "its note cannot be read")
                continue
            for table in SCHEMAS:
                file = raw / table / facility / f"{name}.parquet"
                what = _fault(file, sizes[table].get(name), noted, table, deep)
                if what:
                    yield Damage(facility, name, table, what)


def _sizes(folder: Path) -> dict[str, int]:
    """The size of each Parquet file of a folder, by its name."""
    if not folder.is_dir():
        return {}
    with os.scandir(folder) as entries:
        return {
            entry.name.removesuffix(".parquet"): entry.stat().st_size
            for entry in entries
            if entry.name.endswith(".parquet")
        }


def _noted(path: Path) -> dict[str, dict[str, object]] | None:
    """What is noted, {} where nothing is, None for a damaged note."""
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return None
    return noted if isinstance(noted, dict) else None


def _fault(
    file: Path, size: int | None, noted: dict[str, dict[str, object]], table: str, deep: bool
) -> str | None:
    """What is wrong with a file of this size, None for one that is not there."""
    if not noted:  # of an older igwatch
        return "cannot be read" if deep and size is not None and not _is_readable(file) else None
    if table not in noted:
        return None if size is None else "was never written"
    if size is None:
        return "is missing"
    if size != noted[table]["bytes"]:
        return f"has {size} bytes, {noted[table]['bytes']} were written"
    if deep and _described_or_none(file) != noted[table]:
        return "its bytes have changed"
    return None


def _described_or_none(file: Path) -> dict[str, object] | None:
    try:
        return _described(file)
    except PARQUET_FAULTS:
        return None


def _is_readable(file: Path) -> bool:
    try:
        for _ in pq.ParquetFile(file, page_checksum_verification=True).iter_batches():
            pass
    except PARQUET_FAULTS:
        return False
    return True
