"""The bytes of a delivered HL7 file: unpacked, and never UTF-16.

Places in a file are counted in these bytes: those of the source itself, unless it is UTF-16,
where they are those of its text in UTF-8.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

BLOCK_BYTES = 4 << 20
_GZIP = b"\x1f\x8b"
_BOM = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)


class FileBytes:
    """One file. `wide_codec` is its encoding when that is UTF-16, else None."""

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._path = path
        with path.open("rb") as file:
            self.is_packed = file.read(2) == _GZIP
        self.is_damaged = self.is_packed and self._fails_checksum()
        self.wide_codec = None if self.is_damaged else self._wide_codec(encoding)

    @property
    def is_plain(self) -> bool:
        """Whether any place of the file can be read without what is before it."""
        return not (self.is_packed or self.wide_codec)

    def window(self, end: int | None = None) -> PlainWindow | StreamWindow:
        """The content, up to byte `end` where that is given and the file is plain."""
        return PlainWindow(self._path, end) if self.is_plain else StreamWindow(self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        decode = codecs.getincrementaldecoder(self.wide_codec or "latin-1")("replace").decode
        with self._open() as file:
            while piece := file.read(BLOCK_BYTES):
                yield decode(piece).encode() if self.wide_codec else piece

    def _open(self) -> BinaryIO | gzip.GzipFile:
        return gzip.open(self._path) if self.is_packed else self._path.open("rb")

    def _fails_checksum(self) -> bool:
        """Read to its end before it is used: a wrong digit must not be taken for a result."""
        try:
            with self._open() as file:
                while file.read(BLOCK_BYTES):
                    pass
        except _DAMAGE:
            return True
        return False

    def _wide_codec(self, encoding: str | None) -> str | None:
        if encoding and encoding.lower().replace("_", "-").startswith("utf-16"):
            return encoding
        with self._open() as file:
            head = file.read(4)
        if head[:2] in _BOM:
            return _BOM[head[:2]]
        is_zero = tuple(byte == 0 for byte in head)
        if is_zero == (False, True) * 2:
            return "utf-16-le"
        return "utf-16-be" if is_zero == (True, False) * 2 else None


class PlainWindow:
    """A file whose bytes are its content."""

    def __init__(self, path: Path, end: int | None = None) -> None:
        self._file = path.open("rb", buffering=0)
        self._end = path.stat().st_size if end is None else end

    def read(self, place: int, n: int) -> bytes:
        """The n bytes from `place` on; fewer only at the end."""
        self._file.seek(place)
        n = max(min(n, self._end - place), 0)
        data = self._file.read(n)
        while len(data) < n and (more := self._file.read(n - len(data))):
            data += more
        return data


class StreamWindow:
    """Content that comes in pieces; what is before the last place asked for is forgotten."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._held = b""
        self._place = 0

    def read(self, place: int, n: int) -> bytes:
        """The n bytes from `place` on; fewer only at the end.

        The next place lies in what was read, or right behind it.
        """
        held = [self._held[place - self._place :]]
        size = len(held[0])
        while size < n and (piece := next(self._pieces, None)) is not None:
            held.append(piece)
            size += len(piece)
        self._held, self._place = b"".join(held), place
        return self._held[:n]
