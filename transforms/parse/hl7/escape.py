"""HL7 v2's escape sequences (chapter 2.7), written with the usual backslash."""

from __future__ import annotations

import re

_SEQUENCE = re.compile(
    r"\\(?:([FSTREHN])|X((?:[0-9A-Fa-f]{2})+)|\.(br|sp|ce|in|ti|fi|nf|sk)[+-]?([0-9]{0,3}))\\"
)
_LETTER = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", "H": "", "N": ""}
_COMMAND = {"br": "\n", "ce": "\n", "sp": "\n", "sk": " "}
_LONGEST_SKIP = 80


def unescape(leaf: str) -> str:
    """The leaf with its known sequences replaced; a lone or unknown backslash stays."""
    return _SEQUENCE.sub(_meaning, leaf) if "\\" in leaf else leaf


def _meaning(found: re.Match) -> str:
    letter, data, command, count = found.groups()
    if letter:
        return _LETTER[letter]
    if data:
        return _decoded(bytes.fromhex(data))
    repeated = command in ("sp", "sk")
    return _COMMAND.get(command, "") * (min(int(count or 1), _LONGEST_SKIP) if repeated else 1)


def _decoded(raw: bytes) -> str:
    r"""Hex data: UTF-8, else Latin-1; \X00E9\, four digits from 00, is UTF-16 in practice."""
    if len(raw) == 2 and raw[0] == 0:
        return raw[1:].decode("latin-1").replace("\x00", "")
    try:
        return raw.decode().replace("\x00", "")
    except UnicodeDecodeError:
        return raw.decode("latin-1").replace("\x00", "")
