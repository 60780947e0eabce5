"""The specimen of an Observation: contained, in the same file, or only named."""

from __future__ import annotations

from typing import Any, NamedTuple

from transforms.parse.fhir.element import (
    codings,
    concept_lines,
    concept_text,
    elements,
    lines_beside,
    member,
    one_line,
    text_of,
)
from transforms.parse.fhir.moment import stated_time
from transforms.parse.fhir.reference import References, identifier_in
from transforms.parse.fhir.sent_resource import SentResource


class Specimen(NamedTuple):
    """Id, type (code, else text), all that is said of the type, time of collection as sent."""

    id: str | None = None
    type: str | None = None
    further: str | None = None
    collected_at: str | None = None
    collected_at_field: str | None = None


def specimen_of(sent: SentResource, references: References) -> Specimen:
    """What is known of the specimen.

    Where the server's ids say what is a version of what, the specimen's id is the server's too: its
    own number would be there in one export, with the Specimen, and missing in the next.
    """
    reference = sent.content.get("specimen")
    if not isinstance(reference, dict):
        return Specimen()
    target = references.target(sent, reference)
    found = target.content
    number = target.server_id.id if target.server_id else _number(found)
    number = number or text_of(identifier_in(reference), "value")
    if found is None:
        shown = one_line(reference.get("display"))
        return Specimen(number, shown, f"Specimen.display {shown}" if shown else None)
    kind = found.get("type")
    code = next((coding.code for coding in codings(kind) if coding.code), None)
    at, field = stated_time(found.get("collection"), "collected")
    field = f"Specimen.collection.{field}" if field else None
    further = lines_beside(concept_lines(kind, "Specimen.type"), ())
    return Specimen(number, code or concept_text(kind), further, at, field)


def _number(specimen: dict[str, Any] | None) -> str | None:
    accession = text_of(member(specimen, "accessionIdentifier"), "value")
    listed = (text_of(each, "value") for each in elements(member(specimen, "identifier")))
    return accession or next((value for value in listed if value), None)
