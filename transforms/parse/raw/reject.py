"""What was refused and why: rows that name a place and a shape, never a value.

A value may be an identifier or a result, and rejects are shown to people who must see neither.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_DIGIT = re.compile(r"[0-9]")
_LOWER = re.compile(r"[^\W\d_A-Z]")
_UPPER = re.compile(r"[A-Z]")
_SHAPE_LENGTH = 40


@dataclass(slots=True)
class Reject:
    """One refusal of a whole file, message or row, as raw.reject keeps it.

    `level` says which of these, `unit` what was lost (result, merge, exposure, message, file),
    `reason` is a key of knowledge/reject_reason.csv. `field` is HL7's name of it, `found` its
    shape. `line` is 1-based; `offset` and `length` are bytes of the unpacked source.
    """

    level: str
    unit: str
    reason: str
    field: str | None = None
    found: str | None = None
    n_results: int = 0
    number: int | None = None
    line: int | None = None
    offset: int | None = None
    length: int | None = None
    control_id: str | None = None


def shape(text: str | None) -> str | None:
    """The text with 9 for every digit and a or A for every letter, at most 40 characters.

    Other signs stay, so that a reader sees what kind of text it was. None for no text.
    """
    if not text:
        return None
    outline = _UPPER.sub("A", _LOWER.sub("a", _DIGIT.sub("9", text[: _SHAPE_LENGTH + 1])))
    outline = "".join(sign if sign.isprintable() else "?" for sign in outline)
    return outline if len(outline) <= _SHAPE_LENGTH else outline[:_SHAPE_LENGTH] + "…"


def control_id_hash(control_id: str | None) -> str | None:
    """First 12 hex digits of sha256 of MSH-10."""
    return hashlib.sha256(control_id.encode()).hexdigest()[:12] if control_id else None
