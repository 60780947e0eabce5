"""The draft of a FHIR feed's facility file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from igwatch.draft.cell_shape import shape_of
from igwatch.draft.classed import classed_lines
from igwatch.draft.exposure_setting import DELIVERY, unread_systems
from igwatch.draft.exposure_word import exposure_word_settings
from igwatch.draft.facility_draft import ColumnSeen, Draft, DraftError, Setting
from igwatch.draft.fhir_sample import N_PIECES, FhirSample, read_sample
from igwatch.draft.isotype_name import accepted_analytes, isotypes, loinc_codes
from igwatch.draft.local_code import SampleCode, code_settings, commonest_codes, nothing_known
from igwatch.draft.own_word import word_settings
from transforms.parse.facility.facility_file import UNANSWERED

_FEWEST = 2  # what stands in one resource alone may be anybody's remark
_LOCAL = "LOCAL"
_GUESS = {  # of the last name of an element
    "code": "code",
    "unit": "units",
    "referenceRange": "reference_range",
    "interpretation": "abnormal_flag",
    "status": "status",
    "clinicalStatus": "status",
    "verificationStatus": "certainty",
    "birthDate": "birth_date",
    "gender": "sex",
    "medication[x]": "code",
}
_GUESS_BY_BEGINNING = {
    "value": "value",
    "onset": "start_date",
    "abatement": "end_date",
    "performed": "start_date",
    "authoredOn": "start_date",
    "when": "start_date",
}


def draft_fhir(file: Path, name: str, zone: Setting) -> Draft:
    """The draft for the feed of which these are resources: its first N_PIECES lines or entries.

    Raises DraftError when there is no resource that is read.
    """
    sample = read_sample(file)
    if not (sample.results or sample.exposures or sample.n_patients):
        raise DraftError(
            f"{file.name}: no Observation, Patient, medication or diagnosis can be read in it",
            "see igwatch preview",
        )
    codes = SampleCode.counted(sample.results)
    settings = [_zone(sample, zone), *_identifier(sample), *_words(sample), *code_settings(codes)]
    loud = [*nothing_known(codes)] if sample.results else []
    outcome = [*classed_lines(_of_interest(sample))]
    if sample.exposures:
        settings += _exposures(sample)
        loud += unread_systems("A coding", Counter(system for _, _, system, _ in sample.exposures))
        outcome += _commonest(sample)
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in sample.kinds.most_common())
    return Draft(
        name,
        f"a FHIR file: {kinds}",
        tuple(settings),
        tuple(_remarks(sample)),
        tuple(_seen(sample)),
        tuple(loud),
        tuple(outcome),
    )


def _zone(sample: FhirSample, zone: Setting) -> Setting:
    """Always asked: an offset says when it was, and not where the laboratory's days begin."""
    n, n_without = sample.n_times, sample.n_without_offset
    said = f"{n_without:,} of {n:,} times carry no offset and are in it"
    if not n_without:
        said = f"all of {n:,} times carry an offset; they are brought to it"
    return replace(zone, note=f"{zone.note} ({said})") if n else zone


def _identifier(sample: FhirSample) -> Iterator[Setting]:
    """Asked where the identifiers of some Patient may mean several."""
    if not sample.n_unsure:
        return
    note = f"identifiers of {sample.n_unsure} of {sample.n_patients} Patients may each be meant"
    usual = _usual(sample)
    types = [*dict.fromkeys(kind for _, kind in usual if kind)]
    if len(types) == len(usual):
        yield Setting(("identifier", "type"), UNANSWERED, note, tuple(types))
    else:
        systems = dict.fromkeys(system for system, _ in usual if system)
        yield Setting(("identifier", "authority"), UNANSWERED, f"{note} (system)", tuple(systems))


def _words(sample: FhirSample) -> Iterator[Setting]:
    units = [unit for _, _, unit in sample.results]
    cells = sample.cells
    statuses = cells.get("Observation.status", [])
    yield from word_settings(cells.get("Patient.gender", []), statuses, units)


def _exposures(sample: FhirSample) -> Iterator[Setting]:
    """The system of codings that state none, by kind; the delivery; words that nobody knows."""
    bare = Counter(kind for kind, code, system, _ in sample.exposures if code and not system)
    for kind, n in bare.items():
        note = f"{n:,} codings state no system: theirs, {_LOCAL} where it is the house's own"
        yield Setting(("exposure_system", kind), UNANSWERED, note, (_LOCAL,))
    yield DELIVERY
    statuses = _words_of(sample, (".status", ".clinicalStatus"))
    yield from exposure_word_settings(statuses, _words_of(sample, (".verificationStatus",)))


def _words_of(sample: FhirSample, endings: tuple[str, ...]) -> list[str]:
    """The words of standing of all exposures."""
    of_exposures = (e for e in sample.cells if not e.startswith("Observation"))
    return [word for e in of_exposures if e.endswith(endings) for word in sample.cells[e]]


def _of_interest(sample: FhirSample) -> Iterator[tuple[str, str | None]]:
    """The immunoglobulin of each result, with what it lacks."""
    meant = isotypes({text for code, name, _ in sample.results for text in (code, name)})
    loinc = accepted_analytes()
    for (code, name, _), lack in zip(sample.results, sample.lacks, strict=True):
        known = loinc.get(code) if code in loinc_codes() else meant.get(name or code)
        if known:
            yield known, lack


def _commonest(sample: FhirSample) -> Iterator[str]:
    rows = [(code or name, name, "") for _, code, _, name in sample.exposures]
    if listed := commonest_codes(SampleCode.counted(rows), _FEWEST):
        yield f"The commonest codes: {listed}."


def _seen(sample: FhirSample) -> Iterator[ColumnSeen]:
    """Each element that is read: what stands in it, how often, and what it is taken for."""
    for element, cells in sorted(sample.cells.items()):
        guess = _guess(element)
        if guess == "code" and element.startswith("Observation"):
            known = sum(code in loinc_codes() for code in cells)
            guess = f"code: {known:,} in a LOINC code that is known"
        yield ColumnSeen(element, shape_of(cells).proof, guess)
    for (system, kind), n in _usual(sample).items():
        named = " ".join(filter(None, ("Patient.identifier", system, kind)))
        yield ColumnSeen(named, f"{n:,} of {sample.n_patients:,} Patients", "patient_id")


def _guess(element: str) -> str:
    """The column of raw that an element fills, by its last name; a period's by the name before."""
    last = element.removesuffix(".start").removesuffix(".end").rpartition(".")[2]
    if last in _GUESS:
        return _GUESS[last]
    is_exposure = not element.startswith(("Observation", "Patient"))
    if last.startswith("effective"):
        return "start_date" if is_exposure else "collected_at"
    begins = (guess for start, guess in _GUESS_BY_BEGINNING.items() if last.startswith(start))
    return next(begins, "not read")


def _remarks(sample: FhirSample) -> Iterator[str]:
    for how, n in sample.subjects.most_common():
        yield f"{n:,} Observations name {how}."
    if sample.subjects and not sample.n_patients:
        yield "Birth dates, sexes and numbers of the patients come with Patients, in any file."
    if sample.n_faults:
        yield f"{sample.n_faults:,} parts of the file are no resource: igwatch preview says why."
    if sum(sample.kinds.values()) >= N_PIECES:
        yield f"Only the beginning was looked at: {N_PIECES:,} lines or entries."


def _usual(sample: FhirSample) -> dict[tuple[str, str], int]:
    """Systems and types that stand with more than one Patient."""
    few = min(1, sample.n_patients - 1)
    return {kind: n for kind, n in sample.identifiers.items() if n > few}
