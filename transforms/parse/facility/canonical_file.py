"""The canonical delimited files (docs/facility.md): what each holds, and what it must hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FileKind:
    """One kind of canonical file. Its name begins the file's name, as in results-2024.csv.

    `table` is the raw table it becomes, `unit` what one row is. `required` lists alternatives: one
    name of each tuple must be among the headers.
    """

    name: str
    table: str
    unit: str
    columns: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]

    def missing(self, present: set[str]) -> list[str]:
        """What is required and not present, as a reader would name it: `code or test_name`."""
        return [" or ".join(names) for names in self.required if not present & {*names}]


_PERSON = ("patient_id", "assigning_authority")
OF_REQUESTER = ("requester", "requested_from")
"""Who asked for a result, and where: read only where the facility shows it."""
NATIONAL_NUMBER = "national_number"
"""The person's number in the country: read only where the facility says which scheme it is of."""

RESULTS = FileKind(
    name="results",
    table="observation",
    unit="result",
    columns=(
        *_PERSON,
        *("birth_date", "sex", "order_number", "specimen_id", "specimen_type", "collected_at"),
        *("collected_time", "resulted_at", "code", "code_system", "test_name", "value", "units"),
        *("reference_range", "abnormal_flag", "status", "laboratory", "comment"),
        *("value_comparator", "reference_low", "reference_high", *OF_REQUESTER),
        NATIONAL_NUMBER,
    ),
    required=(("patient_id",), ("collected_at",), ("code", "test_name"), ("value",)),
)
EXPOSURES = FileKind(
    name="exposures",
    table="exposure",
    unit="exposure",
    columns=(
        *(*_PERSON, "kind", "event_kind", "code", "code_system", "name", "start_date", "end_date"),
        *("exposure_id", "days_supply", "status", "certainty", "dose"),
    ),
    required=(("patient_id",), ("kind",), ("code", "name")),
)
MERGES = FileKind(
    name="merges",
    table="merge",
    unit="merge",
    columns=(
        *("assigning_authority", "retired_assigning_authority", "retired_id"),
        *("surviving_assigning_authority", "surviving_id", "merged_at"),
    ),
    required=(("retired_id",), ("surviving_id",)),
)
REVIEWS = FileKind(
    name="reviews",
    table="review",
    unit="review",
    columns=(*_PERSON, "rule_id", "verdict", "diagnosis", "reviewer", "reviewed_at", "note"),
    required=(("patient_id",), ("rule_id",), ("verdict",), ("reviewer",), ("reviewed_at",)),
)
PATIENTS = FileKind(
    name="patients",
    table="patient",
    unit="patient",
    columns=(*_PERSON, "birth_date", "sex", NATIONAL_NUMBER),
    required=(("patient_id",), ("birth_date", "sex")),
)
FILE_KINDS = (RESULTS, EXPOSURES, MERGES, REVIEWS, PATIENTS)
CANONICAL = tuple(dict.fromkeys(name for kind in FILE_KINDS for name in kind.columns))


def complete_kinds(present: set[str], file_name: str) -> list[FileKind]:
    """The kinds whose required columns are all present; first the one that the file is named after.

    What a file of results, or of anything else, also says of a person makes no file of patients:
    that is one only when it is no other and is named so, or holds nothing else that is known.
    """
    complete = [kind for kind in FILE_KINDS if kind is not PATIENTS and not kind.missing(present)]
    named = [kind for kind in FILE_KINDS if is_named(kind, file_name)]
    is_of_patients = PATIENTS in named or (not named and present <= {*PATIENTS.columns})
    if not complete and is_of_patients and not PATIENTS.missing(present):
        return [PATIENTS]
    return sorted(complete, key=lambda kind: kind not in named)


def is_named(file_kind: FileKind, file_name: str) -> bool:
    """Whether the name of the file, its folders aside, begins with the kind's."""
    return file_name.rsplit("/", 1)[-1].lower().startswith(file_kind.name)
