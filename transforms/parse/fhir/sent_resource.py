"""A resource as it was sent: where it stands, and what the Bundle around it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from transforms.parse.fhir.element import elements, member, text_of
from transforms.parse.raw.reject import Reject

# the ids in these Bundles are made for the exchange; elsewhere they are the server's own
_IN_EXCHANGE = frozenset(["message", "transaction", "batch", "document"])
_PROCESSING, _TEST_DATA = "v2-0103", "HTEST"
_ON_SERVER = re.compile(r"(?:(https?://.+)/)?([A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/.*)?")


class Place(NamedTuple):
    """Where a resource stands in its file.

    `number` of the resource and `line` are 1-based; `offset` and `length` are bytes of the unpacked
    source, of the piece of the file that holds the resource.
    """

    number: int
    line: int
    offset: int
    length: int

    def reject(self, level: str, unit: str, reason: str, **details: Any) -> Reject:
        """A refusal of this resource; `details` are further attributes of Reject."""
        where = {"number": self.number, "line": self.line}
        where |= {"offset": self.offset, "length": self.length}
        return Reject(level, unit, reason, **(where | details))


class ServerId(NamedTuple):
    """An id that a server gave: `holder` is who gave it to what, as `https://a.b/fhir/Patient`;
    without the server's address where a reference does not state it (`Patient`)."""

    holder: str
    id: str

    @property
    def key(self) -> str:
        """What a reference to it says."""
        return f"{self.holder}/{self.id}"


@dataclass
class Bundle:
    """What a Bundle says of all it holds. `scope` tells its references from those of others.

    `at` is when it was put together (an instant as sent), `processing_ids` say whether it is of
    patients in care, `first_number` is the number of its first resource.
    """

    scope: int
    type: str | None = None
    at: str | None = None
    control_id: str | None = None
    processing_ids: list[str] = field(default_factory=list)
    first_number: int | None = None

    @classmethod
    def of(cls, scope: int, content: dict[str, Any]) -> Bundle:
        """By the fields of a Bundle, its entries aside."""
        control_id = text_of(content, "identifier", "value") or text_of(content, "id")
        at = text_of(content, "timestamp")
        return cls(scope, text_of(content, "type"), at, control_id, processing_ids_of(content))

    @property
    def has_server_ids(self) -> bool:
        """Whether the ids of its resources are those of a server, the same with every export."""
        return self.type not in _IN_EXCHANGE


@dataclass
class SentResource:
    """One resource. `url` is fullUrl of its entry; `bundle` what is around it."""

    content: dict[str, Any]
    place: Place
    url: str | None
    bundle: Bundle

    @property
    def type(self) -> str:
        """resourceType."""
        return self.content["resourceType"]

    @property
    def server_id(self) -> ServerId | None:
        """What its server calls it; None where its id was made for this exchange."""
        resource_id = text_of(self.content, "id")
        if not self.bundle.has_server_ids or (self.url or "").startswith("urn:"):
            return None
        if self.url and (found := server_id(self.url)) and found.holder.endswith(self.type):
            return found
        return ServerId(self.type, resource_id) if resource_id else None

    @property
    def base(self) -> str:
        """The address of its server with a slash, '' where it is not stated."""
        found = server_id(self.url) if self.url else None
        return found.holder.rpartition("/")[0] + "/" if found and "/" in found.holder else ""

    @property
    def keys(self) -> list[str]:
        """What references may call it."""
        resource_id = text_of(self.content, "id")
        relative = f"{self.type}/{resource_id}" if resource_id else None
        return list(dict.fromkeys(key for key in (self.url, relative) if key))

    @property
    def message(self) -> tuple[int, int]:
        """The number of the message that it is a part of, and its line in it.

        A Bundle that was made for an exchange is one message, and each of its resources a line: as
        in HL7 v2 its results are no versions of each other. Any other resource is a message.
        """
        if self.bundle.has_server_ids or self.bundle.first_number is None:
            return self.place.number, self.place.line
        return self.bundle.first_number, self.place.number

    def contained(self, local_id: str) -> dict[str, Any] | None:
        """The contained resource of this id."""
        for inner in elements(self.content.get("contained")):
            if text_of(inner, "id") == local_id and text_of(inner, "resourceType"):
                return inner
        return None


@lru_cache(maxsize=1 << 14)
def server_id(reference: str) -> ServerId | None:
    """The server's id in a reference such as Patient/1 or https://a.b/fhir/Patient/1/_history/2."""
    found = _ON_SERVER.fullmatch(reference)
    if not found:
        return None
    base, kind, resource_id = found.groups()
    return ServerId(f"{base}/{kind}" if base else kind, resource_id)


def processing_ids_of(content: dict[str, Any]) -> list[str]:
    """What MSH-11 would say: codes of HL7 table 0103 in meta.tag, and T of test health data."""
    meta = content.get("meta")
    if not meta:
        return []
    tags, labels = elements(member(meta, "tag")), elements(member(meta, "security"))
    stated = [tag for tag in tags if (text_of(tag, "system") or "").endswith(_PROCESSING)]
    codes = [code for tag in stated if (code := text_of(tag, "code"))]
    return codes + ["T" for label in labels if text_of(label, "code") == _TEST_DATA]
