"""Whom a resource is about. Nothing is guessed: of several identifiers the facility's rule decides.

A Patient is known by the identifier that the rule chooses, as a PID is (hl7/identifier.py). One
that has none for patients, where no rule asks for any, is known by its server's id; so is one that
is only referred to. The authority of such an id is what gave it: `https://a.b/fhir/Patient`, or the
feed and the type (`north/Patient`) where no address is stated. A Patient with both is told as a
merge of its server's id into its identifier, so that what came without the Patient meets it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from transforms.parse.facility.facility import Facility, IdentifierRule, NationalIdentifier
from transforms.parse.fhir.element import codings, elements, text, text_of
from transforms.parse.fhir.own_export import named_by_us
from transforms.parse.fhir.reference import References, identifier_in
from transforms.parse.fhir.sent_resource import SentResource, ServerId
from transforms.parse.hl7.identifier import Identifier, Unidentified, chosen
from transforms.parse.hl7.patient import NO_PATIENT, Patient, issuer_of
from transforms.parse.hl7.timestamp import birth_date
from transforms.parse.raw.patient_number import HIDDEN_SIGN, fault_of, hides

_URN = ("urn:oid:", "urn:uuid:")
_TYPES_SYSTEM = "v2-0203"
_NO_LONGER = "old"


class People:
    """Tells whom resources are about, by the facility's rule."""

    def __init__(self, facility: Facility, references: References) -> None:
        self._facility = facility
        self._references = references
        rule = facility.identifier
        authority = _bare(rule.authority) if rule.authority else None
        self._rule = rule.model_copy(update={"authority": authority})
        self._national = facility.national_identifier
        self._by_server = lru_cache(maxsize=1 << 14)(self._known_by_server)

    def subject(self, sent: SentResource, field: str) -> Patient:
        """The patient whom the Reference in this element names; refused where nobody is."""
        reference = sent.content.get(field)
        if not isinstance(reference, dict) or not reference:
            return NO_PATIENT._replace(refusal="subject_missing", field=field)
        target = self._references.target(sent, reference)
        if target.is_twice:
            return NO_PATIENT._replace(refusal="patient_stated_twice", field=field)
        if target.content is not None:
            if target.content.get("resourceType") != "Patient":
                return NO_PATIENT._replace(refusal="subject_no_patient", field=field)
            return self.of_patient(target.content, target.server_id)
        if (stated := identifier_in(reference)) and (found := self._named_by([stated], field)):
            return found._replace(national_number=self._national_number([stated]))
        if target.server_id is None:
            lost = "patient_reference_lost" if text_of(reference, "reference") else None
            return NO_PATIENT._replace(refusal=lost or "subject_missing", field=field)
        if not target.server_id.holder.endswith("Patient"):
            return NO_PATIENT._replace(refusal="subject_no_patient", field=field)
        return self._by_server(target.server_id, field)

    def of_patient(self, patient: dict[str, Any], known_as: ServerId | None) -> Patient:
        """The Patient, its national number, birth date and sex as sent."""
        field = "Patient.identifier"
        stated = elements(patient.get("identifier"))
        found = self._named_by(stated, field)
        if found is None and known_as:
            found = self._by_server(known_as, field)
        if found is None:
            found = NO_PATIENT._replace(refusal="patient_identifier_missing", field=field)
        born = text(patient.get("birthDate"))
        return found._replace(
            national_number=self._national_number(stated),
            birth_date=birth_date(born) if born else None,
            birth_date_source_value=born,
            administrative_sex=text(patient.get("gender")),
        )

    def _named_by(self, stated: list[dict[str, Any]], field: str) -> Patient | None:
        """By an identifier; None where none is a patient's and no rule asks for one."""
        known = [identifier_of(each, self._rule) for each in stated]
        valid = [each for each in known if each]
        found = chosen(valid, self._rule)
        if isinstance(found, Unidentified):
            is_missing = found.reason == "patient_identifier_missing"
            is_asked_for = self._rule.authority or self._rule.type or self._rule.issuer
            if is_missing and not (is_asked_for and field.startswith("Patient")):
                return None
            return NO_PATIENT._replace(refusal=found.reason, field=field, found=found.types or None)
        return Patient(found.id, *issuer_of(found, self._facility, None), field=field)

    def _national_number(self, stated: list[dict[str, Any]]) -> str | None:
        """The numbers that the facility says are national ones, ~ between several; None where it
        says of none. A filler and what holds a hidden sign are no numbers."""
        if (rule := self._national) is None:
            return None
        known = (identifier_of(each, self._rule) for each in stated)
        fitting = (i.id for i in known if i and not i.fault and _is_national(i, rule))
        return "~".join(dict.fromkeys(fitting)) or None

    def _known_by_server(self, known_as: ServerId, field: str) -> Patient:
        if fault := fault_of(known_as.id, self._rule.accept):
            return NO_PATIENT._replace(refusal=fault, field=field)
        return Patient(known_as.id, self.authority_of(known_as), field=field)

    def authority_of(self, known_as: ServerId) -> str:
        """Who gave a server's id: its address and the type, or the feed and the type."""
        is_bare = "/" not in known_as.holder
        return f"{self._facility.name}/{known_as.holder}" if is_bare else known_as.holder


def identifier_of(stated: dict[str, Any], rule: IdentifierRule) -> Identifier | None:
    """An Identifier as CX would say it; None for one without a value or no longer in use."""
    number = text_of(stated, "value")
    if not number or text_of(stated, "use") == _NO_LONGER:
        return None
    system = text_of(stated, "system") or text_of(stated, "assigner", "display") or ""
    named = named_by_us(system)
    authority = _bare(system) if named is None else named
    universal_id = authority if named is None and ":" in system else ""
    kind = _type_of(stated)
    fault = fault_of(number, rule.accept)
    if any(map(hides, (authority, kind))):
        fault = HIDDEN_SIGN  # another issuer or another kind of number is another patient
    return Identifier(number, authority, kind, universal_id, fault)


def _is_national(identifier: Identifier, rule: NationalIdentifier) -> bool:
    """Whether this is the identifier that the rule means; a rule of a scheme alone means none."""
    issuers = {identifier.authority.upper(), identifier.universal_id.upper()}
    is_of_type = rule.type is None or identifier.type.upper() == rule.type.upper()
    is_of_issuer = rule.authority is None or _bare(rule.authority).upper() in issuers
    return rule.names_one_of_many and is_of_type and is_of_issuer


def _type_of(stated: dict[str, Any]) -> str:
    """The code of HL7 table 0203, else another code, else the text of the type."""
    listed = [coding for coding in codings(stated.get("type")) if coding.code]
    listed.sort(key=lambda coding: not (coding.system or "").endswith(_TYPES_SYSTEM))
    return (listed[0].code if listed else text_of(stated, "type", "text")) or ""


def _bare(system: str) -> str:
    """Without urn:oid: and urn:uuid:, as HL7 v2 writes a universal id."""
    return next((system[len(u) :] for u in _URN if system.lower().startswith(u)), system)
