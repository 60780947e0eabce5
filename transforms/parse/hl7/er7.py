"""HL7 v2's ER7 encoding: delimiters, lines, segment ids. What fields mean is read elsewhere.

Chapter 2: MSH-1 is the field separator, MSH-2 holds the component, repetition, escape and
subcomponent characters (and from 2.7 a truncation character). They are each message's own: a
message that uses others than |^~\\& is rewritten in these before anything else reads it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from transforms.parse.hl7.cached import Cached

NULL = '""'
FIELD, COMPONENT, REPETITION, ESCAPE, SUBCOMPONENT = "|^~\\&"
PADDING = "\x00\x0b\x1a\x1c\ufeff \t"
_CONTROLS = str.maketrans("", "", "\x00\x0b\x1a\x1c")
_PICTURED = str.maketrans({code: chr(0x2400 + code) for code in (0x00, 0x0B, 0x1A, 0x1C)})
_OUTER_CONTROL = re.compile(r"(?:^|(?<=[|^~&\n]))[\0\x0b\x1a\x1c]+|[\0\x0b\x1a\x1c]+(?=[|^~&\n]|$)")
_ANY_CONTROL = re.compile(r"[\0\x0b\x1a\x1c]")
_TELLING = {"OBX": (5, 6, 7), "PID": (), "MRG": ()}
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}\|")
_BARE = frozenset(["MSH", "PID", "PD1", "PV1", "MRG", "ORC", "OBR", "OBX", "NTE", "SPM", "DG1"])
_OUTSIDE = frozenset(["MSH", "FHS", "BHS", "BTS", "FTS"])  # in a message these are text
_ESCAPED = {"|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\\": "\\E\\"}


class Delimiters(NamedTuple):
    """The five signs of one message; an empty sign is not in use."""

    field: str = FIELD
    component: str = COMPONENT
    repetition: str = REPETITION
    escape: str = ESCAPE
    subcomponent: str = SUBCOMPONENT


USUAL = Delimiters()


def delimiters_of(header: str) -> Delimiters | None:
    """The delimiters stated by an MSH line; None when they cannot be known for certain.

    What MSH-2 leaves out is taken from the usual `^~\\&`; a truncation character is not used.
    """
    field = header[3:4]
    if not field or field.isalnum() or field.isspace():
        return None
    signs = _usual_spelling(header[4:].split(field, 1)[0])
    if any(sign.isalnum() or sign.isspace() or not sign.isprintable() for sign in signs):
        return None
    component, repetition, escape, subcomponent = [*signs[:4], *USUAL[len(signs) + 1 :]]
    if len({field, component, repetition}) < 3:
        return None
    escape = "" if escape in (field, component, repetition) else escape
    taken = (field, component, repetition, escape)
    return Delimiters(*taken, "" if subcomponent in taken else subcomponent)


def _usual_spelling(signs: str) -> str:
    """Spellings of ^~\\& seen from senders that escaped it for another format."""
    signs = signs.strip().removesuffix("amp;")
    return "^~\\&" if signs in ("^~\\\\&", "^~&") else signs


def in_usual_signs(text: str, delimiters: Delimiters) -> str:
    """The message rewritten with |^~\\&; what was data in it stays data.

    An escape sequence that stands for one of the sender's own signs becomes that sign.
    """
    own = dict(zip(delimiters, USUAL, strict=True))
    own.pop("", None)
    rewritten = {sign: own.get(sign, _ESCAPED.get(sign, sign)) for sign in (*own, *USUAL)}
    if escape := delimiters.escape:
        for letter, sign, usual in zip("FSRET", delimiters, USUAL, strict=True):
            rewritten[f"{escape}{letter}{escape}"] = _ESCAPED.get(sign or usual, sign)
    pattern = "|".join(re.escape(key) for key in sorted(rewritten, key=len, reverse=True))
    start, rest = _header_start(text, delimiters)
    return start + re.sub(pattern, lambda found: rewritten[found[0]], rest)


def _header_start(text: str, delimiters: Delimiters) -> tuple[str, str]:
    """MSH-1 and MSH-2 in the usual signs, and the text behind them."""
    end = text.find(delimiters.field, 4)
    line_end = len(re.split(r"[\r\n]", text, maxsplit=1)[0])
    return "MSH|^~\\&", text[end if 0 < end < line_end else line_end :]


def segments(text: str, is_clean: bool = True) -> tuple[list[str], list[str]]:
    """The physical lines of a message in the usual signs, and the segment id of each.

    '' stands where a line is empty. `is_clean` is False when there may be control characters.
    """
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    lines = text.split("\r")
    ids = [_SEGMENT_ID[line[:4]] for line in lines]
    return _mended(lines) if None in ids or not is_clean else (ids, lines)


def segment_id(start: str) -> str | None:
    """The id of the segment that begins with these four characters.

    '' for an empty line; None for what is no segment: a continuation or a padded line.
    """
    if not start:
        return ""
    if _SEGMENT.match(start):
        return start[:3]
    return start if start in _BARE else None


_SEGMENT_ID = Cached(segment_id)


def _mended(lines: list[str]) -> tuple[list[str], list[str]]:
    """The same number of lines; padding taken off, ids in upper case, continuations glued.

    A line that begins no segment is text that its sender broke: it is joined to the segment
    above by a newline and leaves an empty line behind, so line numbers stay true.
    """
    ids: list[str] = []
    mended: list[list[str]] = []
    segment: list[str] = []
    for line in lines:
        start = line.lstrip(PADDING)
        identity = segment_id(start[:3].upper() + start[3:4])
        if ids and identity in _OUTSIDE:
            identity = None
        ids.append(identity or "")
        mended.append([])
        if identity:
            segment = mended[-1]
            segment.append(identity + start[3:])
        elif start:
            segment.append(line)
    return ids, [without_controls("\n".join(parts)) for parts in mended]


def without_controls(segment: str) -> str:
    """The segment without the signs of transport that were left in it (NUL, VT, SUB, FS).

    Between two letters or digits one may be damage or a lost sign: 1<FS>2 is not 12. It is shown,
    as Unicode's picture of it, in the value, the unit and the range of a result; it stays in PID
    and MRG, whose identifiers are refused for it; elsewhere it is taken out.
    """
    if segment.isprintable() or not _ANY_CONTROL.search(segment):
        return segment
    fields = _TELLING.get(segment[:3])
    if fields is None:
        return segment.translate(_CONTROLS)
    segment = _OUTER_CONTROL.sub("", segment)
    if not fields:
        return segment
    parts = segment.split(FIELD)
    return FIELD.join(
        part.translate(_PICTURED if number in fields else _CONTROLS)
        for number, part in enumerate(parts)
    )
