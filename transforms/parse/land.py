"""Landing: a delivered file becomes archived bytes and raw Parquet, once, whole or not at all."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from igwatch.base.atomic_file import private_folder
from transforms.parse.facility.facility import Facility
from transforms.parse.hl7.message_filter import Interest
from transforms.parse.raw.archive import UnsettledFileError, archive_path, keep
from transforms.parse.raw.compaction import is_landed, manifest, packed, unpack
from transforms.parse.raw.landed_before import note_landed
from transforms.parse.raw.raw_file import raw_path, write_raw
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source
from transforms.parse.raw.transaction import co_writer, sole_writer
from transforms.parse.source_reader import read_source


@dataclass(frozen=True)
class Landed:
    """What became of one delivered file: its address, rows by raw table, seconds.

    `is_new` is false for bytes that this facility sent before; then the rows of a file that has
    been packed since (pack.py) are not counted. `left` says why a file was not
    taken; it then lies in the inbox for the next landing and sha256 is ''.
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
    interest: Interest | None = None,
    processes: int = 1,
) -> Landed:
    """Archive a delivered file and write its rows; the file itself is never touched.

    `interest` names the HL7 messages worth reading; `processes` share one large HL7 file.
    Raises OSError when the disk fails; then nothing is landed and the next landing does it.
    """
    began = time.monotonic()
    try:
        kept = keep(path, home)
    except UnsettledFileError:
        return Landed("", False, left="still being written")
    except FileNotFoundError:
        return Landed("", False, left="gone")
    known_as = (kept.sha256, kept.size_bytes, kept.mtime_ns)
    if is_landed(home, facility.name, kept.sha256):
        note_landed(path, home, facility.name, *known_as)
        counts = _counts(home, facility.name, kept.sha256)
        return Landed(kept.sha256, False, counts, time.monotonic() - began)
    source = Source(
        path=archive_path(home, kept.sha256),
        facility=facility.name,
        sha256=kept.sha256,
        name=_name(path, home, facility),
        size_bytes=kept.size_bytes,
        delivered_at=_utc(kept.mtime_ns / 1e9),
        landed_at=_utc(time.time()),
    )
    landed = _written(source, home, facility, interest, processes, began)
    note_landed(path, home, facility.name, *known_as)
    return landed


def reland(
    sha256: str,
    home: Path,
    facility: Facility,
    interest: Interest | None = None,
    processes: int = 1,
) -> Landed:
    """Read a landed file again from the archive, with the facility's settings of now.

    Its rows are replaced; when it landed stays as it was. When the process dies in between,
    `unfinished_relands` names the file.
    Raises FileNotFoundError for bytes that this facility never landed, or the archive lost.
    """
    while True:
        with co_writer(home):
            if sha256 not in packed(home, facility.name):
                return _read_again(sha256, home, facility, interest, processes)
        with sole_writer(home):
            unpack(home, facility.name, [sha256])


def _read_again(
    sha256: str, home: Path, facility: Facility, interest: Interest | None, processes: int
) -> Landed:
    began = time.monotonic()
    row = manifest(home, facility.name, sha256)
    source = Source(
        path=archive_path(home, sha256),
        facility=facility.name,
        sha256=sha256,
        name=row["source_name"],
        size_bytes=row["size_bytes"],
        delivered_at=row["delivered_at"],
        landed_at=row["landed_at"],
    )
    mark = private_folder(home / "raw" / ".relanding" / facility.name) / sha256
    mark.touch(mode=0o600)
    landed = _written(source, home, facility, interest, processes, began)
    mark.unlink(missing_ok=True)
    return landed


def unfinished_relands(home: Path) -> list[tuple[str, str]]:
    """(facility, sha256) of files whose rows may be half old and half new: reland them."""
    marks = sorted((home / "raw" / ".relanding").glob("*/*"))
    return [(mark.parent.name, mark.name) for mark in marks]


def _written(
    source: Source,
    home: Path,
    facility: Facility,
    interest: Interest | None,
    processes: int,
    began: float,
) -> Landed:
    batches = read_source(source, facility, interest, processes)
    counts = write_raw(home, source, batches, facility.layout_sha256())
    return Landed(source.sha256, True, counts, time.monotonic() - began)


def _counts(home: Path, facility: str, sha256: str) -> dict[str, int]:
    files = {table: raw_path(home, table, facility, sha256) for table in SCHEMAS}
    return {t: pq.read_metadata(file).num_rows for t, file in files.items() if file.exists()}


def _name(path: Path, home: Path, facility: Facility) -> str:
    """The path below inbox/<facility>; of a file that lies elsewhere its name."""
    inbox = (home / "inbox" / facility.name).absolute()
    below = path.absolute()
    return below.relative_to(inbox).as_posix() if below.is_relative_to(inbox) else path.name


def _utc(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC).replace(tzinfo=None)
