"""FHIR's elements of what was published: codes, times, numbers and texts.

Codes and systems are rows of knowledge/fhir_code.csv and fhir_system.csv. A text keeps all that a
feed sent but signs that FHIR forbids or that reorder a line: these are made visible. An element
that has nothing to say is None, and `resource` leaves it out.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import quote

from igwatch.base.knowledge import knowledge_rows
from igwatch.base.printable import printable

Element = dict[str, Any]

EVERY = "*"
# control signs but tab and line ends, separators of lines, what changes direction, half letters
_UNSAYABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_PLAIN_NUMBER = re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
_NUMBER_IN_TEXT = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


class Number(str):
    """A JSON number with just these digits, behind a sign that no text of a resource holds: so
    json_line.py knows it."""

    __slots__ = ()
    LEAD = "\0"

    def __new__(cls, digits: str) -> Number:
        return super().__new__(cls, cls.LEAD + digits)

    @property
    def digits(self) -> str:
        return self[1:]


def resource(kind: str, resource_id: str, **members: Any) -> Element:
    """A resource with the members that say something."""
    return element(resourceType=kind, id=resource_id, **members)


def element(**members: Any) -> Element:
    """The members that say something; a trailing _ of a name that Python keeps is left out."""
    return {name.rstrip("_"): of for name, of in members.items() if of not in (None, "", [], {})}


def system(name: str, *below: str | None) -> str:
    """The URI of a code system of fhir_system.csv, with the parts that stand behind it."""
    parts = [quote(part, safe="") for part in below if part]
    return ":".join([_systems()[name], *parts])


@cache
def _systems() -> dict[str, str]:
    return {row["system"]: row["uri"] for row in knowledge_rows("fhir_system")}


@cache
def _codes() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["element"], row["word"]): row for row in knowledge_rows("fhir_code")}


def code(place: str, word: str | None = EVERY) -> str | None:
    """FHIR's code for a word of ours in this element, that of every word (`*`) where it has none of
    its own; None where fhir_code.csv has neither."""
    row = _row(place, word)
    return row["code"] if row else None


def coded(place: str, word: str | None = EVERY) -> Element | None:
    """The same as a Coding."""
    row = _row(place, word)
    if row is None:
        return None
    return element(system=system(row["system"]), code=row["code"], display=row["display"])


def _row(place: str, word: str | None) -> dict[str, str] | None:
    return _codes().get((place, word or "")) or _codes().get((place, EVERY))


def own_coding(name: str, word: str, display: str | None = None) -> Element:
    """A Coding in one of our own systems; in words of its own where none are given."""
    return element(system=system(name), code=word, display=display or word.replace("_", " "))


def concept(*codings: Element | None, text: str | None = None) -> Element | None:
    """A CodeableConcept."""
    return element(coding=[each for each in codings if each], text=said(text)) or None


def said(text: str | None) -> str | None:
    """A text as FHIR may hold it: no sign that it forbids, or that reorders what is read."""
    if not text or not text.strip():
        return None
    return _UNSAYABLE.sub(lambda sign: _shown(sign[0]), text).strip()


def _shown(sign: str) -> str:
    return printable(sign) if not sign.isprintable() else f"\\x{ord(sign):02x}"


def token(text: str | None) -> str | None:
    """A code as sent: FHIR lets no code hold two blanks in a row."""
    found = said(text)
    return " ".join(found.split()) if found else None


def authority_system(authority: str) -> str:
    """The system of an assigning authority's identifiers: an OID, a UUID or a URI as it is, any
    other name behind urn:igwatch:authority, from where our own reader takes it back."""
    if _OID.fullmatch(authority):
        return f"urn:oid:{authority}"
    if _UUID.fullmatch(authority):
        return f"urn:uuid:{authority}"
    return authority if _URI.fullmatch(authority) else system("authority", authority)


def day(of: date | None) -> str | None:
    """A FHIR date."""
    return of.isoformat() if of else None


def date_time(local: datetime | None, zone: tzinfo) -> str | None:
    """A FHIR dateTime with the offset of its zone, of a naive local time.

    Midnight is what a day without a time is published as: only the day is told. So it is of an hour
    that the zone left out, which no offset can name.
    """
    if local is None:
        return None
    return _moment(local, zone) or local.date().isoformat()


def instant(local: datetime | None, zone: tzinfo) -> str | None:
    """A FHIR instant; None where the time of day is not known."""
    return _moment(local, zone) if local else None


def _moment(local: datetime, zone: tzinfo) -> str | None:
    if local.time() == time() or not 1 < local.year < 9999:
        return None
    at = local.replace(tzinfo=zone)
    if at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        return None
    return at.isoformat(timespec="milliseconds" if local.microsecond else "seconds")


def number_of(of: float) -> Number:
    """The shortest decimal that is this number, without an exponent."""
    return Number(format(Decimal(repr(of)), "f"))


def number_as_sent(text: str | None, of: float) -> Number:
    """The number with the digits that were sent, where they are its digits: 0.30 is not 0.3."""
    for found in _NUMBER_IN_TEXT.findall(text or ""):
        digits = found.replace(",", ".")
        if _PLAIN_NUMBER.fullmatch(digits) and float(digits) == of:
            return Number(digits)
    return number_of(of)


def quantity(
    number: Number | None, ucum: str | None, unit: str | None = None, comparator: str | None = None
) -> Element | None:
    """A Quantity; `ucum` is the unit's code, `unit` what is read for it."""
    if number is None:
        return None
    coded_in = system("ucum") if ucum else None
    return element(
        value=number, comparator=comparator, unit=said(unit) or ucum, system=coded_in, code=ucum
    )


def reference(kind: str, resource_id: str) -> Element:
    """A Reference to a resource by its id."""
    return {"reference": f"{kind}/{resource_id}"}


def named(kind: str, display: str | None, identifier: Element | None = None) -> Element | None:
    """A Reference to what no resource here is about: a laboratory, an order, igwatch itself."""
    shown = said(display)
    if not (shown or identifier):
        return None
    return element(type=kind, identifier=identifier, display=shown)
