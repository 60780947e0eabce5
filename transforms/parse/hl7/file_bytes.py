"""The bytes of a delivered HL7 file: unpacked, and never UTF-16.

Offsets that rejects name are counted in these bytes. They are those of the unpacked source itself,
except that a source in UTF-16 is turned into UTF-8 first, so that its bytes can be searched.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path

from transforms.parse.raw.reading_progress import opened

BLOCK_BYTES = 4 << 20
_GZIP = b"\x1f\x8b"
_BOM = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)


class FileBytes:
    """One file. `wide_codec` is the name of its encoding when that is UTF-16, else None.

    `is_damaged`: it is a gzip file that is cut short or fails its checksum.
    """

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._path = path
        with path.open("rb") as file:
            self.is_gzip = file.read(2) == _GZIP
        self.is_damaged = self.is_gzip and self._fails_checksum()
        self.wide_codec = None if self.is_damaged else self._wide_codec(encoding)

    @property
    def is_plain(self) -> bool:
        """Whether any place of the file can be read without what is before it."""
        return not (self.is_gzip or self.wide_codec)

    def window(self, end: int | None = None) -> PlainWindow | StreamWindow:
        """The content, up to byte `end` where that is given and the file is plain."""
        return PlainWindow(self._path, end) if self.is_plain else StreamWindow(self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        decode = codecs.getincrementaldecoder(self.wide_codec or "latin-1")("replace").decode
        with opened(self._path) as stored, self._unpacked(stored) as file:
            while piece := file.read(BLOCK_BYTES):
                yield decode(piece).encode() if self.wide_codec else piece

    def _open(self) -> FileIO | gzip.GzipFile:
        return self._unpacked(FileIO(self._path))

    def _unpacked(self, stored: FileIO) -> FileIO | gzip.GzipFile:
        if not self.is_gzip:
            return stored
        unpacked = gzip.GzipFile(fileobj=stored)
        unpacked.myfileobj = stored  # closed with it
        return unpacked

    def _fails_checksum(self) -> bool:
        """True when unpacking fails: found before any use, since a wrong digit is not a result."""
        try:
            with self._open() as file:
                while file.read(BLOCK_BYTES):
                    pass
        except _DAMAGE:
            return True
        return False

    def _wide_codec(self, encoding: str | None) -> str | None:
        """UTF-16 as the facility states it, else as a byte order mark or zero bytes show it."""
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
        self._file = opened(path)
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
    """Content that comes in pieces; what is before the last place asked for is given up."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._buffered = b""
        self._place = 0

    def read(self, place: int, n: int) -> bytes:
        """The n bytes from `place` on; fewer only at the end.

        The next place lies in what was read, or right behind it.
        """
        pieces = [self._buffered[place - self._place :]]
        size = len(pieces[0])
        while size < n and (piece := next(self._pieces, None)) is not None:
            pieces.append(piece)
            size += len(piece)
        self._buffered, self._place = b"".join(pieces), place
        return self._buffered[:n]
