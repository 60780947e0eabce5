"""The character set of a delimited file: what the facility states, else what the bytes show.

Bytes that are no text in it become one marker sign, so that the rows that hold them can be refused
instead of being read as something else.
"""

from __future__ import annotations

import codecs
import re

MARKER = "\ufdd0"  # a noncharacter: Unicode promises that no text holds it
MARKER_UTF8 = MARKER.encode()
_ESCAPED = re.compile("[\udc80-\udcff]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _mark(error: UnicodeError) -> tuple[str, int]:
    """MARKER in the place of bytes that the character set does not have."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return MARKER, error.end


codecs.register_error("igwatch.mark", _mark)


class CharacterSet:
    """Turns whole lines of one file into UTF-8.

    `name` is what the bytes were read as so far. A file that states none is UTF-8 until a line
    proves otherwise; then it is windows-1252, which reads plain ASCII alike.
    """

    def __init__(self, head: bytes, stated: str | None = None) -> None:
        bom, name = next(((b, n) for b, n in _BOMS if head.startswith(b)), (b"", None))
        self.bom_bytes = len(bom)
        self.name = name or _explicit(stated) or _unmarked(head)
        self.unit_bytes = 2 if self.name.startswith("utf-16") else 1
        self._is_certain = bool(bom or stated)

    def utf8(self, lines: bytes) -> bytes:
        """The lines in UTF-8, the same number of them; each NUL becomes the marker too."""
        text = self._utf8(lines)
        return text.replace(b"\0", MARKER_UTF8) if b"\0" in text else text

    def _utf8(self, lines: bytes) -> bytes:
        if self.name != "utf-8":
            return self._transcoded(lines)
        if lines.isascii():
            return lines
        try:
            lines.decode()
        except UnicodeDecodeError:
            if not self._is_certain and not _is_mostly_utf8(lines):
                self.name = "cp1252"
            return self._transcoded(lines)
        self._is_certain = True
        return lines

    def _transcoded(self, lines: bytes) -> bytes:
        return lines.decode(self.name, "igwatch.mark").encode("utf-8", "replace")


def _explicit(stated: str | None) -> str | None:
    """UTF-16 without a byte order mark is little-endian, as Windows writes it."""
    if not stated:
        return None
    name = codecs.lookup(stated).name
    return {"utf-16": "utf-16-le", "utf-8-sig": "utf-8", "ascii": "utf-8"}.get(name, name)


def _unmarked(head: bytes) -> str:
    """UTF-16 shows itself by a zero in nearly every other byte."""
    even, odd = head[0:4096:2], head[1:4096:2]
    if odd and odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if odd and even.count(0) > 0.4 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return "utf-8"


def _is_mostly_utf8(lines: bytes) -> bool:
    """More well-formed letters beyond ASCII than stray bytes: UTF-8 with some damage."""
    text = lines.decode("utf-8", "surrogateescape")
    n_stray = len(_ESCAPED.findall(text))
    return len(text) - len(text.encode("ascii", "ignore")) - n_stray > n_stray
