"""A delivered file unpacked, when its first bytes are gzip's; its name says nothing."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO

_GZIP = b"\x1f\x8b"
ByteStream = BinaryIO | gzip.GzipFile
DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)
_PIECE_BYTES = 1 << 20


def open_unpacked(path: Path) -> ByteStream:
    """The content of the file, to be read from its beginning."""
    return gzip.open(path) if _is_packed(path) else path.open("rb", buffering=0)


def is_damaged(path: Path) -> bool:
    """True for a gzip file that is cut short or fails its checksum.

    It is unpacked to its end before anything of it is used: a wrong digit is not a result.
    """
    if not _is_packed(path):
        return False
    try:
        with gzip.open(path) as stream:
            while stream.read(_PIECE_BYTES):
                pass
    except DAMAGE:
        return True
    return False


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP
