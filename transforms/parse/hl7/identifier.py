"""Which identifier names a patient (data type CX in PID-3 and MRG-1). Nothing is guessed.

The facility's rule decides. Without one: the only repetition that names a patient (an account, a
visit or a licence does not: knowledge/identifier_type.csv); among several the one of type MR, else
MRN, else PI (HL7 table 0203, and its common misspelling); never simply the first.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from transforms.parse.facility.facility import IdentifierRule
from transforms.parse.hl7.datatype import leaf
from transforms.parse.hl7.er7 import COMPONENT, ESCAPE, REPETITION, SUBCOMPONENT
from transforms.parse.raw.patient_number import (
    HIDDEN_SIGN,
    PLACEHOLDER,
    fault_of,
    hides,
    is_patient_type,
    type_class,
)
from transforms.parse.raw.reject import shape

PREFERRED_TYPES = ("MR", "MRN", "PI")
_KNOWN_TYPES = frozenset([*PREFERRED_TYPES, "PT", "SS", "NH", "NHS", "NHSNMBR", "AN", "VN", "HC"])
# highlighting and formatting leave nothing behind; hex data may hold what nobody sees
_VANISHING = re.compile(r"\\(?:[HN]|\.[^\\]*|X(?:[0-9A-Fa-f]{2})*(?:0[0-9A-Fa-f]|1[0-9A-Fa-f])"
                        r"(?:[0-9A-Fa-f]{2})*)\\")  # fmt: skip


class Identifier(NamedTuple):
    """One identifier; what is not stated is ''. `authority` is the universal id where unnamed, and
    CX-6 where CX-4 states none.

    `fault` is a reject reason where the number cannot be a patient's.
    """

    id: str
    authority: str
    type: str
    universal_id: str = ""
    fault: str | None = None


class Unidentified(NamedTuple):
    """Why no identifier was chosen: a key of reject_reason.csv, and the identifiers' types."""

    reason: str
    types: str


def identifiers(field: str, rule: IdentifierRule) -> list[Identifier]:
    """CX: the identifiers of a field such as PID-3; empty repetitions are passed over."""
    stated = [_identifier(cx, rule) for cx in field.split(REPETITION)]
    return [identifier for identifier in stated if identifier.id]


def _identifier(cx: str, rule: IdentifierRule) -> Identifier:
    parts = cx.split(COMPONENT, 6)
    parts += [""] * (6 - len(parts))
    sent = parts[0].split(SUBCOMPONENT, 1)[0]
    number = leaf(sent) or ""
    namespace, universal_id = _holder(parts[3])
    if not namespace:
        namespace, universal_id = _holder(parts[5])
    fault = fault_of(number, rule.accept) if number else None
    if ESCAPE in sent and _VANISHING.search(sent):
        fault = HIDDEN_SIGN
    kind = leaf(parts[4].split(SUBCOMPONENT, 1)[0]) or ""
    if any(map(hides, (namespace, universal_id, kind))):
        fault = HIDDEN_SIGN  # another issuer or another kind of number is another patient
    return Identifier(number, namespace, kind, universal_id, fault)


def _holder(hd: str) -> tuple[str, str]:
    """HD: the namespace, or the universal id in its place, and the universal id."""
    namespace, universal_id, *_ = [*map(leaf, hd.split(SUBCOMPONENT)), None]
    return namespace or universal_id or "", universal_id or ""


def chosen(stated: list[Identifier], rule: IdentifierRule) -> Identifier | Unidentified:
    """The identifier of `stated` that names the patient, or why none does."""
    fitting = [i for i in stated if _fits(i, rule)]
    if not fitting:
        return Unidentified("patient_identifier_missing", _types(stated))
    numbers = [i for i in fitting if i.fault != PLACEHOLDER]
    if not numbers:
        return Unidentified(PLACEHOLDER, _types(fitting))
    found = _preferred(numbers, rule)
    if isinstance(found, Identifier) and found.fault:
        return Unidentified(found.fault, _types([found]))
    return found


def _preferred(fitting: list[Identifier], rule: IdentifierRule) -> Identifier | Unidentified:
    if len(fitting) == 1:
        return fitting[0]
    for preferred in () if rule.type else PREFERRED_TYPES:
        typed = [i for i in fitting if i.type.upper() == preferred]
        if typed:
            fitting = typed
            break
    universal = {i.universal_id for i in fitting} - {""}
    if len({(i.id, i.authority) for i in fitting}) == 1 and len(universal) <= 1:
        return max(fitting, key=lambda i: bool(i.universal_id))
    return Unidentified("patient_identifier_ambiguous", _types(fitting))


def _fits(identifier: Identifier, rule: IdentifierRule) -> bool:
    of_authority = rule.authority in (None, identifier.authority, identifier.universal_id)
    if rule.type:
        return of_authority and identifier.type.upper() == rule.type.upper()
    return of_authority and is_patient_type(identifier.type)


def is_of_one_class(a: Identifier, b: Identifier) -> bool:
    """Whether the types of two identifiers allow that they name one patient; '' allows any."""
    classes = {type_class(a.type), type_class(b.type)} - {""}
    return len(classes) < 2


def is_of_one_authority(a: Identifier, b: Identifier) -> bool:
    """Whether two identifiers of one message are of one issuer; what is not stated may be any."""
    if a.universal_id and b.universal_id:
        return a.universal_id == b.universal_id
    return "" in (a.authority, b.authority) or a.authority == b.authority


def _types(identifiers: list[Identifier]) -> str:
    """The types, of which only the known are named: a shifted field may hold anything."""
    return "~".join(i.type if i.type in _KNOWN_TYPES else shape(i.type) or "-" for i in identifiers)
