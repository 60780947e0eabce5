"""What the resources of a FHIR sample say about the feed; no identifier of a patient is kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from igwatch.draft.classed import NO_BIRTH_DATE, NO_TIME
from transforms.parse.delimited.gzip_file import open_unpacked
from transforms.parse.facility.facility import IdentifierRule
from transforms.parse.fhir.bundle import Unwrapping, survey
from transforms.parse.fhir.element import codings, concept_text, elements, member, text, text_of
from transforms.parse.fhir.exposure import is_read, standing_codes
from transforms.parse.fhir.exposure_kind import KINDS
from transforms.parse.fhir.moment import stated_time
from transforms.parse.fhir.observation import Result, code_of, results_of
from transforms.parse.fhir.person import identifier_of
from transforms.parse.fhir.piece import Piece, pieces
from transforms.parse.fhir.reader import HEAD_BYTES
from transforms.parse.fhir.reference import References, Target, identifier_in
from transforms.parse.fhir.reference_range import printed_range
from transforms.parse.fhir.resource_store import ResourceStore
from transforms.parse.fhir.sent_resource import SentResource
from transforms.parse.fhir.value import value_of
from transforms.parse.hl7.identifier import Unidentified, chosen

N_PIECES = 20_000
_OFFSET = re.compile(r"\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)")
_RULE = IdentifierRule()  # the one that holds without a setting


@dataclass
class FhirSample:
    """What was seen. `cells` are the texts of each element, for their shapes; `results` are (code,
    name, unit); `lacks` is what keeps each of them from being classed, None for nothing."""

    kinds: Counter[str] = field(default_factory=Counter)
    n_faults: int = 0
    cells: dict[str, list[str]] = field(default_factory=dict)
    results: list[tuple[str, str, str]] = field(default_factory=list)
    lacks: list[str | None] = field(default_factory=list)
    subjects: Counter[str] = field(default_factory=Counter)
    identifiers: Counter[tuple[str, str]] = field(default_factory=Counter)
    n_patients: int = 0
    n_unsure: int = 0
    exposures: list[tuple[str, str, str, str]] = field(default_factory=list)
    n_times: int = 0
    n_without_offset: int = 0

    def add(self, element: str, said: str | None) -> None:
        """Keep what an element says; nothing for one that is not there."""
        if said:
            self.cells.setdefault(element, []).append(said)

    def add_time(self, element: str, written: str | None) -> None:
        """Keep a time; whether it has an offset is counted."""
        self.add(element, written)
        self.n_times += bool(written)
        self.n_without_offset += bool(written and not _OFFSET.fullmatch(written))


def read_sample(file: Path) -> FhirSample:
    """The first N_PIECES lines or entries of a file of FHIR."""
    sample = FhirSample()
    with ResourceStore() as store:
        references = References(store)
        found = survey(_pieces(file), references)
        unwrapping = Unwrapping(found, references, store)
        for piece in _pieces(file):
            for sent in unwrapping.resources(piece):
                if isinstance(sent, SentResource):
                    _note(sent, references, sample)
                else:
                    sample.n_faults += 1
    return sample


def _pieces(file: Path) -> Iterator[Piece]:
    with open_unpacked(file) as stream:
        head = stream.read(HEAD_BYTES)
    with open_unpacked(file) as stream:
        yield from islice(pieces(stream, head), N_PIECES)


def _note(sent: SentResource, references: References, sample: FhirSample) -> None:
    sample.kinds[sent.type] += 1
    if sent.type == "Observation":
        _note_observation(sent, references, sample)
    elif sent.type == "Patient":
        _note_patient(sent.content, sample)
    elif sent.type in KINDS:
        _note_exposure(sent, references, sample)


def _note_observation(sent: SentResource, references: References, sample: FhirSample) -> None:
    results, _ = results_of(sent.content)
    if not results:
        return
    target = references.target(sent, sent.content.get("subject"))
    sample.subjects[_named_by(sent, target)] += 1
    written, name = stated_time(sent.content, "effective")
    sample.add_time(f"Observation.{name}", written)
    sample.add("Observation.status", text(sent.content.get("status")))
    born = text_of(target.content, "birthDate")
    lack = NO_TIME if not written else None if born else NO_BIRTH_DATE
    for result in results:
        _note_result(result, sample)
        sample.lacks.append(lack)


def _named_by(sent: SentResource, target: Target) -> str:
    """How a result says whose it is."""
    if target.is_twice:
        return "a Patient that stands twice in the file and differs"
    if target.content:
        return "a Patient of the file"
    has_number = identifier_in(sent.content.get("subject"))
    return "an identifier" if has_number else "the id of a Patient that is not in the file"


def _note_result(result: Result, sample: FhirSample) -> None:
    holder, place = result.holder, result.place
    code = code_of(holder.get("code"), f"{place}.code")
    value = value_of(holder)
    form = next((name for name in holder if name.startswith("value")), "value[x]")
    sample.add(f"{place}.code", code.code or code.text)
    sample.add(f"{place}.{form}", value.text)
    sample.add(f"{place}.{form}.unit", value.units)
    sample.add(f"{place}.referenceRange", printed_range(holder.get("referenceRange")))
    for flag in elements(holder.get("interpretation")):
        sample.add(f"{place}.interpretation", concept_text(flag))
    sample.results.append((code.code or code.text or "", code.text or "", value.units or ""))


def _note_patient(content: dict[str, Any], sample: FhirSample) -> None:
    known = [identifier_of(each, _RULE) for each in elements(content.get("identifier"))]
    stated = [each for each in known if each]
    sample.identifiers.update(dict.fromkeys((i.authority, i.type) for i in stated).keys())
    sample.n_patients += 1
    found = chosen(stated, _RULE)
    is_open = isinstance(found, Unidentified) and found.reason == "patient_identifier_ambiguous"
    sample.n_unsure += is_open
    sample.add("Patient.birthDate", text(content.get("birthDate")))
    sample.add("Patient.gender", text(content.get("gender")))


def _note_exposure(sent: SentResource, references: References, sample: FhirSample) -> None:
    kind, content = KINDS[sent.type], sent.content
    concept = content.get("code") or content.get("medicationCodeableConcept")
    if not concept:
        medication = references.target(sent, content.get("medicationReference")).content
        concept = member(medication, "code")
    listed = sorted((c for c in codings(concept) if c.code), key=lambda c: not is_read(c))
    code, system = (listed[0].code, listed[0].system) if listed else (None, None)
    name = concept_text(concept) or ""
    sample.exposures.append((kind.kind, code or "", system or "", name))
    place = "code" if kind.concept == "code" else "medication[x]"
    sample.add(f"{sent.type}.{place}", code or name)
    sample.add(f"{sent.type}.status", text(content.get("status")))
    for element in ("clinicalStatus", "verificationStatus"):
        for word in standing_codes(content.get(element)):
            sample.add(f"{sent.type}.{element}", word)
    for choice in filter(None, (kind.choice, kind.end_choice)):
        written, form = stated_time(content, choice)
        sample.add_time(f"{sent.type}.{form}", written)
    for element in kind.starts:
        sample.add_time(f"{sent.type}.{element}", text(content.get(element)))
