"""Landing many small files of HL7 at once: an interface engine writes a file a message.

Each is archived and known for itself, as `land` does it; what a file costs is paid once for all.
They are read joined (hl7/joined.py), the disk is waited for twice, and their rows share one raw
file a table. What is no such file lands alone.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from transforms.parse.facility.facility import Facility
from transforms.parse.hl7.joined import SmallFile, groups, may_be_joined, read_joined
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.land import Landed, land, new_source
from transforms.parse.raw.archive import ArchiveBatch, ArchivedFile, UnsettledFileError
from transforms.parse.raw.compaction import landed_sources
from transforms.parse.raw.landed_before import note_landed
from transforms.parse.raw.raw_file import write_pack
from transforms.parse.raw.transaction import landing_lock
from transforms.parse.source_reader import is_text_of_hl7

MANY = 16  # fewer land alone: a build opens their raw files in no time
_TOGETHER_BYTES = 32 << 20
Batch = tuple[str, pa.RecordBatch]


def land_many(
    paths: Sequence[Path],
    home: Path,
    facility: Facility,
    message_filter: MessageFilter | None = None,
) -> list[Landed]:
    """What became of each of these delivered files, which are small.

    Raises OSError when the disk fails: what has not landed then, the next landing does.
    """
    together = _in_memory(paths)
    return [done for some in together for done in _land(some, home, facility, message_filter)]


def _in_memory(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """The files in order, in lists of _TOGETHER_BYTES."""
    some: list[Path] = []
    n_bytes = 0
    for path in paths:
        size = path.stat().st_size if path.exists() else 0
        if some and n_bytes + size > _TOGETHER_BYTES:
            yield some
            some, n_bytes = [], 0
        some.append(path)
        n_bytes += size
    if some:
        yield some


def _land(
    paths: Sequence[Path], home: Path, facility: Facility, message_filter: MessageFilter | None
) -> list[Landed]:
    began = time.monotonic()
    many = _Many(paths, home, facility)
    with landing_lock(home, facility.name, of_many=True):
        many.land(message_filter)
    seconds = (time.monotonic() - began) / max(len(paths), 1)
    return [
        many.landed(path, seconds) or land(path, home, facility, message_filter) for path in paths
    ]


class _Many:
    """Files on their way to raw: the new ones, by digest, that are read joined; what is known of
    those that are archived; why others are left in the inbox."""

    def __init__(self, paths: Sequence[Path], home: Path, facility: Facility) -> None:
        self._paths, self._home, self._facility = paths, home, facility
        self._archive = ArchiveBatch(home)
        self._new: dict[str, SmallFile] = {}
        self._first: dict[str, Path] = {}
        self._archived: dict[Path, ArchivedFile] = {}
        self._left: dict[Path, str] = {}
        self._counts: dict[str, Counter[str]] = {}
        self._known: set[str] = set()

    def land(self, message_filter: MessageFilter | None) -> None:
        """Archive them and write the rows of those that are new; whole or not at all."""
        self._known = landed_sources(self._home, self._facility.name)
        try:
            for path in self._paths:
                self._take(path)
            if self._new:
                facility, new = self._facility, list(self._new.values())
                how = (facility.layout_sha256(), self._archive.put_in_place)
                batches = self._counted(read_many(new, facility, message_filter))
                write_pack(self._home, facility.name, _pack_name(new), batches, *how)
        finally:
            self._archive.discard()
        for path, archived in self._archived.items():
            identity = (archived.sha256, archived.size_bytes, archived.mtime_ns)
            note_landed(path, self._home, self._facility.name, *identity)

    def _take(self, path: Path) -> None:
        try:
            archived, data = self._archive.read(path)
        except UnsettledFileError:
            self._left[path] = "still being written"
            return
        except FileNotFoundError:
            self._left[path] = "gone"
            return
        sha256 = archived.sha256
        if sha256 not in self._new and sha256 not in self._known:
            if not (may_be_joined(data) and is_text_of_hl7(data, self._facility)):
                return
            source = new_source(path, archived, self._home, self._facility)
            self._new[sha256], self._first[sha256] = SmallFile(source, data), path
        self._archive.add(archived, data)
        self._archived[path] = archived

    def _counted(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        for table, batch in batches:
            for sha256 in batch.column("source_sha256").to_pylist():
                self._counts.setdefault(sha256, Counter())[table] += 1
            yield table, batch

    def landed(self, path: Path, seconds: float) -> Landed | None:
        """What became of a file; None for one that has to land alone."""
        if path in self._left:
            return Landed("", False, left=self._left[path])
        if path not in self._archived:
            return None
        sha256 = self._archived[path].sha256
        is_new = self._first.get(sha256) == path
        return Landed(sha256, is_new, dict(self._counts[sha256]) if is_new else {}, seconds)


def read_many(
    files: Iterable[SmallFile], facility: Facility, message_filter: MessageFilter | None
) -> Iterator[Batch]:
    """(raw table, batch) for every message of files that may be joined."""
    for group in groups(files):
        yield from read_joined(group, facility, message_filter)


def _pack_name(files: Sequence[SmallFile]) -> str:
    """The month of landing, and a digest of what is in the pack."""
    digests = "".join(sorted(file.source.sha256 for file in files))
    digest = hashlib.sha256(digests.encode()).hexdigest()[:16]
    return f"{files[0].source.landed_at:%Y-%m}-{digest}"
