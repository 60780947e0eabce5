"""What is new, other or gone for a clinic since an earlier run that was published.

Both generations are told and compared, resource by resource; which run said it (Provenance) is no
change, nor is a sentence that counts days. What is gone is told in FHIR's words and is not deleted:
a result as entered in error, a flag and a repeat as cancelled, a patient as replaced.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from igwatch.exchange.fhir.bundle import Teller, ToldPatient
from igwatch.exchange.fhir.detected_issue import gone_issue
from igwatch.exchange.fhir.element import Element
from igwatch.exchange.fhir.observation import gone_observation
from igwatch.exchange.fhir.patient import replaced_patient
from igwatch.exchange.fhir.published import QUERY, cohort, these
from igwatch.exchange.fhir.task import gone_task
from reports.generation import Generation

_GONE: dict[str, Callable[[Element], Element]] = {
    "Observation": gone_observation,
    "DetectedIssue": gone_issue,
    "Task": gone_task,
}
_PASSING = ("detail", "issued")
Known = dict[str, tuple[bytes, str]]
"""What was told: id of a resource -> its digest, the patient_key that it was told of."""


class Changes:
    """What changed for clinics from one run to another."""

    def __init__(
        self, before: Generation, after: Generation, told_before: Teller, told_after: Teller
    ) -> None:
        self._before, self._after = before, after
        self._told_before, self._told_after = told_before, told_after
        self._survivor, self._linked = survivors(after)

    def of(self, clinic: str | None, name: str) -> Iterator[list[Element]]:
        """The resources of each Bundle: a patient's that are new or other, with the Patient and the
        Provenance; then what is gone of each patient of the earlier run.

        Of somebody who has no flag any more only what was told is told as it is now. Nothing is
        said of a patient whom another clinic has.
        """
        known: Known = {}
        for patient in cohort(self._before, clinic):
            told = self._told_before.tell(patient, name)
            for each in (told.patient, *told.resources):
                known[each["id"]] = (_digest(each), patient.key)
        here, elsewhere = set(), set()
        for patient in cohort(self._after, clinic):
            here.add(patient.key)
            yield from _changed(self._told_after.tell(patient, name), known)
        left = {self._now(key) for _, key in known.values()} - here
        for patient in these(self._after, left):
            if patient.flag:
                elsewhere.add(patient.key)
            else:
                told = self._told_after.tell(patient, name)
                yield from _changed(told.only(known), known)
        gone: dict[str, set[str]] = defaultdict(set)
        for resource_id, (_, key) in known.items():
            if self._now(key) not in elsewhere:
                gone[key].add(resource_id)
        yield from self._gone(gone, here, name)

    def _now(self, key: str) -> str:
        """The patient_key of whom this one is now."""
        return self._survivor.get(key, key)

    def _gone(
        self, ids: Mapping[str, set[str]], here: set[str], name: str
    ) -> Iterator[list[Element]]:
        for patient in these(self._before, ids):
            told, gone = self._told_before.tell(patient, name), ids[patient.key]
            survivor = self._survivor.get(patient.key)
            known_as = self._told_after.ids.of("Patient", survivor) if survivor in here else None
            resources = [_GONE[r["resourceType"]](r) for r in told.resources if r["id"] in gone]
            if told.patient["id"] in gone:
                is_linked = patient.key in self._linked
                resources.insert(0, replaced_patient(told.patient, known_as, is_linked))
            yield resources


def survivors(generation: Generation) -> tuple[dict[str, str], set[str]]:
    """patient_key of everybody who was merged away or is linked -> that of whom they are now; and
    the keys of those who are linked."""
    rows = list(generation.read((QUERY / "survivor.sql").read_text(encoding="utf-8")))
    linked = {row["retired_key"] for row in rows if row["joined_by"] == "link"}
    return {row["retired_key"]: row["patient_key"] for row in rows}, linked


def _changed(told: ToldPatient, known: Known) -> Iterator[list[Element]]:
    """A patient's Bundle, where anything is new or other; takes what is told out of `known`."""
    everything = (told.patient, *told.resources)
    other = {each["id"] for each in everything if known.pop(each["id"], (b"",))[0] != _digest(each)}
    if other:
        yield [
            told.patient,
            *(each for each in told.resources if each["id"] in other),
            told.provenance,
        ]


def _digest(content: Element) -> bytes:
    """Of all but what is another every night and changes nothing: the sentence of a flag, which
    counts days, and when a result was issued, which is its delivery where nobody stated it."""
    content = {name: of for name, of in content.items() if name not in _PASSING}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()[:16]
