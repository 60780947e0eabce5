"""A loss is seen before a night, and mended where the archive still has the bytes.

Three places know of each source file: the ledger that it was published, raw its rows, the archive
its bytes. What raw lacks, or holds otherwise than it was written, is read again from the archive.
What the archive lacks as well ends the night, unless somebody said that it was withdrawn. What the
archive alone lacks is told: nothing is lost yet, and nothing can be read again.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from igwatch.base.error import PipelineError
from igwatch.base.parquet_fault import PARQUET_FAULTS
from igwatch.base.sql import rows
from igwatch.night.forgetting import go_on_forgetting
from igwatch.night.run import landed
from igwatch.site.facility_knowledge import message_filter_of
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import settings_in_force
from transforms.parse.land import unfinished_relands
from transforms.parse.raw.archive import archive_path
from transforms.parse.raw.compaction import SHARED, raw_files
from transforms.parse.raw.damage import RawDamagedError
from transforms.parse.raw.raw_note import MANIFEST, Damage, damages
from transforms.parse.raw.source import Source
from transforms.parse.raw.transaction import read_lock
from transforms.parse.restore import remember, remembered, restore, take_out
from warehouse.decision_record import withdrawn_sources
from warehouse.delivered import DELIVERED, delivered
from warehouse.ledger import last_publication, sha256_of
from warehouse.settle import settle

log = logging.getLogger("igwatch")
DIGEST = re.compile(r"[0-9a-f]{64}")
Key = tuple[str, str]


@dataclass(frozen=True)
class Losses:
    """What is not where it should be: files of raw that are damaged; (facility, sha256) of what
    raw lacks and the archive has, of what neither has, and of what the archive alone lacks."""

    damaged: tuple[Damage, ...] = ()
    unread: tuple[Key, ...] = ()
    gone: tuple[Key, ...] = ()
    unarchived: tuple[Key, ...] = ()


def mend_losses(home: Home, settings: Settings) -> None:
    """Finish what was cut short, forgetting somebody before all else, and read what raw lost again
    from the archive; told in the log.

    The caller holds the home. Raises LedgerError for a ledger that lost something, PipelineError
    for files that are lost, FacilityError for a bad facility file of what is to be read again.
    """
    go_on_forgetting(home, settings)
    settle(home.root)
    gone = _set_damaged_aside(home)
    found = losses(home)
    facts = delivered(home.root)
    remember(home.root, [_as_delivered(home, key, facts.get(key)) for key in found.unread])
    _restore(home, settings)
    refuse_lost([*gone, *found.gone])


@contextmanager
def damage_told(home: Home) -> Iterator[None]:
    """A step that cannot read raw because a file of it is damaged: told in one line, and the file
    is taken out, so that the next night reads its sources again. Raises PipelineError."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, UnicodeDecodeError, RawDamagedError):
        damaged = [str(damage) for damage in damages(home.root, deep=True)]
        if not damaged:
            raise
        refuse_lost(_set_damaged_aside(home, deep=True))
        more = f" (and {len(damaged) - 1} more)" if damaged[1:] else ""
        raise PipelineError(
            f"raw is damaged: {damaged[0]}{more};", "run this again: it is read from the archive"
        ) from None


def refuse_lost(gone: Collection[Key]) -> None:
    """Raises PipelineError where files are lost."""
    if gone:
        facility = min(name for name, _ in gone)
        raise PipelineError(
            f"{_counted(gone)} are lost: the ledger knows them, neither raw nor the archive has "
            "their rows;",
            "bring archive/ back from a backup, or, if they were withdrawn on purpose: "
            f"igwatch withdraw {facility} --why '...'",
        )


def losses(home: Home, deep: bool = False) -> Losses:
    """What is lost, nothing mended. Deep: raw by its digests too."""
    withdrawn = withdrawn_sources(home.root)
    damaged = tuple(damages(home.root, deep))
    last = last_publication(home.root)
    known = {*last.sources, *last.findings.withheld} - withdrawn if last else set()
    in_raw = set(landed(home))
    lacking = sorted(known - in_raw - {(s.facility, s.sha256) for s in remembered(home.root)})
    return Losses(
        damaged,
        tuple(key for key in lacking if _is_archived(home, key)),
        tuple(key for key in lacking if not _is_archived(home, key)),
        tuple(unarchived(home, withdrawn)),
    )


def unarchived(home: Home, withdrawn: Collection[Key] | None = None) -> list[Key]:
    """(facility, sha256) of what raw holds and the archive lacks, or holds in another size."""
    known = withdrawn_sources(home.root) if withdrawn is None else withdrawn
    return [
        (row["facility"], row["source_sha256"])
        for row in source_files(home).to_pylist()
        if (row["facility"], row["source_sha256"]) not in known
        and not _has_size(archive_path(home.root, row["source_sha256"]), row["size_bytes"])
    ]


def told(unarchived: Collection[Key]) -> str:
    """The message about what the archive lacks."""
    facility = min(name for name, _ in unarchived)
    return (
        f"the archive lacks {_counted(unarchived)} that raw holds: they cannot be read again. "
        "Bring archive/ back from a backup, or, if they were withdrawn on purpose: "
        f"igwatch withdraw {facility} --why '...'"
    )


