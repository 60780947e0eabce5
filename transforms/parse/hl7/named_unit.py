"""The messages of a file of HL7 v2 and whom each names, also those that no reader asks for.

A message about several people (an ADT of a merge, a result message that goes on with another PID)
is cut between their PID segments; its header goes with the last of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from transforms.parse.facility.facility import Facility
from transforms.parse.hl7 import datatype
from transforms.parse.hl7.adt import PRIOR
from transforms.parse.hl7.charset import UnknownCharset, decode, readable
from transforms.parse.hl7.er7 import USUAL, delimiters_of, in_usual_signs, segments
from transforms.parse.hl7.file_bytes import FileBytes
from transforms.parse.hl7.framing import ENVELOPE, MESSAGE, frames
from transforms.parse.hl7.identifier import identifiers
from transforms.parse.hl7.patient import NO_PATIENT, issuer_of, patient_of
from transforms.parse.raw.named_unit import Named, Unit, Whom, unit_of
from transforms.parse.raw.source import Source

_CONTROL = re.compile(rb"[\0\x0b\x1a\x1c]")
_LINE_END = re.compile(rb"\r\n|\r|\n")


def hl7_units(source: Source, facility: Facility, whom: Whom) -> Iterator[Unit]:
    """The units of a file, in order; offsets are those that rejects name (file_bytes.py)."""
    file_bytes = FileBytes(source.path, facility.encoding)
    encoding = None if file_bytes.wide_codec else facility.encoding
    for block in frames(file_bytes.window()):
        places = zip(block.start.tolist(), block.end.tolist(), block.kind.tolist(), strict=True)
        for start, end, kind in places:
            raw = block.data[start:end]
            at = block.offset + start
            if kind == MESSAGE:
                yield from _message_units(raw, at, encoding, facility, whom)
            else:
                is_theirs = whom.is_mentioned(readable(raw, encoding))
                is_content = kind != ENVELOPE and bool(raw.strip(b"\0\x0b\x1a\x1c\r\n\t "))
                yield Unit(at, at + len(raw), is_theirs, is_content=is_content)


def _message_units(
    raw: bytes, offset: int, encoding: str | None, facility: Facility, whom: Whom
) -> list[Unit]:
    whole = (offset, offset + len(raw))
    lines = _lines(raw, encoding)
    if lines is None:
        return [unit_of(*whole, (), readable(raw, encoding), facility.name, whom)]
    starts = [0, *(end.end() for end in _LINE_END.finditer(raw))]
    groups = _groups(*lines)
    header = lines[1][0].split("|", 4)
    sender = datatype.name(header[3]) if len(header) > 3 else None
    units = []
    for first, behind in groups:
        start = starts[first]
        end = starts[behind] if behind < len(starts) else len(raw)
        of_group = lines[0][first:behind], lines[1][first:behind]
        named = _named(*of_group, facility, sender)
        text = "\r".join(of_group[1])
        units.append(unit_of(offset + start, offset + end, named, text, facility.name, whom))
    if len({unit.is_theirs for unit in units}) == 1:
        is_shared = any(unit.is_shared for unit in units)
        return [Unit(*whole, units[0].is_theirs, is_shared)]
    return [Unit(offset, units[0].start, False, is_content=False), *units]


def _lines(raw: bytes, encoding: str | None) -> tuple[list[str], list[str]] | None:
    """Segment ids and lines in the usual signs; None for a message that cannot be read."""
    try:
        text, _ = decode(raw, encoding)
    except UnknownCharset:
        return None
    delimiters = delimiters_of(text)
    if delimiters is None:
        return None
    if delimiters != USUAL:
        text = in_usual_signs(text, delimiters)
    return segments(text, not _CONTROL.search(raw))


def _groups(ids: list[str], lines: list[str]) -> list[tuple[int, int]]:
    """From each PID to the next, as places in the lines; the whole message where it has none."""
    begins = [n for n, segment in enumerate(ids) if segment == "PID"]
    if not begins:
        return [(0, len(lines))]
    return list(zip(begins, [*begins[1:], len(lines)], strict=True))


def _named(ids: list[str], lines: list[str], facility: Facility, sender: str | None) -> set[Named]:
    """Whom the PID of a group names, and its MRG."""
    rule = facility.identifier
    named = set()
    pid = lines[ids.index("PID")] if "PID" in ids else ""
    patient = patient_of(pid, facility, NO_PATIENT, sender)
    if patient.patient_id and not patient.refusal:
        named.add(Named(patient.patient_id, *patient[1:5]))
    if "MRG" not in ids:
        return named
    surviving = identifiers(_field(pid, int(rule.field[-1])), rule)
    for segment, line in zip(ids, lines, strict=True):
        if segment == "MRG":
            for retired in identifiers(_field(line, PRIOR[rule.field]), rule):
                issuers = [retired] if retired.authority else surviving or [retired]
                named |= {Named(retired.id, *issuer_of(i, facility, sender)) for i in issuers}
    return named


def _field(line: str, number: int) -> str:
    fields = line.split("|", number + 1)
    return fields[number] if len(fields) > number else ""
