"""One Observation to the results it holds: its own value, and one for each component.

A panel without a value of its own is no result: its members come as Observations (hasMember), its
components are read here. What several results of one Observation share is read once.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from igwatch.base.knowledge import rule_parameter
from transforms.parse.facility.facility import Facility
from transforms.parse.fhir.element import (
    Remembered,
    codings,
    concept_lines,
    concept_text,
    elements,
    lines_beside,
    member,
    one_line,
    text,
    text_of,
)
from transforms.parse.fhir.moment import Moment, moment, stated_time
from transforms.parse.fhir.order import Order, order_of, own_identifier, own_number
from transforms.parse.fhir.reference import References
from transforms.parse.fhir.reference_range import printed_range
from transforms.parse.fhir.result_rows import ResultRows
from transforms.parse.fhir.sent_resource import SentResource
from transforms.parse.fhir.specimen import Specimen, specimen_of
from transforms.parse.fhir.value import has_value, value_of
from transforms.parse.hl7.patient import Patient
from transforms.parse.raw.reject import Reject

LOINC = "http://loinc.org"
_OWN, _COMPONENT = "Observation", "Observation.component"
_INTERPRETATION = ("v3-ObservationInterpretation", "v2-0078")


class Result(NamedTuple):
    """One result of an Observation: what holds its value, its place and, where another of the same
    code stands beside it, its number among these."""

    holder: dict[str, Any]
    place: str
    sub_id: str | None


class Code(NamedTuple):
    """A CodeableConcept in two triplets, LOINC first, and what it says besides."""

    code: str | None
    text: str | None
    system: str | None
    alternate_code: str | None
    alternate_text: str | None
    alternate_system: str | None
    further: str | None


def results_of(content: dict[str, Any]) -> tuple[list[Result], int]:
    """The results of an Observation, and how many of its components cannot be read."""
    stated = content.get("component")
    components = elements(stated)
    n_unread = len(stated) - len(components) if isinstance(stated, list) else 0
    is_panel = bool(components or n_unread or content.get("hasMember"))
    own = [Result(content, _OWN, None)] if has_value(content) or not is_panel else []
    if not components:
        return own, n_unread
    codes = [str(member(each, "code")) for each in components]
    n_of, seen = Counter(codes), Counter[str]()
    for code, each in zip(codes, components, strict=True):
        seen[code] += 1
        sub_id = str(seen[code]) if n_of[code] > 1 else None
        own.append(Result(each, _COMPONENT, sub_id))
    return own, n_unread


class ObservationReader:
    """Puts the results of Observations into the rows; what is refused of them is given back."""

    def __init__(self, references: References, rows: ResultRows, facility: Facility) -> None:
        self._references, self._rows, self._zone = references, rows, facility.zone_info
        self._shows_requester = facility.show_requester
        self._code = {place: Remembered(code_of) for place in (_OWN, _COMPONENT)}
        self._range, self._flags = Remembered(printed_range), Remembered(_flags)
        year = int(rule_parameter("earliest_collection_year"))
        self._earliest = datetime(year, 1, 1)
        self._skew = timedelta(days=rule_parameter("collection_clock_skew_days"))

    def read(
        self, sent: SentResource, patient: Patient, at: Moment, results: list[Result]
    ) -> list[Reject]:
        """The rejects of these results of the resource; `at` is when it was said."""
        order = order_of(sent, self._references)
        specimen = specimen_of(sent, self._references)
        shared = self._shared(sent, patient, at, order, specimen)
        rejects = []
        for result in results:
            if reason := self._add(result, shared):
                field, which = reason
                rejects.append(sent.place.reject("row", "result", which, field=field, n_results=1))
        return rejects

    def _shared(
        self,
        sent: SentResource,
        patient: Patient,
        at: Moment,
        order: Order,
        specimen: Specimen,
    ) -> dict[str, Any]:
        content = sent.content
        number = own_number(sent)
        collected = self._collected(sent, patient, at, order, specimen)
        issued = text(content.get("issued")) or text_of(order.report, "issued")
        notes = (one_line(note.get("text")) for note in elements(content.get("note")))
        asked = {
            "ordering_provider_name": order.requester,
            "assigned_patient_location": order.requested_from,
        }
        return {
            "message_number": sent.message[0],
            "line_number": sent.message[1],
            "message_control_id": sent.bundle.control_id,
            "message_type": sent.type,
            "message_at": at.local,
            "message_at_utc": at.utc,
            "message_at_span_seconds": at.span_seconds,
            "patient_id": patient.patient_id,
            "assigning_authority": patient.assigning_authority,
            "assigning_authority_universal_id": patient.assigning_authority_universal_id,
            "assigning_facility": patient.assigning_facility,
            "identifier_type_code": patient.identifier_type_code,
            "national_number": patient.national_number,
            "birth_date": patient.birth_date,
            "birth_date_source_value": patient.birth_date_source_value,
            "administrative_sex": patient.administrative_sex,
            "placer_order_number": order.placer,
            "filler_order_number": number or order.filler,
            "universal_service_identifier": order.service,
            "further_services": order.further_services,
            "specimen_id": specimen.id,
            "specimen_type": specimen.type,
            "further_specimens": specimen.further,
            **collected,
            "resulted_at": moment(issued, self._zone).local if issued else None,
            "result_status": _status(order.report),
            "observation_result_status": _status(content),
            "observation_instance_id": None if number else own_identifier(sent),
            "producer": self._producer(sent),
            **(asked if self._shows_requester else {}),
            "comment": "\n".join(note for note in notes if note) or None,
            "order_comment": one_line(member(order.report, "conclusion")),
        }

    def _collected(
        self,
        sent: SentResource,
        patient: Patient,
        at: Moment,
        order: Order,
        specimen: Specimen,
    ) -> dict[str, Any]:
        """The first time that can be true of effective[x], the specimen's and the report's; else
        the first that can be read, else the text of the first stated."""
        stated = [stated_time(sent.content, "effective")]
        stated.append((specimen.collected_at, specimen.collected_at_field))
        at_report, field = stated_time(order.report, "effective")
        stated.append((at_report, f"DiagnosticReport.{field}" if field else None))
        filled = [(written, field) for written, field in stated if written]
        read = [(moment(written, self._zone).local, written, field) for written, field in filled]
        best = max(read, key=lambda each: self._rank(each[0], patient, at), default=None)
        time, written, name = best or (None, None, None)
        return {
            "collected_at": time,
            "collected_at_source_value": written,
            "collected_at_field": name,
        }

    def _rank(self, time: datetime | None, patient: Patient, at: Moment) -> int:
        if time is None:
            return 0
        born = patient.birth_date
        is_early = time < self._earliest or (born is not None and time.date() < born)
        is_late = at.local is not None and time - at.local > self._skew
        return 1 if is_early or is_late else 2

    def _producer(self, sent: SentResource) -> str | None:
        """The laboratory: the name of an Organization, never a person's."""
        for reference in elements(sent.content.get("performer")):
            found = self._references.target(sent, reference).content
            stated = text_of(reference, "type") or text_of(found, "resourceType")
            where = text_of(reference, "reference") or ""
            name = text_of(found, "name") or text(reference.get("display"))
            if name and (stated == "Organization" or "Organization/" in where):
                return name
        return None

    def _add(self, result: Result, shared: dict[str, Any]) -> tuple[str, str] | None:
        """The element and the reason where it is refused."""
        holder = result.holder
        code = self._code[result.place].of(holder.get("code"), f"{result.place}.code")
        if not (code.code or code.text):
            return f"{result.place}.code", "code_missing"
        value = value_of(holder)
        if value.is_twice:
            return f"{result.place}.value[x]", "value_stated_twice"
        own = {
            "value_type": value.kind,
            "observation_identifier": code.code,
            "observation_text": code.text,
            "coding_system": code.system,
            "alternate_identifier": code.alternate_code,
            "alternate_text": code.alternate_text,
            "alternate_coding_system": code.alternate_system,
            "further_identifiers": code.further,
            "observation_sub_id": result.sub_id,
            "observation_value": value.text,
            "units": value.units,
            "further_units": value.further_units,
            "references_range": self._range.of(holder.get("referenceRange")),
            "abnormal_flags": self._flags.of(holder.get("interpretation")),
        }
        self._rows.add(shared | own)
        return None


