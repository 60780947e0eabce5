"""Landed files that would be read in another way now than they were.

A source file's row keeps the digest of the settings and of the search it was read with. Where one
of them is not today's, its rows are made again from the archive: what a new mapping makes readable
comes back at its true dates, and what was landed when stays known.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import duckdb

from igwatch.base.sql import rows
from igwatch.site.facility_knowledge import message_filter_of, read_facility
from igwatch.site.home import Home
from transforms.parse.land import unfinished_relands
from transforms.parse.raw.archive import archive_path
from transforms.parse.raw.compaction import raw_files
from transforms.parse.raw.transaction import read_lock

log = logging.getLogger("igwatch")
_READ = "FROM read_parquet($1, union_by_name => true) ORDER BY facility, source_sha256"


@dataclass(frozen=True)
class Outdated:
    """A landed file to be read again; its size is that of its bytes as delivered."""

    facility: str
    sha256: str
    size_bytes: int


def outdated(home: Home) -> list[Outdated]:
    """The landed files whose rows are not those of today's settings, and those left half made.

    A file whose bytes the archive has lost stays as it was read, and the log says so.
    Raises FacilityError for a bad facility file.
    """
    files = raw_files(home.root, "source_file")
    if files is None:
        return []
    with read_lock(home.root), duckdb.connect() as con:
        landed = rows(con, _READ, [files]).to_pylist()
    today = {name: _digests(home, name) for name in {row["facility"] for row in landed}}
    half_made = set(unfinished_relands(home.root))
    old = [
        Outdated(row["facility"], row["source_sha256"], row["size_bytes"])
        for row in landed
        if (row["facility"], row["source_sha256"]) in half_made
        or _is_outdated(row, *today[row["facility"]])
    ]
    kept = [file for file in old if archive_path(home.root, file.sha256).exists()]
    if len(kept) < len(old):
        log.warning(
            "%d files cannot be read again: not in the archive; see igwatch verify",
            len(old) - len(kept),
        )
    return kept


def _digests(home: Home, name: str) -> tuple[str, str]:
    facility = read_facility(home, name)
    return facility.layout_sha256(), message_filter_of(facility).sha256()


def _is_outdated(row: dict[str, object], layout: str, message_filter: str) -> bool:
    """Where nothing was searched for (a delimited file) everything was read."""
    searched = row.get("interest_sha256")
    return row["layout_sha256"] != layout or searched not in (None, message_filter)
