"""The resources of a file, out of the Bundles they stand in, however deep.

A Bundle that fills the file is taken entry by entry; one that is a line, or stands in another, is
in memory anyway. What a file's own Bundle says of itself may stand behind its entries: `survey`
reads it, and what others refer to, before the resources are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from transforms.parse.fhir.element import elements, member, text, text_of
from transforms.parse.fhir.piece import DOCUMENT, ENTRY, FAULT, Piece
from transforms.parse.fhir.reference import OF_FILE, References
from transforms.parse.fhir.resource_store import ResourceStore
from transforms.parse.fhir.sent_resource import Bundle, Place, SentResource, processing_ids_of


class Fault(NamedTuple):
    """A piece of the file that is no resource; `reason` is a key of reject_reason.csv."""

    place: Place
    reason: str
    field: str | None = None


@dataclass
class Survey:
    """What was found before reading: the fields of the file's objects, by number, and the
    processing ids in the MessageHeader of each."""

    fields: dict[int, dict[str, Any]] = field(default_factory=dict)
    processing_ids: dict[int, list[str]] = field(default_factory=dict)

    def bundle(self, document: int) -> Bundle | None:
        """The Bundle that an entry stands in; None where the object is none."""
        found = self.fields.get(document, {"resourceType": "Bundle"})  # cut short: taken for one
        if found.get("resourceType", "Bundle") != "Bundle":
            return None
        bundle = Bundle.of(document, found)
        bundle.processing_ids += self.processing_ids.get(document, [])
        return bundle


def survey(pieces: Iterable[Piece], references: References) -> Survey:
    """Note what resources of the file refer to, and what its objects say of themselves."""
    found = Survey()
    for piece in pieces:
        place = Place(0, piece.line, piece.offset, piece.length)
        if piece.kind == FAULT:
            continue
        if piece.kind == DOCUMENT:
            found.fields[piece.document] = piece.value
        is_entry = piece.kind == ENTRY
        content = member(piece.value, "resource") if is_entry else piece.value
        if not isinstance(content, dict) or not _type(content) or _type(content) == "Bundle":
            continue
        url = text(piece.value.get("fullUrl")) if is_entry else None
        scope = piece.document if is_entry else OF_FILE
        references.note(SentResource(content, place, url, Bundle(scope)))
        if is_entry and _type(content) == "MessageHeader":
            found.processing_ids[piece.document] = processing_ids_of(content)
    return found


class Unwrapping:
    """Gives the resources of pieces one by one; `n_resources` were given or refused so far."""

    def __init__(self, found: Survey, references: References, store: ResourceStore) -> None:
        self._survey, self._references, self._store = found, references, store
        self._n_bundles = 0
        self._bundles: dict[int, Bundle | None] = {}
        self.n_resources = 0

    def resources(self, piece: Piece) -> Iterator[SentResource | Fault]:
        """What a piece holds, in the order of the file."""
        if piece.kind == FAULT:
            yield Fault(self._place(piece), piece.value)
        elif piece.kind == ENTRY:
            if piece.document not in self._bundles:
                self._bundles = {piece.document: self._survey.bundle(piece.document)}
            if bundle := self._bundles[piece.document]:
                yield from self._entries([piece.value], bundle, piece)
        elif piece.kind == DOCUMENT and _type(piece.value) == "Bundle":
            return  # its entries were given
        else:
            alone = {"resource": piece.value}
            yield from self._entries([alone], Bundle(OF_FILE), piece)
        self._store.forget_passing()

    def _entries(
        self, entries: list[Any], bundle: Bundle, piece: Piece
    ) -> Iterator[SentResource | Fault]:
        waiting = [(entries, bundle)]
        while waiting:
            inner, around = waiting.pop()
            for entry in inner:
                content = member(entry, "resource")
                if isinstance(content, dict) and _type(content) == "Bundle":
                    waiting.append(self._opened(content, piece))
                elif found := self._resource(entry, content, around, piece):
                    yield found

    def _opened(self, content: dict[str, Any], piece: Piece) -> tuple[list[Any], Bundle]:
        """The entries of a Bundle in memory, all that may be referred to noted."""
        self._n_bundles += 1
        bundle = Bundle.of(-self._n_bundles, content)
        listed = content.get("entry")
        entries = listed if isinstance(listed, list) else elements(listed)
        place = Place(0, piece.line, piece.offset, piece.length)
        for entry in entries:
            inner = member(entry, "resource")
            if not isinstance(inner, dict) or not _type(inner) or _type(inner) == "Bundle":
                continue
            sent = SentResource(inner, place, text_of(entry, "fullUrl"), bundle)
            self._references.note(sent)
            if sent.type == "MessageHeader":
                bundle.processing_ids += processing_ids_of(inner)
        return entries, bundle

    def _resource(
        self, entry: Any, content: Any, bundle: Bundle, piece: Piece
    ) -> SentResource | Fault | None:
        """The resource of an entry; None where it holds none and is none."""
        if isinstance(content, dict) and _type(content):
            place = self._place(piece)
            bundle.first_number = bundle.first_number or place.number
            return SentResource(content, place, text_of(entry, "fullUrl"), bundle)
        if content is None and isinstance(entry, dict):
            is_deletion = text_of(entry, "request", "method") == "DELETE"
            where = self._place(piece) if is_deletion else None
            return Fault(where, "deletion_not_read", "entry.request") if where else None
        return Fault(self._place(piece), "resource_type_missing", "resourceType")

    def _place(self, piece: Piece) -> Place:
        self.n_resources += 1
        return Place(self.n_resources, piece.line, piece.offset, piece.length)


def _type(content: dict[str, Any]) -> str | None:
    """resourceType, where it is a word."""
    return text(content.get("resourceType"))
