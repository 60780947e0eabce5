"""Which identifier names a patient (data type CX in PID-3 and MRG-1). Nothing is guessed.

The facility's rule decides. Without one: the only repetition that is not empty; among several the
one of type MR, else MRN, else PI (HL7 table 0203, and its common misspelling); never simply the
first.
"""

from __future__ import annotations

from typing import NamedTuple

from transforms.parse.facility.facility import IdentifierRule
from transforms.parse.hl7.datatype import leaf
from transforms.parse.hl7.er7 import COMPONENT, REPETITION, SUBCOMPONENT
from transforms.parse.raw.reject import shape

PREFERRED_TYPES = ("MR", "MRN", "PI")
_KNOWN_TYPES = frozenset([*PREFERRED_TYPES, "PT", "SS", "NH", "NHS", "NHSNMBR", "AN", "VN", "HC"])


class Identifier(NamedTuple):
    """One identifier; what is not stated is ''. `authority` is the universal id where unnamed."""

    id: str
    authority: str
    type: str
    universal_id: str = ""


class Unidentified(NamedTuple):
    """Why no identifier was chosen: a key of reject_reason.csv, and the identifiers' types."""

    reason: str
    types: str


def identifiers(field: str) -> list[Identifier]:
    """CX: the identifiers of a field such as PID-3; empty repetitions are passed over."""
    stated = [_identifier(cx) for cx in field.split(REPETITION)]
    return [identifier for identifier in stated if identifier.id]


def _identifier(cx: str) -> Identifier:
    parts = cx.split(COMPONENT, 5)
    parts += [""] * (5 - len(parts))
    namespace, universal_id, *_ = [*parts[3].split(SUBCOMPONENT), ""]
    number = leaf(parts[0].split(SUBCOMPONENT, 1)[0])
    universal_id = leaf(universal_id) or ""
    kind = leaf(parts[4].split(SUBCOMPONENT, 1)[0])
    return Identifier(number or "", leaf(namespace) or universal_id, kind or "", universal_id)


def chosen(stated: list[Identifier], rule: IdentifierRule) -> Identifier | Unidentified:
    """The identifier of `stated` that names the patient, or why none does."""
    fitting = [i for i in stated if _fits(i, rule)] if rule.authority or rule.type else stated
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        return Unidentified("patient_identifier_missing", _types(stated))
    for preferred in () if rule.type else PREFERRED_TYPES:
        typed = [i for i in fitting if i.type.upper() == preferred]
        if typed:
            fitting = typed
            break
    if len({(i.id, i.authority) for i in fitting}) == 1:
        return fitting[0]
    return Unidentified("patient_identifier_ambiguous", _types(fitting))


def _fits(identifier: Identifier, rule: IdentifierRule) -> bool:
    of_authority = rule.authority in (None, identifier.authority, identifier.universal_id)
    return of_authority and (not rule.type or identifier.type.upper() == rule.type.upper())


def _types(identifiers: list[Identifier]) -> str:
    """The types, of which only the known are named: a shifted field may hold anything."""
    return "~".join(i.type if i.type in _KNOWN_TYPES else shape(i.type) or "-" for i in identifiers)
