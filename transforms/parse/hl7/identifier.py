"""Which identifier names a patient (data type CX in PID-3 and MRG-1). Nothing is guessed.

The facility's rule decides. Without one: the only repetition that is not empty; among several the
one of type MR, else MRN, else PI (HL7 table 0203 and its common misspelling); never simply the first.
"""

from __future__ import annotations

from typing import NamedTuple

from transforms.parse.facility import IdentifierRule
from transforms.parse.hl7.datatype import leaf
from transforms.parse.hl7.er7 import COMPONENT, REPETITION, SUBCOMPONENT

PREFERRED_TYPES = ("MR", "MRN", "PI")


class Identifier(NamedTuple):
    """One identifier; `authority` is '' and `type` is '' where none is stated."""

    id: str
    authority: str
    type: str


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
    authority = kind = ""
    if len(parts) > 3:
        namespace, _, universal_id = parts[3].partition(SUBCOMPONENT)
        authority = leaf(namespace) or leaf(universal_id.split(SUBCOMPONENT)[0])
        kind = leaf(parts[4]) if len(parts) > 4 else ""
    return Identifier(leaf(parts[0].split(SUBCOMPONENT, 1)[0]) or "", authority or "", kind or "")


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
    return (not rule.authority or identifier.authority == rule.authority) and (
        not rule.type or identifier.type == rule.type
    )


def _types(identifiers: list[Identifier]) -> str:
    return "~".join(i.type or "-" for i in identifiers)
