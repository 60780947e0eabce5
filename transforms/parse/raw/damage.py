"""Damaged files of raw, found when a query over raw fails, and told by name with the mend.

Their bytes are in the archive. A loose file is marked as one whose rows may be half made, so that
the next landing reads it anew from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from igwatch.base.atomic_file import private_folder
from igwatch.base.error import IgwatchError
from transforms.parse.raw.raw_file import MANIFEST
from transforms.parse.raw.schema import SCHEMAS

_SHA256_SIGNS = 64
READ_AGAIN = "run again: its rows are then read anew from the archive"
FROM_BACKUP = "bring the file back from a backup, as docs/runbook.md says"


class RawDamagedError(IgwatchError):
    """A file of raw that cannot be read; the text names it, the mend says how it comes back."""


@contextmanager
def damage_told(home: Path) -> Iterator[None]:
    """Raises RawDamagedError where DuckDB fails within this block and a file of raw is damaged."""
    try:
        yield
    except Exception as error:
        if not _may_be_damage(error):
            raise
        damaged = first_damaged(home)
        if damaged is None:
            raise
        mend = READ_AGAIN if _is_marked(home, damaged) else FROM_BACKUP
        place = damaged.relative_to(home).as_posix()
        raise RawDamagedError(f"{place} cannot be read: it is damaged or empty", mend) from None


def first_damaged(home: Path) -> Path | None:
    """The first file of raw that cannot be read, those with a broken footer first."""
    files = [
        path for table in SCHEMAS for path in sorted((home / "raw" / table).glob("*/*.parquet"))
    ]
    for read in (pq.read_metadata, pq.read_table):
        for path in files:
            try:
                read(path)
            except (OSError, pa.ArrowException):
                return path
    return None


def _may_be_damage(error: BaseException | None) -> bool:
    """Whether DuckDB failed, perhaps below an error of ours, and not for want of memory."""
    while error is not None:
        if isinstance(error, duckdb.Error):
            return not isinstance(error, duckdb.OutOfMemoryException)
        error = error.__context__
    return False


def _is_marked(home: Path, damaged: Path) -> bool:
    """Mark a loose file's rows as half made; False where no landing could read it anew."""
    sha256, facility = damaged.stem, damaged.parent.name
    archived = home / "archive" / sha256[:2] / sha256
    if damaged.parent.parent.name == MANIFEST or len(sha256) != _SHA256_SIGNS:
        return False
    if not archived.exists():
        return False
    (private_folder(home / "raw" / ".relanding" / facility) / sha256).touch(mode=0o600)
    return True
