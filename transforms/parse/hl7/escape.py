"""HL7 v2's escape sequences (chapter 2.7), written with the usual backslash."""

from __future__ import annotations

import re

_SEQUENCE = re.compile(
    r"\\(?:([FSTREHN])|X((?:[0-9A-Fa-f]{2})+)|\.(br|sp|ce|in|ti|fi|nf|sk)[+-]?([0-9]{0,3}))\\"
)
_LETTER = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", "H": "", "N": ""}
_COMMAND = {"br": "\n", "ce": "\n", "sp": "\n", "sk": " "}
_LONGEST_SKIP = 80
_VANISHING = r"\\(?:[HN]|\.(?:in|ti|fi|nf)[+-]?[0-9]{0,3})\\"
_IN_NUMBER = re.compile(rf"(?<=[0-9.,])(?:{_VANISHING})+(?=[0-9.,])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def unescape(leaf: str) -> str:
    """The leaf with its known sequences replaced; a lone or unknown backslash stays."""
    return _SEQUENCE.sub(_meaning, leaf) if "\\" in leaf else leaf


def unescape_value(leaf: str) -> str:
    r"""As unescape, but nothing vanishes within a number: 1\N\2 is not 12.

    A sequence that stands for no letter stays as sent between its digits; a control character that
    hex data bring in is shown as Unicode's picture of it.
    """
    if "\\" not in leaf:
        return leaf
    shown, at = [], 0
    for found in _IN_NUMBER.finditer(leaf):
        shown += [unescape(leaf[at : found.start()]), found[0]]
        at = found.end()
    text = "".join([*shown, unescape(leaf[at:])])
    return _CONTROL.sub(lambda sign: chr(0x2400 + min(ord(sign[0]), 0x21)), text)


def _meaning(found: re.Match) -> str:
    letter, data, command, count = found.groups()
    if letter:
        return _LETTER[letter]
    if data:
        return _decoded(bytes.fromhex(data))
    repeated = command in ("sp", "sk")
    return _COMMAND.get(command, "") * (min(int(count or 1), _LONGEST_SKIP) if repeated else 1)


def _decoded(raw: bytes) -> str:
    r"""Hex data: UTF-8, else Latin-1; \X00E9\, pairs of bytes from 00, is UTF-16 in practice."""
    if len(raw) % 2 == 0 and raw.strip(b"\0") and not any(raw[::2]):
        return raw.decode("utf-16-be")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
