"""The resources of a file of FHIR and whom each names, also those of types that nobody reads.

A unit is a piece of the file (piece.py): a line, an entry of a Bundle, an element of a list; of a
line that is a Bundle of several persons each entry. A Bundle that stands in another, or in a list,
goes whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from transforms.parse.delimited.gzip_file import open_unpacked
from transforms.parse.facility.facility import Facility
from transforms.parse.fhir.bundle import Fault, Unwrapping, survey
from transforms.parse.fhir.element import elements, member
from transforms.parse.fhir.line_entry import NamingResource, line_bundle
from transforms.parse.fhir.person import People
from transforms.parse.fhir.piece import DOCUMENT, FAULT, Piece, is_lines, pieces
from transforms.parse.fhir.reader import HEAD_BYTES
from transforms.parse.fhir.reference import References
from transforms.parse.fhir.resource_store import ResourceStore
from transforms.parse.fhir.sent_resource import SentResource
from transforms.parse.raw.named_unit import Named, Unit, Whom
from transforms.parse.raw.source import Source

# FHIR R4: resources that are about no patient and refer to none
_NOBODYS = {
    *("CodeSystem", "ConceptMap", "Endpoint", "HealthcareService", "Location", "Medication"),
    *("ObservationDefinition", "Organization", "Practitioner", "PractitionerRole"),
    *("SpecimenDefinition", "Substance", "ValueSet"),
}
_ABOUT = ("subject", "patient", "individual", "beneficiary", "for")  # elements that name a patient


def fhir_units(source: Source, facility: Facility, whom: Whom) -> Iterator[Unit]:
    """The units of a file, in order; with each that goes, a comma of its list."""
    with open_unpacked(source.path) as stream:
        head = stream.read(HEAD_BYTES)
    if is_lines(head):
        yield from _line_units(source, head, facility, whom)
        return
    of_list: list[Unit] = []
    for holder, unit in _units(source, head, facility, whom):
        if holder.piece.kind == DOCUMENT:
            yield from _with_commas(of_list)
            of_list = []
            yield unit
        else:
            of_list.append(unit)
    yield from _with_commas(of_list)


def _line_units(source: Source, head: bytes, facility: Facility, whom: Whom) -> Iterator[Unit]:
    with open_unpacked(source.path) as stream:
        for holder, unit in _units(source, head, facility, whom):
            piece = holder.piece
            if unit.is_shared and piece.value.get("resourceType") == "Bundle":
                stream.seek(piece.offset)
                yield from holder.entries(stream.read(piece.length)) or [unit]
            else:
                yield unit


class _Holder(NamedTuple):
    """A piece, and the patients that each resource in it names: known while it is read alone."""

    piece: Piece
    sent: list[NamingResource]
    facility: str
    whom: Whom

    def unit(self) -> Unit:
        theirs = [
            any(self.whom.is_named(self.facility, each) for each in names)
            for _, names in self.sent
            if names
        ]
        start, end = self.piece.offset, self.piece.offset + self.piece.length
        if theirs:
            return Unit(start, end, any(theirs), any(theirs) and not all(theirs))
        is_text = self.piece.kind == FAULT
        text = self.piece.value if is_text else json.dumps(self.piece.value, ensure_ascii=False)
        return Unit(start, end, self.whom.is_mentioned(text))

    def entries(self, line: bytes) -> list[Unit]:
        """The units of a line's Bundle; none where it cannot be taken apart: of an entry nobody can
        say whose it is, or a number of theirs stands in what is said beside the entries."""
        bundle = line_bundle(line, self.piece, self.sent)
        if bundle is None or self.whom.is_mentioned(json.dumps(bundle.around, ensure_ascii=False)):
            return []
        apart = [self._replace(piece=each.piece, sent=each.sent) for each in bundle.entries]
        if not all(each.is_clear() for each in apart):
            return []
        return list(_with_commas([each.unit() for each in apart]))

    def is_clear(self) -> bool:
        """Whether each resource names a patient, or is of a type that never does."""
        return bool(self.sent) and all(
            names or (isinstance(each, SentResource) and each.type in _NOBODYS)
            for each, names in self.sent
        )


def _units(
    source: Source, head: bytes, facility: Facility, whom: Whom
) -> Iterator[tuple[_Holder, Unit]]:
    with ResourceStore() as store:
        references = References(store)
        with open_unpacked(source.path) as stream:
            found = survey(pieces(stream, head), references)
        unwrapping = Unwrapping(found, references, store)
        people = People(facility, references)
        with open_unpacked(source.path) as stream:
            for piece in pieces(stream, head):
                # what is referred to is forgotten behind the last resource of a piece
                sent = [(each, _names(each, people)) for each in unwrapping.resources(piece)]
                if sent or piece.kind == FAULT:
                    holder = _Holder(piece, sent, facility.name, whom)
                    yield holder, holder.unit()


def _names(sent: SentResource | Fault, people: People) -> frozenset[Named]:
    return frozenset(_named(sent, people) if isinstance(sent, SentResource) else ())


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
