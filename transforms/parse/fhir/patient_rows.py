"""Patient resources to raw.patient, and what they say of other identifiers of theirs to raw.merge.

A Patient that was replaced names the one that stays (link, replaced-by), and the other way round
(replaces); links that only refer are no merges. A Patient known by an identifier is told to be the
one of its server's id too, for what refers to it without bringing it along.
"""

from __future__ import annotations

from typing import Any

from transforms.parse.fhir.element import elements, member, text_of
from transforms.parse.fhir.moment import Moment
from transforms.parse.fhir.person import People
from transforms.parse.fhir.reference import References
from transforms.parse.fhir.sent_resource import SentResource, ServerId
from transforms.parse.hl7.patient import Patient
from transforms.parse.hl7.row_buffer import RowBuffer

_ADDED, _UPDATED = "A28", "A31"  # the events of HL7 v2 that say the same
_LINKS = {"replaced-by": True, "replaces": False}  # whether this Patient is the one that goes


class PatientReader:
    """Puts the rows of Patients into the buffer."""

    def __init__(self, people: People, references: References, buffer: RowBuffer) -> None:
        self._people, self._references, self._buffer = people, references, buffer

    def read(self, sent: SentResource, at: Moment) -> None:
        """A row of raw.patient or a reject, and its merges; `at` is when it was said."""
        patient = self._people.of_patient(sent.content, sent.server_id)
        if patient.refusal:
            where = {"field": patient.field, "found": patient.found}
            self._buffer.refuse(sent.place.reject("message", "message", patient.refusal, **where))
            return
        self._add(sent, patient, at)
        if sent.server_id:
            self._tell_server_id(sent, patient, sent.server_id, at)
        for link in elements(sent.content.get("link")):
            if (kind := text_of(link, "type")) in _LINKS:
                self._merge(sent, patient, member(link, "other"), _LINKS[kind], at)

    def _add(self, sent: SentResource, patient: Patient, at: Moment) -> None:
        self._buffer.add(
            "patient",
            sent.place.number,
            sent.place.line,
            at.local,
            _event(sent),
            patient.patient_id,
            patient.assigning_authority,
            patient.assigning_authority_universal_id,
            patient.assigning_facility,
            patient.identifier_type_code,
            patient.national_number,
            patient.birth_date,
            patient.birth_date_source_value,
            patient.administrative_sex,
        )

    def _tell_server_id(
        self, sent: SentResource, patient: Patient, known_as: ServerId, at: Moment
    ) -> None:
        """Birth date and sex stand under the server's id too: a replay of a day before the merge
        knows the patient by it."""
        by_server = Patient(known_as.id, self._people.authority_of(known_as))
        if by_server[:2] != patient[:2]:
            stated = (patient.birth_date, patient.birth_date_source_value)
            person = by_server._replace(
                birth_date=stated[0],
                birth_date_source_value=stated[1],
                administrative_sex=patient.administrative_sex,
            )
            self._add(sent, person, at)
            self._store(sent, by_server, patient, at)

    def _merge(
        self, sent: SentResource, patient: Patient, other: Any, is_gone: bool, at: Moment
    ) -> None:
        linked = self._people.subject(
            SentResource({**sent.content, "other": other}, sent.place, sent.url, sent.bundle),
            "other",
        )
        retired, survivor = (patient, linked) if is_gone else (linked, patient)
        if linked.refusal:
            self._refuse(sent, "merge_identifier_missing")
        elif retired[:2] == survivor[:2]:
            self._refuse(sent, "merge_same_identifier")
        else:
            self._store(sent, retired, survivor, at)

    def _store(self, sent: SentResource, retired: Patient, survivor: Patient, at: Moment) -> None:
        """A row says one universal id and one type for both sides: none where they differ."""
        is_one = retired[1:5] == survivor[1:5]
        self._buffer.add(
            "merge",
            sent.place.number,
            sent.place.line,
            None,
            at.local,
            retired.patient_id,
            retired.assigning_authority,
            survivor.patient_id,
            survivor.assigning_authority,
            survivor.assigning_authority_universal_id if is_one else None,
            None,
            survivor.identifier_type_code if is_one else None,
            None,
        )

    def _refuse(self, sent: SentResource, reason: str) -> None:
        self._buffer.refuse(sent.place.reject("message", "merge", reason, field="Patient.link"))


def _event(sent: SentResource) -> str | None:
    """The first version of a server adds a Patient, later ones update it; else nobody says."""
    version = text_of(sent.content, "meta", "versionId") or ""
    if not (version.isascii() and version.isdigit()):
        return None
    return _ADDED if version == "1" else _UPDATED
