"""What of a file is about certain persons, and the file without it.

The bytes of all others stay as they are, in their order; a packed file is packed again.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from transforms.parse.delimited.gzip_file import DAMAGE_ERRORS, open_unpacked
from transforms.parse.delimited.named_unit import delimited_units
from transforms.parse.delimited.not_text import why_not_text
from transforms.parse.delimited.reader import HEAD_BYTES
from transforms.parse.facility.facility import Facility
from transforms.parse.fhir.named_unit import fhir_units
from transforms.parse.hl7.file_bytes import FileBytes
from transforms.parse.hl7.named_unit import hl7_units
from transforms.parse.raw.named_unit import Cut, Whom, cut_of
from transforms.parse.raw.source import Source
from transforms.parse.source_reader import is_fhir, is_hl7

_PIECE_BYTES = 1 << 20
_LONGEST_NUMBER = 1024
_CODECS = ("utf-8", "utf-16-le", "utf-16-be")


def find_cut(source: Source, facility: Facility, whom: Whom) -> Cut:
    """What of a source is theirs. Nothing of a file that cannot be unpacked or is no text: nobody
    reads it, and `mentions` tells whether it names them."""
    try:
        with open_unpacked(source.path) as stream:
            head = stream.read(HEAD_BYTES)
        if why_not_text(head):
            return Cut()
        if is_fhir(head, source):
            return cut_of(fhir_units(source, facility, whom))
        if is_hl7(head, source, facility):
            return cut_of(hl7_units(source, facility, whom))
        return cut_of(delimited_units(source, facility, whom))
    except DAMAGE_ERRORS:
        return Cut()


def write_cut(source: Source, cut: Cut, target: Path, facility: Facility) -> str:
    """Write a file without what the cut takes out; return the SHA-256 of what was written."""
    with source.path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    with target.open("wb") as file:
        if is_packed:
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                _write(source, cut, packed, facility)
        else:
            _write(source, cut, file, facility)
    with target.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(source: Source, cut: Cut, target: BinaryIO | gzip.GzipFile, facility: Facility) -> None:
    codec = _wide_hl7(source, facility)
    encode = codecs.getincrementalencoder(codec or "latin-1")().encode
    for piece in _kept(_pieces(source.path, codec), cut.spans):
        target.write(encode(piece.decode()) if codec else piece)


def _wide_hl7(source: Source, facility: Facility) -> str | None:
    """The codec of a file whose places are counted in UTF-8 though it is in UTF-16 (HL7 alone)."""
    with open_unpacked(source.path) as stream:
        head = stream.read(HEAD_BYTES)
    if is_fhir(head, source) or not is_hl7(head, source, facility):
        return None
    return FileBytes(source.path, facility.encoding).wide_codec


def _pieces(path: Path, codec: str | None) -> Iterator[bytes]:
    decode = codecs.getincrementaldecoder(codec or "latin-1")("replace").decode
    with open_unpacked(path) as stream:
        while piece := stream.read(_PIECE_BYTES):
            yield decode(piece).encode() if codec else piece


def _kept(pieces: Iterable[bytes], spans: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """The pieces without the bytes of the spans, which are in order."""
    offset = first = 0
    for piece in pieces:
        end, at = offset + len(piece), offset
        while first < len(spans) and spans[first][0] < end:
            yield piece[at - offset : max(spans[first][0], at) - offset]
            at = max(at, min(spans[first][1], end))
            if spans[first][1] > end:
                break
            first += 1
        yield piece[at - offset :]
        offset = end


def mentions(path: Path, numbers: Collection[str]) -> bool:
    """Whether the bytes of a file, unpacked, hold one of these numbers as a word of its own, in
    UTF-8 or UTF-16. False where it cannot be unpacked."""
    spelled = [number.encode(codec) for number in sorted(numbers) for codec in _CODECS]
    pattern = _word_of(numbers)
    behind = b""
    try:
        with open_unpacked(path) as stream:
            while piece := stream.read(_PIECE_BYTES):
                text = behind + piece
                if any(number in text for number in spelled) and pattern.search(text):
                    return True
                behind = text[-_LONGEST_NUMBER:]
    except DAMAGE_ERRORS:
        return False
    return False


def _word_of(numbers: Collection[str]) -> re.Pattern[bytes]:
    """One of these, with no letter or digit before it or behind."""
    sign = b"[0-9A-Za-z]"
    spelled = []
    for number in sorted(numbers):
        plain, little, big = (re.escape(number.encode(c)) for c in _CODECS)
        spelled.append(b"(?<!%s)%s(?!%s)" % (sign, plain, sign))
        spelled.append(b"(?<!%s\\0)%s(?!%s\\0)" % (sign, little, sign))
        spelled.append(b"(?<!\\0%s)%s(?!\\0%s)" % (sign, big, sign))
    return re.compile(b"|".join(spelled) or rb"(?!)")
