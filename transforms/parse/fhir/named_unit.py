"""The resources of a file of FHIR and whom each names, also those of types that nobody reads.

A unit is a piece of the file (piece.py): a line, an entry of a Bundle, an element of a list. A
Bundle that is one line or stands in another goes whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from transforms.parse.delimited.gzip_file import open_unpacked
from transforms.parse.facility.facility import Facility
from transforms.parse.fhir.bundle import Fault, Unwrapping, survey
from transforms.parse.fhir.element import elements, member
from transforms.parse.fhir.person import People
from transforms.parse.fhir.piece import DOCUMENT, FAULT, Piece, is_lines, pieces
from transforms.parse.fhir.reader import HEAD_BYTES
from transforms.parse.fhir.reference import References
from transforms.parse.fhir.resource_store import ResourceStore
from transforms.parse.fhir.sent_resource import SentResource
from transforms.parse.raw.named_unit import Named, Unit, Whom
from transforms.parse.raw.source import Source

_ABOUT = ("subject", "patient", "individual", "beneficiary", "for")  # elements that name a patient


def fhir_units(source: Source, facility: Facility, whom: Whom) -> Iterator[Unit]:
    """The units of a file, in order; with each that goes, a comma of its list."""
    with open_unpacked(source.path) as stream:
        head = stream.read(HEAD_BYTES)
    units: Iterator[tuple[Piece, Unit]] = _units(source, head, facility, whom)
    if is_lines(head):
        yield from (unit for _, unit in units)
        return
    of_list: list[Unit] = []
    for piece, unit in units:
        if piece.kind == DOCUMENT:
            yield from _with_commas(of_list)
            of_list = []
            yield unit
        else:
            of_list.append(unit)
    yield from _with_commas(of_list)


def _units(
    source: Source, head: bytes, facility: Facility, whom: Whom
) -> Iterator[tuple[Piece, Unit]]:
    with ResourceStore() as store:
        references = References(store)
        with open_unpacked(source.path) as stream:
            found = survey(pieces(stream, head), references)
        unwrapping = Unwrapping(found, references, store)
        people = People(facility, references)
        with open_unpacked(source.path) as stream:
            for piece in pieces(stream, head):
                sent = list(unwrapping.resources(piece))
                if sent or piece.kind == FAULT:
                    yield piece, _unit(piece, sent, people, facility, whom)


def _unit(
    piece: Piece,
    sent: list[SentResource | Fault],
    people: People,
    facility: Facility,
    whom: Whom,
) -> Unit:
    named = [set(_named(each, people)) for each in sent if isinstance(each, SentResource)]
    theirs = [any(whom.is_named(facility.name, n) for n in names) for names in named if names]
    end = piece.offset + piece.length
    if theirs:
        return Unit(piece.offset, end, any(theirs), any(theirs) and not all(theirs))
    text = piece.value if piece.kind == FAULT else json.dumps(piece.value, ensure_ascii=False)
    return Unit(piece.offset, end, whom.is_mentioned(text))


def _named(sent: SentResource, people: People) -> Iterator[Named]:
    """The patient that a resource is, or is about, by each of the numbers it is known by."""
    if sent.type == "Patient":
        stated = [people.of_patient(sent.content, sent.server_id)]
        if known_as := sent.server_id:
            yield Named(known_as.id, people.authority_of(known_as))
        for link in elements(sent.content.get("link")):
            other = replace(sent, content={**sent.content, "other": member(link, "other")})
            stated.append(people.subject(other, "other"))
    else:
        stated = [people.subject(about, field) for field, about in _about(sent)]
    for patient in stated:
        if patient.patient_id and not patient.refusal:
            yield Named(patient.patient_id, *patient[1:5])


def _about(sent: SentResource) -> Iterator[tuple[str, SentResource]]:
    for field in _ABOUT:
        value: Any = sent.content.get(field)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield field, replace(sent, content={**sent.content, field: each})


def _with_commas(units: list[Unit]) -> Iterator[Unit]:
    """The elements of a list; those that go take the comma before them along, or where nothing
    stays before them the one behind."""
    is_kept_before = False
    for number, unit in enumerate(units):
        start, end = unit.start, unit.end
        if unit.is_theirs and is_kept_before:
            start = units[number - 1].end
        elif unit.is_theirs and number + 1 < len(units):
            end = units[number + 1].start
        is_kept_before |= not unit.is_theirs
        yield replace(unit, start=start, end=end)
