"""A feed's canaries as FHIR R4: a Patient, a Specimen and an Observation for each isotype.

They are written from what was read of the newest real Observations: code, display, system, unit,
status, specimen, identifiers, the form of their times. What else such a resource holds, and how it
is nested, is not imitated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from igwatch.prove.canary import Person, Sample
from igwatch.prove.carried import Carried
from igwatch.prove.shape import Feed, Sent
from igwatch.prove.written_number import canary_value
from igwatch.prove.written_time import like_text
from transforms.parse.facility.facility import Facility

_OID = re.compile(r"\d+(\.\d+)+")
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
Resource = dict[str, Any]


@dataclass(frozen=True)
class FhirWriter:
    """Writes canaries with the words of this feed."""

    facility: Facility
    feed: Feed
    carried: Carried

    def results(self, person: Person, sample: Sample, sent: Sequence[Sent]) -> bytes:
        """One sample of a canary, a line for each resource."""
        specimen = self._specimen(person, sample, sent[0])
        resources = [
            self._patient(person, sent[0]),
            *([specimen] if specimen else []),
            *(self._observation(person, sample, one, specimen) for one in sent),
        ]
        return "".join(f"{json.dumps(each)}\n" for each in resources).encode()

    def _patient(self, person: Person, sent: Sent) -> Resource:
        newest = sent.newest
        identifier: Resource = {"value": person.number("patient", newest["patient_id"])}
        if authority := newest["assigning_authority_universal_id"] or newest["assigning_authority"]:
            told = self.carried.text(authority)
            identifier["system"] = f"urn:oid:{told}" if _OID.fullmatch(told) else told
        if kind := newest["identifier_type_code"]:
            identifier["type"] = {"coding": [{"code": self.carried.text(kind)}]}
        patient = {
            "resourceType": "Patient",
            "id": self._id(person, "person"),
            "identifier": [identifier],
            "gender": self.feed.words.get(("sex", person.canary.sex), ""),
        }
        if sent_day := newest["birth_date_source_value"]:
            patient["birthDate"] = like_text(sent_day, person.birth_date, newest["birth_date"])
        return patient

    def _specimen(self, person: Person, sample: Sample, sent: Sent) -> Resource | None:
        if not sent.newest["specimen_type"]:
            return None
        coding = {"code": self.carried.text(sent.newest["specimen_type"])}
        return {
            "resourceType": "Specimen",
            "id": self._id(person, f"specimen {sample.number}"),
            "type": {"coding": [coding]},
        }

    def _observation(
        self, person: Person, sample: Sample, sent: Sent, specimen: Resource | None
    ) -> Resource:
        newest = sent.newest
        status = self.carried.text(newest["observation_result_status"] or "")
        if sample.sending > 1:
            status = self.feed.words.get(("status", "corrected"), "corrected")
        told = person.sent_at(sample).strftime(_INSTANT)
        resource: Resource = {
            "resourceType": "Observation",
            "id": self._id(person, f"{sample.number} {sent.analyte}"),
            "meta": {"lastUpdated": told},
            "status": status.lower(),
            "code": {"coding": self._codings(newest)},
            "subject": {"reference": f"Patient/{self._id(person, 'person')}"},
            "issued": told,
        }
        if when := newest["collected_at_source_value"]:
            moment = person.collected_at(sample)
            resource["effectiveDateTime"] = like_text(when, moment)
        if specimen:
            resource["specimen"] = {"reference": f"Specimen/{specimen['id']}"}
        resource |= self._value(sample, sent)
        age = person.canary.born_days_before - sample.days_before
        if printed := self.carried.printed_range(self.feed.printed_range(sent, age)):
            resource["referenceRange"] = [{"text": printed}]
        return resource

    def _codings(self, newest: Resource) -> list[Resource]:
        """The first coding and the second, each of its words carried or its shape."""
        names = (
            ("observation_identifier", "observation_text", "coding_system"),
            ("alternate_identifier", "alternate_text", "alternate_coding_system"),
        )
        found = []
        for code, display, system in names:
            told = {"code": newest[code], "display": newest[display], "system": newest[system]}
            coding = {key: self.carried.text(text) for key, text in told.items() if text}
            found += [coding] if coding else []
        return found

    def _value(self, sample: Sample, sent: Sent) -> Resource:
        grams, newest = sample.g_per_l[sent.analyte], sent.newest
        sent_value = newest["observation_value"] or ""
        value = canary_value(sent_value, grams, sent, self.facility, self.carried)
        if newest["value_type"] != "NM":
            return {"valueString": value}
        quantity: Resource = {"value": float(value.replace(",", "."))}
        if newest["units"]:
            quantity["unit"] = self.carried.text(newest["units"])
        return {"valueQuantity": quantity}

    def _id(self, person: Person, about: str) -> str:
        return person.number(f"id {about}")
