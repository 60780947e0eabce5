"""What is new, other or gone for a clinic since an earlier run that was published.

Both generations are told and compared, resource by resource; which run said it (Provenance) is no
change. What is gone is told in FHIR's words and is not deleted: a result as entered in error, a
flag and a repeat as cancelled, a patient as replaced.
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


class Changes:
    """What changed for clinics from one run to another."""

    def __init__(
        self, before: Generation, after: Generation, told_before: Teller, told_after: Teller
    ) -> None:
        self._before, self._after = before, after
        self._told_before, self._told_after = told_before, told_after
        self._survivor = survivors(after)

    def of(self, clinic: str | None, name: str) -> Iterator[list[Element]]:
        """The resources of each Bundle: a patient's that are new or other, with the Patient and the
        Provenance; then what is gone of each patient of the earlier run."""
        known: dict[str, tuple[bytes, str]] = {}
        for patient in cohort(self._before, clinic):
            told = self._told_before.tell(patient, name)
            for each in (told.patient, *told.resources):
                known[each["id"]] = (_digest(each), patient.key)
        here = set()
        for patient in cohort(self._after, clinic):
            here.add(patient.key)
            yield from _changed(self._told_after.tell(patient, name), known)
        yield from self._gone(self._left(known, here, name), here, name)

    def _left(
        self, known: Mapping[str, tuple[bytes, str]], here: set[str], name: str
    ) -> dict[str, set[str]]:
        """By patient of the earlier run, the ids that do not stand any more.

        What still stands of somebody without a flag is not gone, only no longer told; nothing is
        said of a patient whom another clinic has now.
        """
        left: dict[str, set[str]] = defaultdict(set)
        for resource_id, (_, key) in known.items():
            left[key].add(resource_id)
        standing, elsewhere = set(), set()
        for patient in these(self._after, {self._survivor.get(key, key) for key in left}):
            if patient.flag and patient.key not in here:
                elsewhere.add(patient.key)
            told = self._told_after.tell(patient, name)
            standing |= {each["id"] for each in (told.patient, *told.resources)}
        return {
            key: gone
            for key, found in left.items()
            if (gone := found - standing) and self._survivor.get(key, key) not in elsewhere
        }

    def _gone(
        self, left: Mapping[str, set[str]], here: set[str], name: str
    ) -> Iterator[list[Element]]:
        for patient in these(self._before, left):
            told, gone = self._told_before.tell(patient, name), left[patient.key]
            survivor = self._survivor.get(patient.key)
            known_as = self._told_after.ids.of("Patient", survivor) if survivor in here else None
            resources = [_GONE[r["resourceType"]](r) for r in told.resources if r["id"] in gone]
            if told.patient["id"] in gone:
                resources.insert(0, replaced_patient(told.patient, known_as))
            yield resources


def survivors(generation: Generation) -> dict[str, str]:
    """patient_key of everybody who was merged away -> that of whom they are now."""
    rows = generation.read((QUERY / "survivor.sql").read_text(encoding="utf-8"))
    return {row["retired_key"]: row["patient_key"] for row in rows}


def _changed(told: ToldPatient, known: dict[str, tuple[bytes, str]]) -> Iterator[list[Element]]:
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
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()[:16]
