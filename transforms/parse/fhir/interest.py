"""Whether an Observation may be an immunoglobulin's: by its codes and names, and its order's."""

from __future__ import annotations

from typing import Any

from transforms.parse.fhir.element import Remembered, concept_lines, elements, member
from transforms.parse.fhir.reference import References
from transforms.parse.fhir.sent_resource import SentResource
from transforms.parse.hl7.message_filter import MessageFilter


class Interest:
    """What `message_filter` looks for in HL7 is looked for in FHIR; None wants everything.

    Each CodeableConcept is searched once: a feed has few, and many Observations.
    """

    def __init__(self, message_filter: MessageFilter | None, references: References) -> None:
        self._message_filter, self._references = message_filter, references
        self._is_named = Remembered(self._names_any)

    def wants(self, sent: SentResource) -> bool:
        """Whether one of its results, or the order that they belong to, names what is wanted."""
        if self._message_filter is None:
            return True
        content = sent.content
        holders = [content, *elements(content.get("component"))]
        if any(self._is_named.of(holder.get("code")) for holder in holders):
            return True
        report = self._references.report_of(sent)
        links = [*elements(content.get("basedOn")), *elements(member(report, "basedOn"))]
        orders = [report, *(self._references.target(sent, link).content for link in links)]
        return any(self._is_named.of(member(order, "code")) for order in orders if order)

    def _names_any(self, concept: Any) -> bool:
        """By its codes and names, each delimited as HL7 does."""
        said = [stated for _, stated in concept_lines(concept, "")]
        if self._message_filter is None or not said:
            return False
        return bool(self._message_filter.names_any([f"|{'^'.join(said)}|"]).any())
