"""What a result is known by: its server's id, else the numbers of its order, as in HL7 v2.

A server's id is the same with every export and every correction, so it stands where HL7 has the
laboratory's number; nothing of it depends on which other resources came along. In a message or a
transaction ids are made anew each time: there the numbers of the order (DiagnosticReport,
ServiceRequest; v2-to-FHIR makes them of OBR-2 and OBR-3) and the Observation's own identifier
(OBX-21) say what is a version of what.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

from transforms.parse.fhir.element import (
    concept_lines,
    concept_text,
    elements,
    lines_beside,
    member,
    one_line,
    text_of,
)
from transforms.parse.fhir.reference import References, identifier_in
from transforms.parse.fhir.sent_resource import SentResource

PLACER, FILLER = ("PLAC", "PLACER"), ("FILL", "FILLER", "ACSN")


class Order(NamedTuple):
    """The numbers and the service of a result's order, who asked for it and where by the names
    that stand there (Reference.display), and the report that told of it."""

    placer: str | None
    filler: str | None
    service: str | None
    further_services: str | None
    requester: str | None
    requested_from: str | None
    report: dict[str, Any] | None


_NONE = Order(None, None, None, None, None, None, None)


def order_of(sent: SentResource, references: References) -> Order:
    """The order of an Observation."""
    report = references.report_of(sent)
    links = [*elements(sent.content.get("basedOn")), *elements(member(report, "basedOn"))]
    if not (report or links):
        return _NONE
    targets = [references.target(sent, link).content for link in links]
    requests = [found for found in targets if found]
    stated = [each for holder in (report, *requests) for each in elements(_identifiers(holder))]
    stated += [found for link in links if (found := identifier_in(link))]
    placer, filler = number_of(stated, PLACER), number_of(stated, FILLER)
    if not placer and requests:
        placer = number_of(elements(_identifiers(requests[0])), ())
    if not filler and report:
        filler = number_of(elements(_identifiers(report)), ())
    concepts = [member(holder, "code") for holder in (report, *requests)]
    named = [concept for concept in concepts if concept]
    service = _service(named[0]) if named else None
    said = chain.from_iterable(concept_lines(c, "DiagnosticReport.code") for c in named)
    asked = (
        _first_said(one_line(text_of(request, "requester", "display")) for request in requests),
        _first_said(map(_requested_from, requests)),
    )
    return Order(placer, filler, service, lines_beside(said, (service,)), *asked, report)


def own_number(sent: SentResource) -> str | None:
    """The id that a server gave the Observation; None where it was made for an exchange."""
    known_as = sent.server_id
    if known_as is None:
        return None
    base, slash, _ = known_as.holder.rpartition("/")
    return f"{base}{slash}{known_as.id}"


def own_identifier(sent: SentResource) -> str | None:
    """The Observation's identifier, its issuer behind ^ (OBX-21)."""
    for each in elements(sent.content.get("identifier")):
        if value := text_of(each, "value"):
            system = text_of(each, "system")
            return f"{value}^{system}" if system else value
    return None


def _requested_from(request: dict[str, Any]) -> str | None:
    """The place that a ServiceRequest names."""
    display = one_line(text_of(request, "locationReference", "display"))
    return display or one_line(concept_text(member(request, "locationCode")))


def _first_said(texts: Iterable[str | None]) -> str | None:
    return next(filter(None, texts), None)


def _identifiers(holder: dict[str, Any] | None) -> Any:
    """The identifiers of a report or a request; requisition is that of all requested at once."""
    return holder.get("identifier") if holder else None


def number_of(stated: list[dict[str, Any]], types: tuple[str, ...]) -> str | None:
    """The first identifier of one of these types; of none, for no types."""
    for each in stated:
        codes = {text_of(coding, "code") for coding in elements(member(each, "type", "coding"))}
        value = text_of(each, "value")
        if value and (codes & set(types) or (not types and not codes)):
            return value
    return None


def _service(concept: Any) -> str | None:
    listed = elements(member(concept, "coding"))
    codes = (text_of(coding, "code") for coding in listed)
    return next((code for code in codes if code), None) or one_line(concept_text(concept))
