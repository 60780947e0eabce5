"""Which messages of a hospital's feed are worth reading: found by their bytes, before parsing.

A message is passed over only when it is written in the usual delimiters and holds no code or name
of interest, no ADT event, and no segment of a diagnosis, a procedure, a medication or a merge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_USUAL = r"^MSH\|\^~\\&#?\|(?:[^|\r\n]*\|){6}[A-Z]"
_ADT = r"^MSH\|(?:[^|\r\n]*\|){7}ADT"
_ALWAYS = r"[\r\n][ \t]*(?i:DG1|PR1|MRG|RX[ACDEGO])\|"
_BEGIN = re.compile(r"(?<![\\\[])\^")
_END = re.compile(r"(?<!\\)\$")
_ESCAPED = {"|": "F", "^": "S", "&": "T", "~": "R", "\\": "E"}


@dataclass(frozen=True)
class Interest:
    """RE2 patterns: a message is read when `wanted` is found in it or `readable` is not."""

    wanted: str
    readable: str = _USUAL

    def of(self, data: bytes, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """For each stretch of `data` whether it is to be read."""
        messages = _slices(data, start, end)
        wanted = pc.match_substring_regex(messages, self.wanted).to_numpy(zero_copy_only=False)
        usual = pc.match_substring_regex(messages, self.readable).to_numpy(zero_copy_only=False)
        return wanted | ~usual


def interest_of(codes: Iterable[str], name_patterns: Iterable[str] = ()) -> Interest:
    """Interest in messages with one of `codes` as a whole component, or any of `name_patterns`.

    Codes are compared without regard to case, escaped or not. Patterns are RE2, without regard to
    case; ^ and $ in them stand for the ends of a component.
    """
    spelled = sorted({_spelled(code.strip()) for code in codes if code.strip()})
    alternatives = [_ADT, _ALWAYS]
    if spelled:
        alternatives.append(rf"(?i:[|^~&] *(?:{'|'.join(spelled)}) *[|^~&\r\n])")
    alternatives += [f"(?i:{_within_component(pattern)})" for pattern in name_patterns]
    return Interest("|".join(alternatives))


def _spelled(code: str) -> str:
    """The code as a pattern; a delimiter in it may be sent as its escape sequence."""
    letters = (
        rf"(?:{re.escape(sign)}|\\{_ESCAPED[sign]}\\)" if sign in _ESCAPED else re.escape(sign)
        for sign in code
    )
    return "".join(letters)


def _within_component(pattern: str) -> str:
    """The pattern of a whole component as one of a message, in which delimiters stand around it."""
    return _END.sub("[|^~&\\\\r\\\\n]", _BEGIN.sub("[|^~&]", pattern))


def _slices(data: bytes, start: np.ndarray, end: np.ndarray) -> pa.Array:
    """The stretches, which lie one behind the other, as an array without copying them."""
    offsets = np.append(start, end[-1:]).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_binary(), len(start), buffers)
