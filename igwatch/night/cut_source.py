"""A source file that somebody is taken out of: in the archive, in raw, in the inbox.

Every step can be done again: killed between two of them, all are done by the next run.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from igwatch.base.atomic_file import part_of, put_in_place
from igwatch.night.row_removal import RawSource, remove_rows
from igwatch.night.run import landed
from igwatch.site.facility_knowledge import message_filter_of
from igwatch.site.home import Home
from igwatch.site.person_hash import HashedPersons
from transforms.parse.facility.canonical_file import FILE_KINDS, is_named
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.archive import archive_path
from transforms.parse.raw.compaction import extract, is_landed
from transforms.parse.raw.landed_before import note_again, note_landed
from transforms.parse.raw.named_unit import Cut
from transforms.parse.raw.source import Source
from transforms.parse.raw.transaction import sole_writer
from transforms.parse.restore import remember, remembered, restore, take_out
from transforms.parse.unit_cut import write_cut
from warehouse.ledger import sha256_of

_OUR_PART = re.compile(r"\.[0-9a-f]{32}\.part")  # base/atomic_file.py


@dataclass(frozen=True)
class CutSource:
    """A landed file and what is left of it: its digest before and after (None: nothing is left),
    its name, neutral where the delivered one told who it is about (`is_renamed`); size before."""

    facility: str
    sha256: str
    left: str | None
    name: str
    is_renamed: bool
    size_bytes: int
    delivered_at: datetime
    landed_at: datetime

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> CutSource:
        """What `asdict` and JSON made this of."""
        times = {n: datetime.fromisoformat(kept[n]) for n in ("delivered_at", "landed_at")}
        return cls(**{**kept, **times})


def source_of(home: Home, row: Mapping[str, Any]) -> Source:
    """A landed file by its row of raw.source_file."""
    named = ("facility", "source_sha256", "source_name", "size_bytes", "delivered_at", "landed_at")
    return Source(archive_path(home.root, row["source_sha256"]), *(row[name] for name in named))


def archive_cut(
    home: Home, source: Source, cut: Cut, feed: Facility, is_renamed: bool
) -> CutSource:
    """Write what is left of a source into the archive, beside it."""
    left: str | None = None
    if not cut.n_theirs:
        left = source.sha256
    elif cut.n_others:
        part = part_of(source.path)
        try:
            left = write_cut(source, cut, part, feed)
            place = archive_path(home.root, left)
            if not place.exists():
                put_in_place(_beside(part, place), place)
        finally:
            part.unlink(missing_ok=True)
    name = neutral_name(source) if is_renamed else source.name
    times = (source.delivered_at, source.landed_at)
    return CutSource(
        source.facility, source.sha256, left, name, is_renamed, source.size_bytes, *times
    )


def _beside(part: Path, place: Path) -> Path:
    """The part, copied into the folder of its place: nothing is renamed between folders."""
    copy = part_of(place)
    shutil.copyfile(part, copy)
    return copy


def neutral_name(source: Source) -> str:
    """A name that tells what kind of file it is and nothing else."""
    kind = next((kind.name for kind in FILE_KINDS if is_named(kind, source.name)), "file")
    return f"{kind}-{source.sha256[:12]}{''.join(Path(source.name).suffixes[-2:])}"


def replace_in_raw(
    home: Home,
    cuts: Sequence[CutSource],
    feed: Facility,
    persons: HashedPersons,
    workers: int,
) -> None:
    """Take the rows of sources of a facility out of raw, and read what is left of each; where the
    archive has the bytes of one no more, take out the rows of these persons alone."""
    with sole_writer(home.root):
        extract(home.root, feed.name, [cut.sha256 for cut in cuts])
    for cut in cuts:
        if not is_landed(home.root, feed.name, cut.sha256):
            continue
        if cut.left == cut.sha256 and not archive_path(home.root, cut.sha256).is_file():
            remove_rows(home, RawSource(feed.name, cut.sha256, cut.name), persons)
        else:
            if _is_to_be_read(home, cut):
                remember(home.root, [_left_source(home, cut)])
            take_out(home.root, feed.name, cut.sha256)
    left = {cut.left for cut in cuts}
    for source in remembered(home.root):
        if source.facility == feed.name and source.sha256 in left:
            restore(source, home.root, feed, message_filter_of(feed), workers)
    note_again(home.root, feed.name, {cut.sha256: cut.left for cut in cuts})


def _is_to_be_read(home: Home, cut: CutSource) -> bool:
    """Unless nothing is left, or it was delivered before as what is left now."""
    if cut.left is None:
        return False
    return cut.left == cut.sha256 or not is_landed(home.root, cut.facility, cut.left)


def _left_source(home: Home, cut: CutSource) -> Source:
    place = archive_path(home.root, str(cut.left))
    size = place.stat().st_size
    left = (place, cut.facility, str(cut.left), cut.name, size)
    return Source(*left, cut.delivered_at, cut.landed_at)


def remove_originals(home: Home, cuts: Iterable[CutSource]) -> None:
    """Remove the archived bytes as delivered that no facility has any more."""
    known = {sha256 for _, sha256 in landed(home)}
    for cut in cuts:
        if cut.sha256 not in known:
            archive_path(home.root, cut.sha256).unlink(missing_ok=True)


def replace_in_inbox(home: Home, cuts: Sequence[CutSource], feed: str) -> tuple[int, int]:
    """Put what is left of sources in place of them wherever they still lie in a feed's inbox; how
    many files were changed, and how many cannot be."""
    for left_by_a_kill in (home.inbox / feed).rglob(".*.part"):
        if _OUR_PART.fullmatch(left_by_a_kill.name):
            left_by_a_kill.unlink()
    n_changed = n_left = 0
    sizes = {cut.size_bytes for cut in cuts}
    of = {cut.sha256: cut for cut in cuts}
    for path in sorted((home.inbox / feed).rglob("*")):
        if path.is_symlink() or not path.is_file() or path.stat().st_size not in sizes:
            continue
        if (cut := of.get(sha256_of(path))) is None:
            continue
        try:
            _replace(home, path, cut)
            n_changed += 1
        except OSError:  # a share that is read only, a folder of somebody else's
            n_left += 1
    return n_changed, n_left


def _replace(home: Home, path: Path, cut: CutSource) -> None:
    if cut.left is None:
        path.unlink()
        return
    before = path.stat()
    target = path.with_name(Path(cut.name).name) if cut.is_renamed else path
    part = part_of(path)
    try:
        shutil.copyfile(archive_path(home.root, cut.left), part)
        part.chmod(before.st_mode & 0o777)
        os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
        put_in_place(part, target)
    finally:
        part.unlink(missing_ok=True)
    if target != path:
        path.unlink()
    now = target.stat()
    note_landed(target, home.root, cut.facility, cut.left, now.st_size, now.st_mtime_ns)
