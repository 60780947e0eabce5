"""Damaged files of raw, found when a query over raw fails, and told by name with the mend.

The next run reads anew from the archive what they held (igwatch/night/loss.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from igwatch.base.error import IgwatchError
from igwatch.base.parquet_fault import PARQUET_FAULTS
from transforms.parse.raw.schema import SCHEMAS

MEND = "igwatch run reads what it held anew from the archive"


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
        place = damaged.relative_to(home).as_posix()
        raise RawDamagedError(f"{place} cannot be read: it is damaged or empty", MEND) from None


def first_damaged(home: Path) -> Path | None:
    """The first file of raw that cannot be read, those with a broken footer first."""
    files = [
        path for table in SCHEMAS for path in sorted((home / "raw" / table).glob("*/*.parquet"))
    ]
    for read in (pq.read_metadata, pq.read_table):
        for path in files:
            try:
                read(path)
            except PARQUET_FAULTS:
                return path
    return None


def _may_be_damage(error: BaseException | None) -> bool:
    """Whether DuckDB failed, perhaps below an error of ours, and not for want of memory."""
    while error is not None:
        if isinstance(error, duckdb.Error):
            return not isinstance(error, duckdb.OutOfMemoryException)
        error = error.__context__
    return False
