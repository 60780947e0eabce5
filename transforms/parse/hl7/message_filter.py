"""Which messages of a hospital's feed are worth reading: a search of their bytes, before parsing.

Most messages of a hospital hold no immunoglobulin, and searching bytes is many times as fast
as parsing. A message is passed over only when it is written in the usual delimiters and holds no
wanted code or name, no ADT event, no segment of a diagnosis, a procedure, a medication or a merge,
no withdrawn order, and nothing that could hide one of these from a search for bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_USUAL = r"^MSH\|\^~\\&#?\|(?:[^|\r\n]*\|){6}[A-Z]"
_ADT = r"^MSH\|(?:[^|\r\n]*\|){7}ADT"
_BEGIN = r"[\r\n][ \t\x00\x0b\x1a\x1c\xef\xbb\xbf]*"
_SEGMENT = _BEGIN + r"(?i:DG1|PR1|MRG|RX[ACDEGO])\|"
_CANCELLED = _BEGIN + r"(?i:ORC\|(?:(?:[^|\r\n]*\|){4})? *(?:CA|OC|CR|DC|OD|DR))"
_WITHDRAWN = _BEGIN + r"(?i:OBR\|(?:[^|\r\n]*\|){24} *[DWX](?:[|^~&\r\n]|$))"
_HIDING = (  # what becomes a letter, or nothing, between two letters
    r"\\(?i:[HN]|X[2-7][0-9A-F]*|\.(?:in|ti|fi|nf)[^\\|\r\n]{0,4})\\",
    r"[^\r\n\x00\x0b\x1a\x1c][\x00\x0b\x1a\x1c]+[^\r\n\x00\x0b\x1a\x1c]",
    r"\x1b",
)
_ALWAYS = (_ADT, _SEGMENT, _CANCELLED, _WITHDRAWN, *_HIDING)
_ESCAPED = {"|": "F", "^": "S", "&": "T", "~": "R", "\\": "E"}
_BLANK = r"[^0-9A-Za-z|^~&\r\n\\]*"  # around a code in its component, in any character set
_NOT_ASCII = r"(?:[\x80-\xff]|\\X[0-9A-Fa-f]+\\)+"


@dataclass(frozen=True)
class MessageFilter:
    """Two RE2 patterns: a message is read when `wanted` is found in it or `readable` is not.

    `readable` is what a header in the usual delimiters looks like; in others no code can be found.
    """

    wanted: str
    readable: str = _USUAL

    def selects(self, data: bytes, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """For each message, `data[start:end]`, whether it is to be read; one bool each."""
        messages = _slices(data, start, end)
        wanted = pc.match_substring_regex(messages, self.wanted).to_numpy(zero_copy_only=False)
        usual = pc.match_substring_regex(messages, self.readable).to_numpy(zero_copy_only=False)
        return wanted | ~usual

    def sha256(self) -> str:
        """Digest of both patterns: a file that was read with others is read again."""
        return hashlib.sha256(f"{self.wanted}\n{self.readable}".encode()).hexdigest()


def filter_for_codes(codes: Iterable[str], hints: Iterable[str] = ()) -> MessageFilter:
    """The filter for messages with one of `codes` as a whole component, or with a hint anywhere.

    Codes are compared without regard to case, escaped or not, whatever the character set. Hints
    are RE2 on the bytes of a message, without regard to case (knowledge/name_hint.csv).
    """
    spelled = sorted({_spelled(code.strip()) for code in codes if code.strip()})
    alternatives = list(_ALWAYS)
    if spelled:
        stated = f"{_BLANK}(?:{'|'.join(spelled)}){_BLANK}"
        alternatives.append(rf"(?i:[|^~&\\]{stated}(?:[|^~&\r\n\\]|$))")
    alternatives += [f"(?i:{hint})" for hint in hints]
    return MessageFilter("|".join(alternatives))


def _spelled(code: str) -> str:
    """The code as a pattern; a delimiter in it may be sent as its escape sequence."""
    return "".join(_letter(sign) for sign in code)


def _letter(sign: str) -> str:
    if sign in _ESCAPED:
        return rf"(?:{re.escape(sign)}|\\{_ESCAPED[sign]}\\)"
    return re.escape(sign) if sign.isascii() else _NOT_ASCII


def _slices(data: bytes, start: np.ndarray, end: np.ndarray) -> pa.Array:
    """The stretches, which lie one behind the other, as an array without copying them."""
    offsets = np.append(start, end[-1:]).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_binary(), len(start), buffers)
