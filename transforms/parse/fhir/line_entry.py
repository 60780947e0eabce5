"""The entries of a Bundle that is one line of a file: where each stands, and its resources."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

from transforms.parse.fhir.bundle import Fault
from transforms.parse.fhir.element import elements, member
from transforms.parse.fhir.piece import DOCUMENT, ENTRY, Piece, pieces
from transforms.parse.fhir.sent_resource import SentResource
from transforms.parse.raw.named_unit import Named

NamingResource = tuple[SentResource | Fault, frozenset[Named]]
"""What a piece holds, and the patients that it names."""


class LineEntry(NamedTuple):
    """Bytes of the unpacked source from `piece.offset`, and what of the line's resources stands in
    them, nested Bundles' too."""

    piece: Piece
    sent: list[NamingResource]


class LineBundle(NamedTuple):
    """`around` is what the Bundle says beside its entries."""

    entries: list[LineEntry]
    around: dict[str, Any]


def line_bundle(line: bytes, whole: Piece, sent: list[NamingResource]) -> LineBundle | None:
    """The Bundle that these bytes of the piece `whole` are; None where they are not one object
    with a list of entries, which then cannot be taken apart.

    `sent` are the resources of the piece, as read.
    """
    listed = whole.value.get("entry")
    found = list(pieces(io.BytesIO(line), b""))
    kinds = [piece.kind for piece in found]
    if not isinstance(listed, list) or kinds != [ENTRY] * len(listed) + [DOCUMENT]:
        return None
    owners = {key: n for n, entry in enumerate(listed) for key in _contents(entry)}
    of_entry: list[list[NamingResource]] = [[] for _ in listed]
    for each, names in sent:
        if isinstance(each, SentResource):
            of_entry[owners[id(each.content)]].append((each, names))
    placed = [piece._replace(offset=whole.offset + piece.offset) for piece in found]
    entries = [LineEntry(piece, inner) for piece, inner in zip(placed, of_entry, strict=False)]
    return LineBundle(entries, found[-1].value)


def _contents(entry: Any) -> Iterator[int]:
    """The identities of the resources in an entry, those in its Bundles too."""
    content = member(entry, "resource")
    if isinstance(content, dict):
        yield id(content)
        if content.get("resourceType") == "Bundle":
            inner = content.get("entry")
            for each in inner if isinstance(inner, list) else elements(inner):
                yield from _contents(each)
