r"""Segments that stand inside a field of another: the line ends of their message were lost.

A carrier that writes `\r` as two letters, a blank, a bar or NEL for 0D makes one line of a message:
its results would vanish, or a second patient's would go to the first. A segment's name in a text
("see OBX") is none of this: it is followed by what fields of such a segment hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

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
_BAR, _CR = ord("|"), 13
_LONGEST = max(map(len, _SPELLINGS))
_IDS = [int.from_bytes(segment, "little") for segment in (b"OBX", b"PID", b"OBR")]


def lost_line_end(lines: Iterable[str]) -> tuple[int, str] | None:
    """The number of the first line, from 0, that holds another segment, and what stands before it.

    The words name a sign or its spelling, never a value.
    """
    for number, line in enumerate(lines):
        if (found := _SEGMENT.search(line, 1)) and not line.startswith("MSH|", found.start()):
            return number, f"{_sign(line[: found.start()])} before {found[0][:3].upper()}"
    return None


def suspect_lines(lines: Sequence[str]) -> list[int]:
    """The numbers of the lines that hold the id of a segment and a bar behind their own.

    The last letter and the bar are searched first: five times as fast as a search for words.
    """
    data = np.frombuffer("\r".join(["", *lines, ""]).encode(), np.uint8)
    letter, bar = data[3:-1], data[4:]
    is_end = ((letter == ord("X")) | (letter == ord("D")) | (letter == ord("R"))) & (bar == _BAR)
    before = np.flatnonzero(is_end)
    before = before[data[before] != _CR]
    first, second, third = (data[before + n].astype(np.int32) for n in (1, 2, 3))
    before = before[np.isin(first | second << 8 | third << 16, _IDS)]
    if not len(before):
        return []
    return sorted(set((np.searchsorted(np.flatnonzero(data == _CR), before) - 1).tolist()))


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
