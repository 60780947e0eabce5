"""What a reference leads to: contained, in the same Bundle, or elsewhere in the same file.

A relative reference within an entry whose fullUrl is a server's is of that server (R4, 3.1.1.1).
The ids of one Bundle that was made for an exchange say nothing of those of another.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from transforms.parse.fhir.element import elements, member, text_of
from transforms.parse.fhir.resource_store import REFERRED_TO, TWICE, ResourceStore
from transforms.parse.fhir.sent_resource import SentResource, ServerId, server_id

OF_FILE = 0  # the scope of resources that stand in no Bundle


class Target(NamedTuple):
    """Where a reference leads: the resource, None where it is not in the file; the server's id,
    None where it has none; whether its name stands for two patients."""

    content: dict[str, Any] | None = None
    server_id: ServerId | None = None
    is_twice: bool = False


class References:
    """Resolves the references of a file. `note` what may be referred to before asking."""

    def __init__(self, store: ResourceStore) -> None:
        self._store = store
        self._has_reports = False

    def note(self, sent: SentResource) -> None:
        """Keep a resource that others may refer to, and of a report what its results say of it."""
        if sent.type not in REFERRED_TO:
            return
        scope, content = sent.bundle.scope, sent.content
        if sent.type == "DiagnosticReport":
            self._has_reports = True
            results = [text_of(each, "reference") for each in elements(content.get("result"))]
            report = {k: v for k, v in content.items() if k not in ("result", "contained")}
            named = [key for ref in results if ref for key in self._names(sent, ref)]
            self._store.put(scope, [f"report of {key}" for key in dict.fromkeys(named)], report)
        else:
            self._store.put(scope, sent.keys, content)

    def target(self, sent: SentResource, reference: Any) -> Target:
        """Where a Reference of this resource leads."""
        stated = text_of(reference, "reference")
        if not stated:
            return Target()
        if stated.startswith("#"):
            return Target(sent.contained(stated[1:]))
        for key in self._names(sent, stated):
            if found := self._find(sent, key):
                is_twice = found == TWICE
                return Target(None if is_twice else found, self._server_id(sent, stated), is_twice)
        return Target(server_id=self._server_id(sent, stated))

    def report_of(self, sent: SentResource) -> dict[str, Any] | None:
        """The DiagnosticReport of the same file that names this resource among its results."""
        for key in sent.keys if self._has_reports else ():
            if found := self._find(sent, f"report of {key}"):
                return found
        return None

    def _find(self, sent: SentResource, key: str) -> dict[str, Any] | None:
        found = self._store.get(sent.bundle.scope, key)
        if found is None and sent.bundle.scope != OF_FILE and sent.bundle.has_server_ids:
            return self._store.get(OF_FILE, key)
        return found

    @staticmethod
    def _names(sent: SentResource, stated: str) -> list[str]:
        """What the resource that is meant may be kept under, without its version."""
        plain = stated.partition("/_history/")[0]
        found = server_id(plain)
        is_relative = found is not None and "/" not in found.holder
        return [sent.base + plain, plain] if is_relative and sent.base else [plain]

    @staticmethod
    def _server_id(sent: SentResource, stated: str) -> ServerId | None:
        found = server_id(stated)
        if found is None or not sent.bundle.has_server_ids:
            return None
        is_relative = "/" not in found.holder
        return ServerId(sent.base + found.holder, found.id) if is_relative else found


def identifier_in(reference: Any) -> dict[str, Any] | None:
    """The identifier in a Reference, or in its search: `Patient?identifier=SYSTEM|VALUE`."""
    stated = member(reference, "identifier")
    if isinstance(stated, dict) and text_of(stated, "value"):
        return stated
    _, found, query = (text_of(reference, "reference") or "").partition("?identifier=")
    system, bar, value = query.partition("|")
    if found and bar and value and "&" not in value:
        return {"system": system or None, "value": value}
    return None
