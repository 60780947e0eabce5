"""HL7 v2 data types: a field in, unescaped text out. None is an absent value; HL7's `""` is too."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from transforms.parse.hl7.er7 import COMPONENT, NULL, REPETITION, SUBCOMPONENT
from transforms.parse.hl7.escape import unescape

Code = tuple[str | None, str | None, str | None, str | None, str | None, str | None]

_UNIT_SYSTEMS = frozenset(["UCUM", "ISO+", "ISO", "ANS+", "ANSI+", "ISO2955", "ISO2955.83"])
_CODES_AND_TEXTS = frozenset([1, 2, 4, 5, 9, 10, 11])  # CWE: three triplets, the original text
_SEPARATORS = f"{COMPONENT}{REPETITION}{SUBCOMPONENT} "
_POWER_OF_TEN = re.compile(r"[x*]?\s?10", re.IGNORECASE)
_SHORT_NUMBER = re.compile(r"\d{1,5}", re.ASCII)
_SENDERS_KEY = re.compile(r"[\w.]+:\d+|\d+", re.ASCII)


def leaf(text: str) -> str | None:
    """One leaf, unescaped and without blanks around it."""
    text = unescape(text).strip()
    return None if text == NULL else text or None


def first(field: str) -> str | None:
    """The first leaf of the first repetition."""
    return leaf(field.split(REPETITION, 1)[0].split(COMPONENT, 1)[0].split(SUBCOMPONENT, 1)[0])


def leaves(field: str, n: int) -> list[str | None]:
    """The first leaf of each of the first n components of the first repetition."""
    parts = field.split(REPETITION, 1)[0].split(COMPONENT)[:n]
    found = [leaf(part.split(SUBCOMPONENT, 1)[0]) for part in parts]
    return found + [None] * (n - len(found))


def whole(field: str) -> str | None:
    """The field as sent, unescaped."""
    return None if field in ("", NULL) else unescape(field)


def code(field: str) -> Code:
    """CE, CWE: code, text and system, and the alternate three."""
    one, two, three, four, five, six = leaves(field, 6)
    return one, two, three, four, five, six


def name(field: str) -> str | None:
    """CE, XON, HD: the code or name, else the text."""
    return next((part for part in leaves(field, 2) if part), None)


def service(field: str) -> str | None:
    """OBR-4: the code, else the alternate code, else the text."""
    identifier, text, _, alternate, *_ = leaves(field, 6)
    return identifier or alternate or text


def unit(field: str) -> str | None:
    """OBX-6: the triplet of a known system, else the alternate one, else code, else text."""
    stated, text, system, alternate, alternate_text, _ = leaves(field, 6)
    if stated and text and _POWER_OF_TEN.fullmatch(stated):
        return f"{stated}{COMPONENT}{text}"  # 10^9/L, its ^ not escaped by the sender
    if stated and (system or "").upper() in _UNIT_SYSTEMS:
        return stated
    if alternate or alternate_text:
        return alternate or alternate_text
    if stated and text and _SENDERS_KEY.fullmatch(stated):
        return text  # CD:289^mg/dL
    return stated or text or _unsplit(field)


def _unsplit(field: str) -> str | None:
    """A field whose first leaves are empty and that yet says something: `&micro;g/mL`."""
    return whole(field) if field.strip(_SEPARATORS) else None


def further(
    field: str,
    name: str,
    known: Sequence[str | None] = (),
    components: Container[int] = _CODES_AND_TEXTS,
) -> str | None:
    """What a coded field (CE, CWE, CM) says besides the texts of `known`, one line each.

    A line is the place and the text there, as in `OBX-6.4 g/L`: of every repetition the components
    asked for, by default codes and texts without the names of coding systems. None where it says
    nothing more.
    """
    if COMPONENT not in field and REPETITION not in field and SUBCOMPONENT not in field:
        return None if leaf(field) in (*known, None) else f"{name}.1 {_one_line(field)}"
    lines: dict[str, str] = {}
    for number, stated in enumerate(field.split(REPETITION), 1):
        place = name if number == 1 else f"{name}[{number}]"
        for component, part in enumerate(stated.split(COMPONENT), 1):
            if component in components:
                for place_within, text in _parts(part, f"{place}.{component}"):
                    if text not in known:
                        lines.setdefault(text, place_within)
    return "\n".join(f"{place} {text}" for text, place in lines.items()) or None


def _parts(component: str, place: str) -> Iterator[tuple[str, str]]:
    """The leaves of a component that say something, each with its place."""
    for number, part in enumerate(component.split(SUBCOMPONENT), 1):
        if text := _one_line(part):
            yield place if number == 1 else f"{place}.{number}", text


def _one_line(part: str) -> str:
    return " ".join((leaf(part) or "").split())


def person(field: str) -> tuple[str | None, str | None]:
    """XCN, CN: the number and the name of the first person that says either.

    The name reads as it is said: prefix, given, further given, family (FN.1, with its own prefix),
    suffix. Further repetitions are the same person's other numbers, or others who share the order.
    """
    for stated in field.split(REPETITION):
        number, family, given, further_given, suffix, prefix = leaves(stated, 6)
        name = _said(prefix, given, further_given, family, suffix)
        if number or name:
            return number, name
    return None, None


def location(field: str) -> str | None:
    """PL: the point of care, else the description of the place, and the facility it belongs to.

    Room and bed are left out: they are the patient's, and of no ward or clinic as such.
    """
    point_of_care, _, _, facility, _, _, _, _, description = leaves(field, 9)
    places = (_said(point_of_care or description), _said(facility))
    return ", ".join(place for place in places if place) or None


def _said(*parts: str | None) -> str | None:
    """The parts that there are, in one line."""
    return " ".join(" ".join(part for part in parts if part).split()) or None


def flags(field: str) -> str | None:
    """OBX-8: the first component of each repetition, joined by ~."""
    stated = (first(flag) for flag in field.split(REPETITION))
    return REPETITION.join(flag for flag in stated if flag) or None


def status(field: str) -> str | None:
    """OBX-11, OBR-25: upper case, first component, first line."""
    stated = first(field)
    return stated.split("\n", 1)[0].strip().upper() or None if stated else None


def specimen(field: str) -> str | None:
    """SPM-4, OBR-15: the code, or its text where the code is a number of the sender's own.

    OBR-15 before v2.7 keeps both in one component, apart by &. SNOMED CT codes have at least 6
    digits.
    """
    parts = field.split(REPETITION, 1)[0].split(COMPONENT)[:2]
    leaves_sent = (leaf(x) for part in parts for x in part.split(SUBCOMPONENT)[:2])
    stated = [x for x in leaves_sent if x]
    named = (x for x in stated if not _SHORT_NUMBER.fullmatch(x))
    return next(named, None) or next(iter(stated), None)
