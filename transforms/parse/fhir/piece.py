"""A file of JSON cut into pieces of bounded size: lines, entries of a Bundle, elements of a list.

A file whose first lines each are an object is NDJSON: a bad line is refused alone. Any other is a
text of one value or several, of which the entries of a Bundle are taken one by one; where it
cannot be read on, the rest of the file is one fault.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from transforms.parse.delimited.gzip_file import ByteStream
from transforms.parse.fhir.json_value import JsonFault, whole_value
from transforms.parse.fhir.text_window import LONGEST, Spot, TextWindow

LINE, ENTRY, DOCUMENT, FAULT = "line", "entry", "document", "fault"
_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
_FILLED_LINE = re.compile(rb"[ \t\r]*([^ \t\r\n][^\n]*)(?:\n|$)")


class Piece(NamedTuple):
    """One value of the file. Kinds: LINE (also an element of a list), ENTRY of the Bundle
    `document`, DOCUMENT (the rest of an object, behind its entries), FAULT (value is the reason).

    `document` numbers the objects of the file from 1; lines and elements belong to 0.
    """

    kind: str
    value: Any
    document: int
    line: int
    offset: int
    length: int


def pieces(stream: ByteStream, head: bytes, wanted: Collection[bytes] = ()) -> Iterator[Piece]:
    """The pieces of a file that begins with `head`, in bounded memory. OSError is all it raises.

    Lines that hold none of `wanted`, where any are, may be left out.
    """
    return _lines(stream, wanted) if is_lines(head) else _documents(TextWindow(stream))


def is_lines(head: bytes) -> bool:
    """Whether a file that begins so is NDJSON: its first filled line and the next are objects."""
    filled = [m[1].rstrip(_BLANKS) for m in _FILLED_LINE.finditer(head.removeprefix(_BOM))][:2]
    is_whole = b"\n" in head.lstrip(_BOM + _BLANKS)
    if not filled or not is_whole or not filled[0].startswith(b"{"):
        return False
    return filled[0].endswith(b"}") and all(line.startswith(b"{") for line in filled)


def _lines(stream: ByteStream, wanted: Collection[bytes]) -> Iterator[Piece]:
    buffered = io.BufferedReader(stream, 1 << 20)  # type: ignore[type-var]
    number = offset = 0
    while line := buffered.readline(LONGEST):
        number += 1
        length = len(line)
        is_long = length == LONGEST and not line.endswith(b"\n")
        while is_long and (rest := buffered.readline(LONGEST)):
            length += len(rest)
            is_long = not rest.endswith(b"\n")
        text = line.strip(_BLANKS) if offset else line.removeprefix(_BOM).strip(_BLANKS)
        if text and (not wanted or any(word in text for word in wanted)):
            kind, value = _read(text) if length <= LONGEST else (FAULT, "resource_too_long")
            yield Piece(kind, value, 0, number, offset, length)
        offset += length


def _read(line: bytes) -> tuple[str, Any]:
    try:
        return LINE, whole_value(line.decode())
    except UnicodeDecodeError:
        return FAULT, "json_not_text"
    except JsonFault as fault:
        return FAULT, fault.reason


def _documents(window: TextWindow) -> Iterator[Piece]:
    number = 0
    start = Spot(1, 0)
    try:
        while sign := window.sign():
            start = window.spot()
            if sign == "[":
                yield from _elements(window, LINE, 0)
            else:
                number += 1
                yield from _object(window, number, start)
    except JsonFault as fault:
        yield Piece(FAULT, fault.reason, number, start.line, start.offset, 0)


def _object(window: TextWindow, number: int, start: Spot) -> Iterator[Piece]:
    """The entries of an object, and then what it holds besides."""
    fields: dict[str, Any] = {}
    window.take("{")
    sign = window.sign()
    while sign != "}":
        key = window.value()
        if not isinstance(key, str):
            raise JsonFault("json_invalid")
        window.take(":")
        if key in fields:
            raise JsonFault("json_key_twice")
        if key == "entry" and window.sign() == "[":
            fields[key] = None
            yield from _elements(window, ENTRY, number)
        else:
            fields[key] = window.value()
            if isinstance(fields[key], JsonFault):
                raise fields[key]
        if window.spot().offset - start.offset > LONGEST and "entry" not in fields:
            raise JsonFault("resource_too_long")
        sign = window.take(",}")
    if not fields:
        window.take("}")
    fields.pop("entry", None)
    length = window.spot().offset - start.offset
    yield Piece(DOCUMENT, fields, number, start.line, start.offset, length)


def _elements(window: TextWindow, kind: str, document: int) -> Iterator[Piece]:
    window.take("[")
    if window.sign() == "]":
        window.take("]")
        return
    sign = ","
    while sign == ",":
        window.sign()
        start = window.spot()
        value = window.value()
        length = window.spot().offset - start.offset
        is_fault = isinstance(value, JsonFault)
        found = (FAULT, value.reason) if is_fault else (kind, value)
        yield Piece(*found, document, start.line, start.offset, length)
        sign = window.take(",]")
