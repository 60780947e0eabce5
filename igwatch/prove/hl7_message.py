"""Messages of landed HL7 files, found again in the archive by their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from transforms.parse.hl7.charset import UnknownCharset, decode
from transforms.parse.hl7.er7 import USUAL, Delimiters, delimiters_of, in_usual_signs, segments
from transforms.parse.hl7.file_bytes import FileBytes
from transforms.parse.hl7.framing import MESSAGE, TOO_LONG, frames

_PADDING = "\x0b\x1c"


@dataclass(frozen=True)
class Message:
    """One message in the usual signs, with what its own bytes looked like.

    `lines` are its physical lines, the first of them line `first_line` of the file.
    """

    ids: list[str]
    lines: list[str]
    first_line: int
    delimiters: Delimiters
    codec: str
    line_end: str

    def at(self, line_number: int) -> int:
        """The place among `lines` of a line of the file."""
        return line_number - self.first_line

    def above(self, place: int, segment: str) -> int | None:
        """The place of the nearest such segment above; None where there is none."""
        return next((i for i in range(place, -1, -1) if self.ids[i] == segment), None)

    def first(self, segment: str) -> str:
        """The first such segment, '' where there is none."""
        found = [line for i, line in zip(self.ids, self.lines, strict=True) if i == segment]
        return found[0] if found else ""


def messages(
    path: Path, numbers: Collection[int], encoding: str | None
) -> Iterator[tuple[int, Message]]:
    """The messages of a file with these numbers, from 1. What cannot be read is passed over."""
    wanted, n_before = set(numbers), 0
    file = FileBytes(path, encoding)
    for block in frames(file.window()):
        is_message = (block.kind == MESSAGE) | (block.kind == TOO_LONG)
        number = n_before + np.cumsum(is_message)
        n_before += int(is_message.sum())
        for at in np.flatnonzero(is_message & np.isin(number, list(wanted))).tolist():
            raw = block.data[int(block.start[at]) : int(block.end[at])]
            stated = None if file.wide_codec else encoding
            found = _message(raw, int(block.line[at]), stated)
            if found:
                yield int(number[at]), found
        if n_before >= max(wanted, default=0):
            return


def _message(raw: bytes, line: int, encoding: str | None) -> Message | None:
    try:
        text, codec = decode(raw, encoding)
    except UnknownCharset:
        text, codec = raw.decode("latin-1"), "latin-1"
    delimiters = delimiters_of(text.lstrip(_PADDING))
    if delimiters is None:
        return None
    if delimiters != USUAL:
        text = in_usual_signs(text, delimiters)
    line_end = "\r\n" if "\r\n" in text else "\r" if "\r" in text else "\n"
    return Message(*segments(text, is_clean=False), line, delimiters, codec, line_end)
