"""Landing: a delivered file becomes archived bytes and raw Parquet, once, whole or not at all.

The bytes are archived first, so a file can always be read again with better settings (`reland`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from igwatch.base.atomic_file import private_folder
from transforms.parse.facility.facility import Facility
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.raw.archive import (
    ArchivedFile,
    UnsettledFileError,
    archive_file,
    archive_path,
)
from transforms.parse.raw.compaction import compacted_months, extract, is_landed, manifest
from transforms.parse.raw.landed_before import note_landed
from transforms.parse.raw.raw_file import raw_path, write_raw
from transforms.parse.raw.reading_progress import counted
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source
from transforms.parse.raw.transaction import co_writer, landing_lock, sole_writer
from transforms.parse.source_reader import read_source


@dataclass(frozen=True)
class Landed:
    """What became of one delivered file: its digest, rows by raw table, seconds.

    `is_new` is false for bytes that this facility sent before; `counts` is then empty where the
    file has been compacted since (raw/compaction.py). `left` says why a file was not taken: it
    stays in the inbox for the next landing, and sha256 is ''.
    """

    sha256: str
    is_new: bool
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    left: str | None = None


def land(
    path: Path,
    home: Path,
    facility: Facility,
    message_filter: MessageFilter | None = None,
    processes: int = 1,
) -> Landed:
    """Archive a delivered file and write its rows; the file itself is never touched.

    `message_filter` finds the HL7 messages worth reading; `processes` share one large HL7 file.
    Raises OSError when the disk fails; then nothing is landed and the next landing does it.
    """
    began = time.monotonic()
    try:
        archived = archive_file(path, home)
    except UnsettledFileError:
        return Landed("", False, left="still being written")
    except FileNotFoundError:
        return Landed("", False, left="gone")
    identity = (archived.sha256, archived.size_bytes, archived.mtime_ns)
    with landing_lock(home, facility.name, of_many=False):
        if is_landed(home, facility.name, archived.sha256):
            note_landed(path, home, facility.name, *identity)
            counts = _counts(home, facility.name, archived.sha256)
            return Landed(archived.sha256, False, counts, time.monotonic() - began)
        source = new_source(path, archived, home, facility)
        landed = _write(source, home, facility, message_filter, processes, began)
    note_landed(path, home, facility.name, *identity)
    return landed


def new_source(path: Path, archived: ArchivedFile, home: Path, facility: Facility) -> Source:
    """A file that lands now."""
    name = _name(path, home, facility)
    return Source(
        path=archive_path(home, archived.sha256),
        facility=facility.name,
        sha256=archived.sha256,
        name=name,
        size_bytes=archived.size_bytes,
        delivered_at=_utc(archived.mtime_ns / 1e9),
        landed_at=_utc(time.time()),
    )


def reland(
    sha256: str,
    home: Path,
    facility: Facility,
    message_filter: MessageFilter | None = None,
    processes: int = 1,
) -> Landed:
    """Read a landed file again from the archive, with the facility's settings of now.

    Its rows are replaced; when it landed stays as it was. When the process dies in between,
    `unfinished_relands` names the file.
    Raises FileNotFoundError for bytes that this facility never landed, or the archive lost.
    """
    while True:
        with co_writer(home):
            if sha256 not in compacted_months(home, facility.name):
                return _read_again(sha256, home, facility, message_filter, processes)
        with sole_writer(home):
            extract(home, facility.name, [sha256])


def _read_again(
    sha256: str,
    home: Path,
    facility: Facility,
    message_filter: MessageFilter | None,
    processes: int,
) -> Landed:
    """Replace a loose file's rows; a mark stands in raw/.relanding until that is done."""
    began = time.monotonic()
    source = _landed_source(sha256, home, facility)
    mark = private_folder(home / "raw" / ".relanding" / facility.name) / sha256
    mark.touch(mode=0o600)
    landed = _write(source, home, facility, message_filter, processes, began)
    mark.unlink(missing_ok=True)
    return landed


def _landed_source(sha256: str, home: Path, facility: Facility) -> Source:
    """A file that landed before, as its row of raw.source_file says."""
    row = manifest(home, facility.name, sha256)
    return Source(
        path=archive_path(home, sha256),
        facility=facility.name,
        sha256=sha256,
        name=row["source_name"],
        size_bytes=row["size_bytes"],
        delivered_at=row["delivered_at"],
        landed_at=row["landed_at"],
    )


def unfinished_relands(home: Path) -> list[tuple[str, str]]:
    """(facility, sha256) of files whose rows may be half old and half new: reland them."""
    marks = sorted((home / "raw" / ".relanding").glob("*/*"))
    return [(mark.parent.name, mark.name) for mark in marks]


def _write(
    source: Source,
    home: Path,
    facility: Facility,
    message_filter: MessageFilter | None,
    processes: int,
    began: float,
) -> Landed:
    work = private_folder(home / "work")
    batches = read_source(source, facility, message_filter, processes, work)
    counts = write_raw(home, source, counted(source, batches), facility.layout_sha256())
    return Landed(source.sha256, True, counts, time.monotonic() - began)


def _counts(home: Path, facility: str, sha256: str) -> dict[str, int]:
    """The rows of each raw table that a loose file has."""
    files = {table: raw_path(home, table, facility, sha256) for table in SCHEMAS}
    return {t: pq.read_metadata(file).num_rows for t, file in files.items() if file.exists()}


def _name(path: Path, home: Path, facility: Facility) -> str:
    """The path below inbox/<facility>; of a file that lies elsewhere its name."""
    inbox = (home / "inbox" / facility.name).absolute()
    below = path.absolute()
    return below.relative_to(inbox).as_posix() if below.is_relative_to(inbox) else path.name


def _utc(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC).replace(tzinfo=None)