def code_of(concept: Any, place: str) -> Code:
    """The code of a test. LOINC stands first, whatever the order; the text is the name where the
    code has none."""
    listed = sorted(codings(concept), key=lambda coding: coding.system != LOINC)
    stated = one_line(member(concept, "text"))
    triplets = [(c.code, one_line(c.display), c.system) for c in listed[:2]]
    triplets += [(None, None, None)] * (2 - len(triplets))
    (code, name, system), (other, other_name, other_system) = triplets
    name = name or stated
    known = (code, name, other, other_name)
    further = lines_beside(concept_lines(concept, place), known)
    return Code(code, name, system, other, other_name, other_system, further)


def _status(content: dict[str, Any] | None) -> str | None:
    """FHIR's own word, in capitals: knowledge/result_status.csv says what it means."""
    stated = text_of(content, "status")
    return stated.upper() if stated else None


def _flags(interpretation: Any) -> str | None:
    """The code of each interpretation, else its text, joined by ~."""
    flags = []
    for concept in elements(interpretation):
        coded = [coding for coding in codings(concept) if coding.code]
        coded.sort(key=lambda coding: not (coding.system or "").endswith(_INTERPRETATION))
        flags.append(coded[0].code if coded else concept_text(concept))
    return "~".join(flag for flag in flags if flag) or None
