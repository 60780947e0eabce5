"""Chooses the reader of a file, HL7, FHIR or delimited: by its content, then by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from transforms.parse.delimited.character_set import CharacterSet
from transforms.parse.delimited.gzip_file import DAMAGE_ERRORS, open_unpacked
from transforms.parse.delimited.layout import LayoutError, layout_of
from transforms.parse.delimited.not_text import why_not_text
from transforms.parse.delimited.reader import HEAD_BYTES, first_lines, read_delimited
from transforms.parse.delimited.refusal import Refusal
from transforms.parse.delimited.source_file import Batch, unreadable
from transforms.parse.facility.facility import Facility
from transforms.parse.fhir import read_fhir
from transforms.parse.hl7 import read_hl7
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.raw.source import Source

_PADDING = r"[\s\x0b\x1c\0\ufeff]*"
_BEGINS_AS_HL7 = re.compile(_PADDING + r"(?:MSH|FHS|BHS)[^\w\s]", re.IGNORECASE)
_BEGINS_AS_JSON = re.compile(_PADDING + r"[{\[]\s*[{\[\]}\"]")
_HOLDS_FHIR = re.compile(r"\"resourceType\"\s*:")
_JSON_NAMES = (".json", ".ndjson", ".jsonl")
_HOLDS_HL7 = re.compile(rf"(?:^|[\r\n\x0b]){_PADDING}(?:MSH|FHS|BHS)[^\w\s]")


def read_source(
    source: Source,
    facility: Facility,
    message_filter: MessageFilter | None = None,
    processes: int = 1,
    work: Path | None = None,
) -> Iterator[Batch]:
    """(raw table, batch) for everything in the file; ("source_file", one row) is the last.

    `message_filter` says what is worth reading; `processes` share a large file of
    HL7 by a folder in `work`. Whatever the file holds ends in a row or a reject and raises no
    error here.
    """
    try:
        with open_unpacked(source.path) as stream:
            head = stream.read(HEAD_BYTES)
    except DAMAGE_ERRORS:
        yield from unreadable(source, facility, Refusal("gzip_damaged"))
        return
    if reason := why_not_text(head):
        yield from unreadable(source, facility, Refusal(reason))
    elif is_fhir(head, source):
        yield from read_fhir(source, facility, message_filter, work)
    elif is_hl7(head, source, facility):
        yield from read_hl7(source, facility, message_filter, processes, work=work)
    else:
        yield from read_delimited(source, facility, message_filter)


def is_text_of_hl7(content: bytes, facility: Facility) -> bool:
    """Whether `read_source` reads a file of these bytes, one code unit each, as HL7."""
    is_wide = (facility.encoding or "").lower().replace("_", "-").startswith("utf-16")
    return not is_wide and why_not_text(content) is None and begins_as_hl7(content)


def begins_as_hl7(head: bytes) -> bool:
    """True for a file whose first segment is one of HL7's."""
    return bool(_BEGINS_AS_HL7.match(CharacterSet(head).utf8(head).decode("utf-8", "replace")))


def begins_as_fhir(head: bytes) -> bool:
    """True for a file that begins as JSON and holds a resource."""
    text = head.decode("utf-8", "replace")
    return bool(_BEGINS_AS_JSON.match(text) and _HOLDS_FHIR.search(text))


def is_fhir(head: bytes, source: Source) -> bool:
    """Whether the file begins as JSON and holds a resource; or does not, and is named so."""
    if begins_as_fhir(head):
        return True
    is_named = source.name.lower().removesuffix(".gz").endswith(_JSON_NAMES)
    return is_named and not begins_as_hl7(head)


def is_hl7(head: bytes, source: Source, facility: Facility) -> bool:
    """Whether the file begins as HL7; or is named so or holds an MSH, and is no delimited file."""
    if begins_as_hl7(head):
        return True
    text = CharacterSet(head).utf8(head).decode("utf-8", "replace")
    is_named = source.name.lower().removesuffix(".gz").endswith(".hl7")
    return bool(is_named or _HOLDS_HL7.search(text)) and not _has_header(head, source, facility)


def _has_header(head: bytes, source: Source, facility: Facility) -> bool:
    """Whether the file has the header row of a delimited file, complete or not."""
    try:
        return bool(layout_of(first_lines(head, facility.encoding), facility, source.name))
    except LayoutError as fault:
        return fault.file_kind is not None
