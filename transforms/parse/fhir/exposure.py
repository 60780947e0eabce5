"""Drugs, conditions and procedures to raw.exposure: each resource is one row or one reject.

As with a row of a file, what ties its versions together is its own id, and an export says at its
own time what it says: message_number is NULL, message_at when the Bundle was put together or the
file delivered, effective_date the day of meta.lastUpdated. The sender's words of its standing are
kept as statements and judged later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, tzinfo
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from igwatch.base.knowledge import knowledge_rows
from transforms.parse.facility.facility import Facility
from transforms.parse.fhir.element import (
    Coding,
    codings,
    concept_text,
    elements,
    member,
    one_line,
    text,
    text_of,
)
from transforms.parse.fhir.exposure_kind import KINDS, ExposureKind
from transforms.parse.fhir.moment import UNREAD, Day, first_day, last_day, moment
from transforms.parse.fhir.reference import References, identifier_in
from transforms.parse.fhir.sent_resource import SentResource
from transforms.parse.fhir.supply import days_of, days_supply
from transforms.parse.hl7.patient import Patient
from transforms.parse.hl7.row_buffer import RowBuffer

_PLANNED_INTENTS = frozenset(["proposal", "plan"])
_UNREAD_FORMS = ("String", "Age", "Range")
_NO_FIGURE = re.compile(r"[^A-Z0-9]")


class Meaning(NamedTuple):
    """What a resource is about: two triplets of code, system and name, as raw.exposure holds them;
    `refusal` where it says nothing."""

    triplets: tuple[str | None, ...] = ()
    refusal: str | None = None


_MEANS_NOTHING = Meaning((), "exposure_code_missing")


class ExposureReader:
    """Puts resources of exposures into the buffer. `delivered_at` is local to the facility."""

    def __init__(
        self,
        references: References,
        buffer: RowBuffer,
        facility: Facility,
        zone: tzinfo,
        delivered_at: datetime,
    ) -> None:
        self._references, self._buffer, self._facility = references, buffer, facility
        self._zone, self._delivered_at = zone, delivered_at

    def read(self, sent: SentResource, patient: Patient) -> None:
        """Put a row, or a reject, into the buffer."""
        kind, content = KINDS[sent.type], sent.content
        if patient.refusal:
            return self._refuse(sent, "exposure_patient_missing", kind.about, patient.found)
        meaning = self._meaning(sent, kind)
        if meaning.refusal:
            return self._refuse(sent, meaning.refusal, kind.concept)
        said_at = moment(sent.bundle.at, self._zone).local if sent.bundle.at else None
        said_at = said_at or self._delivered_at
        updated = first_day(text_of(content, "meta", "lastUpdated"), self._zone).day
        start, end = self._days(kind, content, updated or said_at.date())
        placer, namespace = self._order_number(sent, kind)
        return self._buffer.add(
            "exposure",
            None,
            sent.place.line,
            said_at,
            None,
            sent.type,
            patient.patient_id,
            patient.assigning_authority,
            patient.assigning_authority_universal_id,
            patient.assigning_facility,
            patient.identifier_type_code,
            _link(content.get("encounter") or content.get("context")),
            _record_id(sent),
            kind.kind,
            kind.event_kind,
            *meaning.triplets,
            start.day,
            start.precision,
            end.day,
            end.precision,
            days_supply(content),
            self._duration(content),
            _amount(content),
            placer,
            namespace,
            None,
            None,
            None,
            updated,
            "\n".join(_statements(content)) or None,
        )

    def _meaning(self, sent: SentResource, kind: ExposureKind) -> Meaning:
        """By the concept, else by the Medication that is referred to, else by its name there."""
        if kind.concept == "code":
            return self._of_concept(sent.content.get("code"), kind)
        if concept := sent.content.get("medicationCodeableConcept"):
            return self._of_concept(concept, kind)
        reference = sent.content.get("medicationReference")
        found = self._references.target(sent, reference).content
        if found:
            listed = elements(found.get("ingredient"))
            ingredients = [each.get("itemCodeableConcept") for each in listed]
            concepts = [found.get("code"), *ingredients]
            meanings = (self._of_concept(concept, kind) for concept in concepts)
            return next((m for m in meanings if not m.refusal), _MEANS_NOTHING)
        name = one_line(member(reference, "display"))
        stated = identifier_in(reference)
        if name or stated:
            code, system = text_of(stated, "value"), text_of(stated, "system")
            return Meaning((code, system, name, None, None, None))
        lost = bool(text_of(reference, "reference"))
        return Meaning((), "medication_reference_lost" if lost else "exposure_code_missing")

    def _of_concept(self, concept: Any, kind: ExposureKind) -> Meaning:
        """Two of its codings, those of systems that are read first; its text is a name too."""
        listed = sorted(codings(concept), key=lambda coding: not is_read(coding))
        name = concept_text(concept) if member(concept, "text") else None
        if not listed and not name:
            return _MEANS_NOTHING
        triplets = [self._triplet(coding, kind) for coding in listed[:2]] or [(None, None, name)]
        if triplets[0][2] is None:
            triplets[0] = (*triplets[0][:2], name)
        if len(triplets) == 1:
            triplets.append((None, None, name if name != triplets[0][2] else None))
        elif triplets[1][2] is None:
            triplets[1] = (*triplets[1][:2], name if name != triplets[0][2] else None)
        return Meaning(tuple(chain.from_iterable(triplets)))

    def _triplet(self, coding: Coding, kind: ExposureKind) -> tuple[str | None, ...]:
        system = coding.system
        if coding.code and not system:
            system = self._facility.exposure_system.get(kind.kind)
        return coding.code, system, one_line(coding.display)

    def _days(self, kind: ExposureKind, content: dict[str, Any], known_on: date) -> tuple[Day, Day]:
        """First and last day. What is no drug and has no day was there when it was told of, and so
        was anything whose day cannot be read."""
        start, end = self._choice(kind.choice, content)
        if kind.end_choice:
            ended, end_of_end = self._choice(kind.end_choice, content, is_end=True)
            end = end_of_end if end_of_end.precision else ended if ended.precision else end
        for name in kind.starts:
            if not start.precision:
                start = first_day(text(content.get(name)), self._zone)
        bounds = [each for each in _bounds(content) if each.get("start") or each.get("end")]
        if bounds:
            start, end = self._bounded(bounds, start)
        if start.day is None and (start.precision or kind.kind != "medication"):
            told = first_day(text(content.get(kind.said_on)), self._zone) if kind.said_on else Day()
            start = Day(told.day or known_on, start.precision or "message")
        return start, Day(end.day, None if end.precision == "day" else end.precision)

    def _choice(self, name: str, content: dict[str, Any], is_end: bool = False) -> tuple[Day, Day]:
        """First and last day of a choice such as onset[x]; UNREAD where only words state it."""
        if not name:
            return Day(), Day()
        day = last_day if is_end else first_day
        for form in ("DateTime", "Instant"):
            if written := text(content.get(name + form)):
                return day(written, self._zone), Day()
        if period := member(content, name + "Period"):
            start = first_day(text_of(period, "start"), self._zone)
            return start, last_day(text_of(period, "end"), self._zone)
        is_unread = any(content.get(name + form) for form in _UNREAD_FORMS)
        return (UNREAD if is_unread else Day()), Day()

    def _bounded(self, bounds: list[dict[str, Any]], start: Day) -> tuple[Day, Day]:
        """By the courses of a dosage: from the first day of any to the last, open where one is."""
        starts = [first_day(text_of(each, "start"), self._zone) for each in bounds]
        ends = [last_day(text_of(each, "end"), self._zone) for each in bounds]
        begun = [day for day in starts if day.day]
        first = min(begun, key=lambda day: day.day or date.max) if begun else start
        if all(day.day for day in ends):
            return first, max(ends, key=lambda day: day.day or date.min)
        is_unread = any(day.precision == "unread" for day in ends)
        return first, UNREAD if is_unread else Day()

    def _duration(self, content: dict[str, Any]) -> int | None:
        """The longest course of a dosage, in whole days."""
        repeats = (member(each, "timing", "repeat") for each in _dosages(content))
        stated = [days_of(member(repeat, "boundsDuration")) for repeat in repeats]
        return max((days for days in stated if days), default=None)

    def _order_number(self, sent: SentResource, kind: ExposureKind) -> tuple[str | None, ...]:
        if kind.event_kind == "ordered":
            stated = next(iter(elements(sent.content.get("identifier"))), None)
            return text_of(stated, "value"), text_of(stated, "system")
        reference = next(iter(elements(sent.content.get(kind.request))), None)
        stated = identifier_in(reference)
        return _link(reference), text_of(stated, "system") if stated else None

    def _refuse(
        self, sent: SentResource, reason: str, field: str, found: str | None = None
    ) -> None:
        where = {"field": f"{sent.type}.{field}", "found": found}
        self._buffer.refuse(sent.place.reject("message", "exposure", reason, **where))


def _record_id(sent: SentResource) -> str | None:
    """The server's id with its type; in an exchange its identifier with the issuer behind ^."""
    if known_as := sent.server_id:
        return known_as.key
    for each in elements(sent.content.get("identifier")):
        if value := text_of(each, "value"):
            return "^".join(part for part in (value, text_of(each, "system")) if part)
    return None