def source_files(home: Home) -> pa.Table:
    """How each landed file came, as raw says (DELIVERED)."""
    files = raw_files(home.root, MANIFEST)
    if files is None:
        return DELIVERED.empty_table()
    columns = ", ".join(DELIVERED.names)
    with read_lock(home.root), duckdb.connect() as con:
        found = rows(con, f"SELECT {columns} FROM read_parquet($1, union_by_name => true)", [files])
    return found.cast(DELIVERED)


def _set_damaged_aside(home: Home, deep: bool = False) -> list[Key]:
    """Take damaged sources and months out of raw once what is to be read again is remembered;
    those that the archive cannot give back stay as they are and are returned."""
    half_made = set(unfinished_relands(home.root))
    gone: list[Key] = []
    for facility, name in sorted(
        {(d.facility, d.name) for d in damages(home.root, deep)} - half_made
    ):
        facts = _facts_of(home, facility, name)
        lost = [key for key in facts if not _is_archived(home, key)]
        gone += lost
        if not lost:
            remember(home.root, [_as_delivered(home, key, row) for key, row in facts.items()])
            take_out(home.root, facility, name)
            log.warning("raw of %s is damaged: %s is taken out", facility, name[:12])
    for facility, name in sorted(_shared_without_sources(home)):
        take_out(home.root, facility, name)
    return gone


def _facts_of(home: Home, facility: str, name: str) -> dict[Key, dict | None]:
    """How the sources of a damaged file of raw came. Where their own record cannot be read, its
    name or the rows beside it name them, and the ledger says the rest of what was published."""
    try:
        found = pq.read_table(
            home.raw / MANIFEST / facility / f"{name}.parquet", columns=DELIVERED.names
        ).to_pylist()
    except PARQUET_FAULTS:
        known = delivered(home.root)
        named = {name} if DIGEST.fullmatch(name) else _named_in_rows(home, facility, name)
        return {(facility, sha256): known.get((facility, sha256)) for sha256 in sorted(named)}
    return {(facility, row["source_sha256"]): row for row in found}


def _named_in_rows(home: Home, facility: str, name: str) -> set[str]:
    """The sources of a month or pack, of those of its tables that can be read."""
    named: set[str] = set()
    for path in home.raw.glob(f"*/{facility}/{name}.parquet"):
        with suppress(*PARQUET_FAULTS):
            named.update(
                pq.read_table(path, columns=["source_sha256"])["source_sha256"].to_pylist()
            )
    return named


def _shared_without_sources(home: Home) -> set[Key]:
    """Months and packs without their source_file: what is read again would stand beside their
    rows, under another name."""
    found = {(path.parent.name, path.stem) for path in home.raw.glob(f"*/*/{SHARED}")}
    return {
        (facility, name)
        for facility, name in found
        if not (home.raw / MANIFEST / facility / f"{name}.parquet").is_file()
    }


def _restore(home: Home, settings: Settings) -> None:
    waiting = remembered(home.root)
    in_force = settings_in_force(home, {source.facility for source in waiting})
    for source in waiting:
        if source.facility not in in_force.of:  # without its rows its patients would be lost
            raise in_force.faults[source.facility]
        feed = in_force.of[source.facility].facility
        restore(source, home.root, feed, message_filter_of(feed), settings.workers)
    if waiting:
        counted = _counted([_key(source) for source in waiting])
        log.warning("raw had lost %s: read again from the archive", counted)


def _as_delivered(home: Home, key: Key, facts: dict | None) -> Source:
    """The source as it came. Where an older igwatch noted nothing, the file that still lies in the
    inbox tells its name and time, else the archived bytes tell when they came."""
    path = archive_path(home.root, key[1])
    size, archived_at = path.stat().st_size, _modified(path)
    if facts is None:
        known = _in_the_inbox(home, key, size) or (key[1][:12], archived_at)
        facts = dict(zip(("source_name", "delivered_at"), known, strict=True))
    return Source(
        path,
        *key,
        facts["source_name"],
        size,
        facts["delivered_at"],
        facts.get("landed_at") or archived_at,
    )


def _in_the_inbox(home: Home, key: Key, size: int) -> tuple[str, datetime] | None:
    facility, sha256 = key
    inbox = home.inbox / facility
    for path in sorted(inbox.rglob("*")):
        if path.is_file() and path.stat().st_size == size and sha256_of(path) == sha256:
            return path.relative_to(inbox).as_posix(), _modified(path)
    return None


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)


def _key(source: Source) -> Key:
    return source.facility, source.sha256


def _is_archived(home: Home, key: Key) -> bool:
    return archive_path(home.root, key[1]).is_file()


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _counted(keys: Iterable[Key]) -> str:
    """`2 files of north, 1 of south`."""
    counts = sorted(Counter(name for name, _ in keys).items())
    first, *more = [f"{n} {'file' if n == 1 else 'files'} of {name}" for name, n in counts]
    return ", ".join([first, *(text.replace(" files", "").replace(" file", "") for text in more)])
