"""Which messages of a hospital's feed are worth reading: a search of their bytes, before parsing.

Most messages of a hospital hold no immunoglobulin, and searching bytes is many times as fast
as parsing. A message is passed over only when it is written in the usual delimiters and holds no
wanted code or name, no ADT event, no segment of a diagnosis, a procedure, a medication or a merge,
no order of a pharmacy, none without what was ordered, no withdrawn order, and nothing that could
hide one of these from a search for bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_USUAL = r"^MSH\|\^~\\&#?\|(?:[^|\r\n]*\|){6}[A-Z]"
_ADT = r"^MSH\|(?:[^|\r\n]*\|){7}ADT"
_BEGIN = r"[\r\n][ \t\x00\x0b\x1a\x1c\xef\xbb\xbf]*"
_SEGMENT = _BEGIN + r"(?i:DG1|PR1|PRB|FT1|MRG|RX[ACDEGO])\|"
_PHARMACY = r"^MSH\|(?:[^|\r\n]*\|){7}(?:R[DR]E|R[DR]S|RRD|RGV|RRG|RAS|RRA|OMP|ORP)"
_BESIDE_ORDER = r"(?i:NTE|TQ[12]|CTI|BLG|PRT|Z[A-Z0-9]{2})"  # what may stand below any ORC
_ORDER_ALONE = (
    rf"^MSH\|(?:[^|\r\n]*\|){{7}}OR[MR](?s:.*){_BEGIN}(?i:ORC)\|[^\r\n]*"
    rf"(?:[\r\n]*{_BEGIN}{_BESIDE_ORDER}\|[^\r\n]*)*"
    rf"(?:[\s\x00\x0b\x1a\x1c]*$|[\r\n]*{_BEGIN}(?i:ORC)\|)"
)
_CANCELLED = _BEGIN + r"(?i:ORC\|(?:(?:[^|\r\n]*\|){4})? *(?:CA|OC|CR|DC|OD|DR))"
_WITHDRAWN = _BEGIN + r"(?i:OBR\|(?:[^|\r\n]*\|){24} *[DWX](?:[|^~&\r\n]|$))"
_HIDING = (  # what becomes a letter, or nothing, between two letters
    r"\\(?i:[HN]|X[2-7][0-9A-F]*|\.(?:in|ti|fi|nf)[^\\|\r\n]{0,4})\\",
    r"[^\r\n\x00\x0b\x1a\x1c][\x00\x0b\x1a\x1c]+[^\r\n\x00\x0b\x1a\x1c]",
    r"\x1b",
)
_ALWAYS = (_ADT, _SEGMENT, _PHARMACY, _ORDER_ALONE, _CANCELLED, _WITHDRAWN, *_HIDING)
_ESCAPED = {"|": "F", "^": "S", "&": "T", "~": "R", "\\": "E"}
_BLANK = r"[^0-9A-Za-z|^~&\r\n\\]*"  # around a code in its component, in any character set
_NOT_ASCII = r"(?:[\x80-\xff][0-9@-~\x80-\xff]?|\\X[0-9A-Fa-f]+\\)+"
_CODECS = (  # in which a name that is not ASCII is searched for; ISO 2022 is always read
    *("utf-8", "cp932", "euc_jp", "gb18030", "cp950", "cp949", "cp1251", "koi8-r", "iso8859-5"),
    *("cp866", "cp1253", "cp1255", "cp1256", "cp874"),
)
_HIGH = 0x80


@dataclass(frozen=True)
class MessageFilter:
    """Two RE2 patterns: a message is read when `wanted` is found in it or `readable` is not.

    `readable` is what a header in the usual delimiters looks like; in others no code can be found.
    `interest` is what `wanted` holds of codes and names. `foreign` are names in other letters than
    ASCII's, in every character set: looked for where three bytes in a row are above 7F.
    """

    wanted: str
    readable: str = _USUAL
    interest: str = ""
    foreign: str = ""

    def selects(self, data: bytes, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """For each message, `data[start:end]`, whether it is to be read; one bool each."""
        messages = _slices(data, start, end)
        wanted = _found(messages, self.wanted)
        if self.foreign and not data.isascii():
            others = np.flatnonzero(_is_foreign(data, start, end) & ~wanted)
            wanted[others] = _found(messages.take(pa.array(others)), self.foreign)
        usual = _found(messages, self.readable)
        return wanted | ~usual

    def names_any(self, segments: Sequence[str]) -> np.ndarray:
        """Whether each segment holds a wanted code or name, one bool each."""
        patterns = [pattern for pattern in (self.interest, self.foreign) if pattern]
        if not patterns:
            return np.zeros(len(segments), bool)
        texts = pa.array([segment.encode() for segment in segments], pa.large_binary())
        return _found(texts, "|".join(patterns))

    def sha256(self) -> str:
        """Digest of the patterns: a file that was read with others is read again."""
        patterns = "\n".join(filter(None, (self.wanted, self.readable, self.foreign)))
        return hashlib.sha256(patterns.encode()).hexdigest()


def filter_for_codes(codes: Iterable[str], hints: Iterable[str] = ()) -> MessageFilter:
    """The filter for messages with one of `codes` as a whole component, or with a hint anywhere.

    Codes are compared without regard to case, escaped or not, whatever the character set. Hints
    are RE2 on the bytes of a message, without regard to case (knowledge/name_hint.csv).
    """
    spelled = sorted({_spelled(code.strip()) for code in codes if code.strip()})
    hints = list(hints)
    interest = [f"(?i:{hint})" for hint in hints if hint.isascii()]
    foreign = [f"(?:{spelled})" for hint in hints if not hint.isascii() for spelled in _sets(hint)]
    if spelled:
        stated = f"{_BLANK}(?:{'|'.join(spelled)}){_BLANK}"
        interest.insert(0, rf"(?i:[|^~&\\]{stated}(?:[|^~&\r\n\\]|$))")
    return MessageFilter(
        "|".join([*_ALWAYS, *interest]),
        interest="|".join(interest),
        foreign="|".join(dict.fromkeys(foreign)),
    )


def _sets(hint: str) -> list[str]:
    """A pattern with letters outside ASCII as a pattern of bytes, in each set that has them all."""
    spelled = []
    for codec in _CODECS:
        try:
            spelled.append("".join(_byte_letter(sign, codec) for sign in hint))
        except UnicodeEncodeError:
            continue
    return spelled


def _byte_letter(sign: str, codec: str) -> str:
    if sign.isascii():
        return sign
    cases = dict.fromkeys(cased.encode(codec) for cased in (sign.lower(), sign.upper()))
    spelled = ["".join(f"\\x{byte:02x}" for byte in case) for case in cases]
    return spelled[0] if len(spelled) == 1 else f"(?:{'|'.join(spelled)})"


def _spelled(code: str) -> str:
    """The code as a pattern; a delimiter in it may be sent as its escape sequence."""
    return "".join(_letter(sign) for sign in code)


def _letter(sign: str) -> str:
    if sign in _ESCAPED:
        return rf"(?:{re.escape(sign)}|\\{_ESCAPED[sign]}\\)"
    return re.escape(sign) if sign.isascii() else _NOT_ASCII


def _found(texts: pa.Array, pattern: str) -> np.ndarray:
    return pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)


def _is_foreign(data: bytes, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Which stretches hold three bytes above 7F in a row: no accent, but a letter of far away."""
    is_high = np.frombuffer(data, np.uint8) >= _HIGH
    place = np.flatnonzero(is_high[:-2] & is_high[1:-1] & is_high[2:])
    return np.searchsorted(place, end) > np.searchsorted(place, start)


def _slices(data: bytes, start: np.ndarray, end: np.ndarray) -> pa.Array:
    """The stretches, which lie one behind the other, as an array without copying them."""
    offsets = np.append(start, end[-1:]).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_binary(), len(start), buffers)
