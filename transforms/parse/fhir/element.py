"""What a FHIR element says. Whatever else a sender put in its place says nothing."""

from __future__ import annotations

import marshal
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

UCUM = "http://unitsofmeasure.org"
_REMEMBERED, _LONGEST_KEY = 4096, 4096
_PLAIN = 2  # the last version of marshal's in which equal values are equal bytes
_SURROGATE = re.compile("[\ud800-\udfff]")


T = TypeVar("T")


class Coding(NamedTuple):
    """Its place in the concept (`coding[1]`), code, system and display; None is unstated."""

    place: str
    code: str | None
    system: str | None
    display: str | None


class Remembered(dict[bytes, T]):
    """What a function makes of elements that many resources share, such as the code of a test."""

    def __init__(self, function: Callable[..., T]) -> None:
        super().__init__()
        self._function = function

    def of(self, element: Any, *given: Any) -> T:
        """The function's value for an element; `given` are the same for equal elements."""
        if element is None:
            return self._function(element, *given)
        try:
            key = marshal.dumps(element, _PLAIN)
        except ValueError:  # nested too deeply to be a key
            return self._function(element, *given)
        found = self.get(key)
        if found is None:
            found = self._function(element, *given)
            if len(self) >= _REMEMBERED:
                self.clear()
            if len(key) <= _LONGEST_KEY:
                self[key] = found
        return found


def text(value: Any) -> str | None:
    """A string, a number or a truth value without blanks around it; None for anything else.

    Half a letter (a lone surrogate) becomes U+FFFD, which no identifier may hold.
    """
    if isinstance(value, str):
        if not value.isascii():
            value = _SURROGATE.sub("\ufffd", value)
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return None


def one_line(value: Any) -> str | None:
    """The text with single blanks."""
    found = text(value)
    return " ".join(found.split()) if found else None


def member(element: Any, *names: str) -> Any:
    """The value below these names; None where any is missing. Of a list the first element."""
    for name in names:
        if isinstance(element, dict):
            element = element.get(name)
        elif isinstance(element, list) and element and isinstance(element[0], dict):
            element = element[0].get(name)
        else:
            return None
    return element


def text_of(element: Any, *names: str) -> str | None:
    """The text below these names."""
    return text(member(element, *names))


def elements(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; an object alone is a list of one."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def codings(concept: Any) -> list[Coding]:
    """The codings of a CodeableConcept that say anything."""
    listed = enumerate(elements(member(concept, "coding")), 1)
    found = (
        Coding(f"coding[{n}]", *(text(each.get(k)) for k in ("code", "system", "display")))
        for n, each in listed
    )
    return [coding for coding in found if coding.code or coding.display]


def concept_text(concept: Any) -> str | None:
    """What a person reads of a CodeableConcept: its text, else a display, else a code."""
    if stated := one_line(member(concept, "text")):
        return stated
    listed = codings(concept)
    displays = (coding.display for coding in listed)
    return next((d for d in displays if d), None) or next((c.code for c in listed if c.code), None)


def concept_lines(concept: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every code, display and text of a CodeableConcept with its place, as
    `Specimen.type.coding[1].code`."""
    for coding in codings(concept):
        for part in ("code", "display"):
            if stated := one_line(getattr(coding, part)):
                yield f"{name}.{coding.place}.{part}", stated
    if stated := one_line(member(concept, "text")):
        yield f"{name}.text", stated


def lines_beside(said: Iterator[tuple[str, str]], known: tuple[str | None, ...]) -> str | None:
    """What is said besides the texts of `known`, each once, a line each of place and text."""
    places: dict[str, str] = {}
    for place, stated in said:
        if stated not in known:
            places.setdefault(stated, place)
    return "\n".join(f"{place} {stated}" for stated, place in places.items()) or None


def unit_of(quantity: Any) -> tuple[str | None, str | None]:
    """The unit of a Quantity, in UCUM where it is coded so; and lines of what it says besides."""
    code, unit = text_of(quantity, "code"), text_of(quantity, "unit")
    is_ucum = text_of(quantity, "system") == UCUM
    return _unit(code, unit, is_ucum)


@lru_cache(maxsize=4096)
def _unit(code: str | None, unit: str | None, is_ucum: bool) -> tuple[str | None, str | None]:
    stated = (code if is_ucum else unit) or unit or code
    said = (("Quantity.code", one_line(code)), ("Quantity.unit", one_line(unit)))
    return stated, lines_beside(((place, other) for place, other in said if other), (stated,))
