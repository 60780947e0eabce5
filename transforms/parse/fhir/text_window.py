"""A text that is read on as its values are taken from it, so that a big file is never whole."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, NamedTuple

from transforms.parse.delimited.gzip_file import ByteStream
from transforms.parse.fhir.json_value import JsonFault, value_at

LONGEST = 64 << 20  # bytes of a line, signs of a value; one resource is far shorter
_PIECE_BYTES = 1 << 20
_NOT_BLANK = re.compile(r"[^ \t\r\n]")
_NEAR_END = 16  # a word, a number or an escape sequence that is cut
_CLOSING = '}]"'


class Spot(NamedTuple):
    """A place in the file: 1-based line, and byte of the unpacked source."""

    line: int
    offset: int


class TextWindow:
    """UTF-8 text of a stream. Every method raises JsonFault where the text cannot be read on."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._spot = Spot(1, 0)
        self._spot_at = 0
        self._is_end = False

    def sign(self) -> str:
        """The next sign that is no blank, '' at the end; the window stands before it."""
        while True:
            if found := _NOT_BLANK.search(self._text, self._at):
                self._at = found.start()
                if found[0] != "\ufeff":
                    return found[0]
                self._at += 1
            else:
                self._at = len(self._text)
                if not self._more():
                    return ""

    def take(self, wanted: str) -> str:
        """The next sign, which must be one of these, and the window behind it."""
        found = self.sign()
        if not found or found not in wanted:
            raise JsonFault("json_invalid" if found else "json_cut_short")
        self._at += 1
        return found

    def spot(self) -> Spot:
        """Where the window stands."""
        passed = self._text[self._spot_at : self._at]
        n_bytes = len(passed) if passed.isascii() else len(passed.encode("utf-8", "surrogatepass"))
        line, offset = self._spot
        self._spot = Spot(line + passed.count("\n"), offset + n_bytes)
        self._spot_at = self._at
        return self._spot

    def value(self) -> Any:
        """The next value, or the JsonFault that keeps it from being trusted."""
        while True:
            self.sign()
            try:
                value, end = value_at(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._is_cut(error):
                    raise JsonFault("json_invalid") from None
                if not self._more():
                    raise JsonFault("json_cut_short") from None
                continue
            if end < len(self._text) or self._text[end - 1] in _CLOSING or not self._more():
                self._at = min(end, len(self._text))
                return value

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        is_in_string = error.msg.startswith("Unterminated string")
        return is_in_string or error.pos >= len(self._text) - _NEAR_END

    def _more(self) -> bool:
        """Read on, as much again as waits; False at the end of the file."""
        if self._is_end:
            return False
        self.spot()
        self._text, self._at, self._spot_at = self._text[self._at :], 0, 0
        if len(self._text) > LONGEST:
            raise JsonFault("resource_too_long")
        read = self._stream.read(max(_PIECE_BYTES, len(self._text)))
        self._is_end = not read
        try:
            self._text += self._decoder.decode(read, final=self._is_end)
        except UnicodeDecodeError:
            raise JsonFault("json_not_text") from None
        return not self._is_end
