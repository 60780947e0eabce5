r"""Segments that stand inside a field of another: the line ends of their message were lost.

A carrier that writes `\r` as two letters, a blank, a bar or NEL for 0D makes one line of a message:
its results would vanish, or a second patient's would go to the first. A segment's name in a text
("see OBX") is none of this: it is followed by what fields of such a segment hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from transforms.parse.hl7.sheet import BAR, CR, Sheet, places

_SEGMENT = re.compile(
    r"OBX\|(?:\d{1,5}|(?=\|[A-Z]))\|[A-Z]{0,3}(?:\^[^|]*)?\|"
    r"|PID\|\d{0,4}\|[^|]*\|[^|]*\d[^|]*(?:\||$)"
    r"|OBR\|(?:\d{1,4}\||\|[^|]*\|[^|]*\|[^|]+)"
    r"|(?:ORC\|[A-Z]{2}|SPM\|\d{1,4}|NTE\|\d{1,4}\|[A-Z]?)\|"
    r"|MRG\|[^|]*\d",
    re.IGNORECASE,
)
_SPELLINGS = (  # how 0D and 0A are written by those who carry them through another format
    *("\\u000d", "\\u000a", "\\x0d", "\\x0a", "\\X0D\\", "\\X0A\\", "\\.br\\", "\\r", "\\n"),
    *("<CR>", "<LF>", "<br>", "<br/>", "<cr/>", "&#13;", "&#10;", "&#xD;", "&#xA;", "%0D", "%0A"),
    *("_x000D_", "$0D", "0x0D", "^M", "||"),
)
_LONGEST = max(map(len, _SPELLINGS))
_ID_BYTES = 3
_SEGMENTS = (b"OBX", b"PID", b"OBR")
_IDS = [int.from_bytes(segment, "little") for segment in _SEGMENTS]
_LAST = [segment[-1] for segment in _SEGMENTS]


def lost_line_end(lines: Iterable[str]) -> tuple[int, str] | None:
    """The number of the first line, from 0, that holds another segment, and what stands before it.

    The words name a sign or its spelling, never a value.
    """
    for number, line in enumerate(lines):
        if (found := _SEGMENT.search(line, 1)) and not line.startswith("MSH|", found.start()):
            return number, f"{_sign(line[: found.start()])} before {found[0][:3].upper()}"
    return None


def suspect_lines(sheet: Sheet) -> np.ndarray:
    """The lines, in order, that hold the id of a segment and a bar behind their own.

    Of the letters before a bar the last is looked at first: five times as fast as a search for
    words.
    """
    data = sheet.bytes
    letter, bar = data[_ID_BYTES:-1], data[_ID_BYTES + 1 :]

    def ends_id(some: slice) -> np.ndarray:
        is_end = letter[some] == _LAST[0]
        for last in _LAST[1:]:
            is_end |= letter[some] == last
        return is_end & (bar[some] == BAR)

    before = places(len(bar), ends_id)  # the sign before each id
    before = before[data[before] != CR]
    first, second, third = (data[before + n].astype(np.int32) for n in (1, 2, 3))
    before = before[np.isin(first | second << 8 | third << 16, _IDS)]
    return np.unique(np.searchsorted(sheet.line_start, before, "right") - 1)


def _sign(text: str) -> str:
    end = text[-_LONGEST:].lower()
    for spelling in _SPELLINGS:
        if end.endswith(spelling.lower()):
            return spelling
    last = text[-1:]
    if last == " ":
        return "a blank"
    if not last or last.isalnum():
        return "nothing"
    return last if last.isascii() and last.isprintable() else f"U+{ord(last):04X}"
