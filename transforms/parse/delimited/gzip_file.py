"""Opens a delivered file, unpacked where its first bytes are gzip's: its name may be wrong."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO

from transforms.parse.raw.reading_progress import opened

_GZIP = b"\x1f\x8b"
ByteStream = BinaryIO | gzip.GzipFile
DAMAGE_ERRORS = (EOFError, zlib.error, gzip.BadGzipFile)
_PIECE_BYTES = 1 << 20


def open_unpacked(path: Path) -> ByteStream:
    """The unpacked content of the file, to be read from its beginning.

    Reading it raises one of DAMAGE_ERRORS where gzip data is cut short or altered.
    """
    file = opened(path)
    if not _is_gzip(path):
        return file
    unpacked = gzip.GzipFile(fileobj=file)
    unpacked.myfileobj = file  # closed with it
    return unpacked


def is_damaged(path: Path) -> bool:
    """True for a gzip file that is cut short or fails its checksum.

    It is unpacked to its end before anything of it is used: a wrong digit is not a result.
    """
    if not _is_gzip(path):
        return False
    try:
        with gzip.open(path) as stream:
            while stream.read(_PIECE_BYTES):
                pass
    except DAMAGE_ERRORS:
        return True
    return False


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP
