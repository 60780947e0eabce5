"""How far the file that this process is reading has come, for whoever watches: rows and bytes.

Nobody watches but a terminal. Then the stream of the file tells its position and landing its rows.
Other processes that share the landing are not heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import pyarrow as pa

from transforms.parse.raw.source import Source

Batch = tuple[str, pa.RecordBatch]


@dataclass
class Progress:
    """The file of a facility, without its name, which may say who it is about."""

    facility: str
    size_bytes: int
    n_bytes: int = 0
    n_rows: int = 0


class _Watch:
    tell: Callable[[Progress], None] | None = None
    path: Path | None = None
    now: Progress | None = None

    def say(self) -> None:
        if self.tell is not None and self.now is not None:
            self.tell(self.now)


_watch = _Watch()


@contextmanager
def watched(tell: Callable[[Progress], None]) -> Iterator[None]:
    """Within this block `tell` hears of every piece that this process reads of a landing file."""
    _watch.tell = tell
    try:
        yield
    finally:
        _watch.tell = _watch.now = _watch.path = None


def counted(source: Source, batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches of a file as they are, their rows counted where somebody watches."""
    if _watch.tell is None:
        yield from batches
        return
    now = _watch.now = Progress(source.facility, source.size_bytes)
    _watch.path = source.path
    for table, batch in batches:
        now.n_rows += batch.num_rows if table != "source_file" else 0
        _watch.say()
        yield table, batch
    _watch.now = _watch.path = None


def opened(path: Path) -> FileIO:
    """The file as bytes, which tells its position where it is the one that is watched."""
    return _WatchedFile(path) if path == _watch.path else FileIO(path)


class _WatchedFile(FileIO):
    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(-1 if size is None else size)
        self._tell()
        return piece

    def readinto(self, buffer, /) -> int:
        n = super().readinto(buffer)
        self._tell()
        return n

    def _tell(self) -> None:
        if _watch.now is not None:
            _watch.now.n_bytes = max(_watch.now.n_bytes, self.tell())
            _watch.say()
