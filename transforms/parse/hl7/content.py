"""The bytes of a delivered HL7 file as a stream of blocks: unpacked, and never UTF-16.

Places in a file are counted in these bytes: those of the source itself, unless it is UTF-16,
where they are those of its text in UTF-8.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

BLOCK_BYTES = 4 << 20
_GZIP = b"\x1f\x8b"
_BOM = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)


class Content:
    """One file. `wide_codec` is its encoding when that is UTF-16, else None."""

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._path = path
        with path.open("rb") as file:
            self.is_packed = file.read(2) == _GZIP
        self.is_damaged = self.is_packed and self._fails_checksum()
        self.wide_codec = None if self.is_damaged else self._wide_codec(encoding)

    @property
    def is_splittable(self) -> bool:
        """Whether any place of the file can be read without what is before it."""
        return not (self.is_packed or self.wide_codec)

    def blocks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The content from byte `start` to `end`."""
        decoder = None
        if self.wide_codec:
            decoder = codecs.getincrementaldecoder(self.wide_codec)("replace")
        with self._open() as file:
            file.seek(start)
            left = BLOCK_BYTES if end is None else end - start
            while block := file.read(min(BLOCK_BYTES, left)):
                left -= len(block) if end is not None else 0
                yield decoder.decode(block).encode() if decoder else block

    def _open(self) -> BinaryIO:
        return gzip.open(self._path) if self.is_packed else self._path.open("rb", buffering=0)

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
        is_zero = [byte == 0 for byte in head]
        patterns = {(False, True) * 2: "utf-16-le", (True, False) * 2: "utf-16-be"}
        return patterns.get(tuple(is_zero))
