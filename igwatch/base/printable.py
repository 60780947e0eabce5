"""Text that feeds have sent, as a terminal and a script may be given it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def printable(text: str, kept: str = "") -> str:
    """The text with each control, C1, bidirectional and invisible sign made visible (`\\x1b`), save
    those `kept`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else f"\\x{ord(c):02x}" for c in text)


def printable_all(value: Any) -> Any:
    """Nested lists and dicts whose every text is printable; line ends within a text stay."""
    if isinstance(value, str):
        return printable(value, kept="\n")
    if isinstance(value, Mapping):
        return {printable_all(key): printable_all(of) for key, of in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [printable_all(part) for part in value]
    return value