def _link(reference: Any) -> str | None:
    """What a reference calls its target: the identifier, else the id."""
    reference = next(iter(elements(reference)), None)
    if stated := identifier_in(reference):
        return text_of(stated, "value")
    where = text_of(reference, "reference") or ""
    return where.removeprefix("urn:uuid:").rpartition("/")[2].lstrip("#") or None


def is_read(coding: Coding) -> bool:
    """Whether codes of its system are read (knowledge/exposure_system.csv)."""
    return _NO_FIGURE.sub("", (coding.system or "").upper()) in _systems()


@cache
def _systems() -> frozenset[str]:
    return frozenset(row["as_sent"] for row in knowledge_rows("exposure_system"))


def _dosages(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("dosageInstruction", "dosage"):
        yield from elements(content.get(name))


def _bounds(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for dosage in _dosages(content):
        yield from elements(member(dosage, "timing", "repeat", "boundsPeriod"))


def _amount(content: dict[str, Any]) -> str | None:
    """The dose that was given, with its unit."""
    dose = member(content, "dosage", "dose") or member(content, "quantity")
    parts = (text_of(dose, "value"), text_of(dose, "unit") or text_of(dose, "code"))
    return " ".join(part for part in parts if part) if parts[0] else None


def _statements(content: dict[str, Any]) -> list[str]:
    """What is said of its standing, in FHIR's words, a line each."""
    said = [("status", one_line(content.get("status")))]
    said += [("status", code) for code in standing_codes(content.get("clinicalStatus"))]
    said += [("certainty", code) for code in standing_codes(content.get("verificationStatus"))]
    if content.get("doNotPerform") is True:
        said.append(("status", "not-done"))
    if (intent := one_line(content.get("intent"))) in _PLANNED_INTENTS:
        said.append(("status", intent))
    return [f"{field} {word}" for field, word in said if word]


def standing_codes(concept: Any) -> list[str]:
    """The codes of a standing, else its text."""
    codes = [one_line(coding.code) for coding in codings(concept) if coding.code]
    shown = concept_text(concept)
    return [code for code in codes if code] or ([shown] if shown else [])
