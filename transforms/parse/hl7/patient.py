"""The patient of a PID segment: identifier by the facility's rule, birth date and sex as sent.

`patient_of` reads one PID, `Patients` reads many in the same way, a column at a time.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.facility.facility import Facility
from transforms.parse.hl7 import datatype
from transforms.parse.hl7.er7 import ESCAPE, FIELD, NULL, REPETITION
from transforms.parse.hl7.field_column import TEXT, Components, Fields, first_or_null, mapped, whole
from transforms.parse.hl7.identifier import Identifier, Unidentified, chosen, identifiers
from transforms.parse.hl7.timestamp import birth_date, birth_dates

_FIELDS = 9
_NUMBER = {"PID-2": 2, "PID-3": 3, "PID-4": 4}


class Patient(NamedTuple):
    """What PID says of a patient; `refusal` is a reject reason when nobody can be named.

    `set_id` and `name` serve only to notice one patient stated twice and are not kept.
    """

    patient_id: str | None = None
    assigning_authority: str | None = None
    patient_identifier_list: str | None = None
    birth_date: date | None = None
    birth_date_source_value: str | None = None
    administrative_sex: str | None = None
    refusal: str | None = None
    field: str = "PID"
    found: str | None = None
    set_id: str = ""
    name: str = ""


NO_PATIENT = Patient(refusal="patient_missing")


def patient_of(line: str, facility: Facility, before: Patient = NO_PATIENT) -> Patient:
    """The patient of a PID line; `before` is the patient of the PID above it in the message."""
    if not line:
        return NO_PATIENT
    pid = line.split(FIELD, _FIELDS)
    if len(pid) < _FIELDS:
        pid += [""] * (_FIELDS - len(pid))
    rule = facility.identifier
    identifier = chosen(identifiers(pid[_NUMBER[rule.field]]), rule)
    born = _as_sent(pid[7])
    named: tuple[str | None, str | None] = (None, None)
    refusal: str | None
    if isinstance(identifier, Unidentified):
        refusal, found = identifier.reason, identifier.types or None
    else:
        refusal, found = _stated_twice(pid, identifier, before), None
        if not refusal:
            named = (identifier.id, authority_of(identifier, facility))
    return Patient(
        *named,
        datatype.whole(pid[3]),
        birth_date(born) if born else None,
        born,
        _as_sent(pid[8]),
        refusal,
        rule.field,
        found,
        pid[1],
        pid[5],
    )


def authority_of(identifier: Identifier, facility: Facility) -> str:
    """Who issued the identifier; the facility where none is stated."""
    return identifier.authority or facility.name


def _stated_twice(pid: list[str], identifier: Identifier, before: Patient) -> str | None:
    """The refusal of a PID with the number and name of the one above it but another identifier.

    It is the same patient stated twice, and nobody can say which identifier is meant.
    """
    if not pid[5] or (pid[1], pid[5]) != (before.set_id, before.name):
        return None
    is_same = identifier.id == before.patient_id
    return None if is_same else "patient_stated_twice"


def _as_sent(field: str) -> str | None:
    """The first component; `""`, which deletes, is kept as it is."""
    return NULL if field == NULL else datatype.first(field) if field else None


class Patients:
    """The patients of many PID segments of result messages; a segment may be missing ('').

    `refused` holds a Patient with its refusal for those that nobody can be named for.
    """

    def __init__(self, lines: list[str], message: list[int], facility: Facility) -> None:
        pid = Fields(lines, last=8)
        self._lines, self._facility = lines, facility
        self.refused: dict[int, Patient] = {}
        born = first_or_null(pid[7])
        self.columns = {
            "patient_identifier_list": whole(pid[3]),
            "birth_date": birth_dates(born),
            "birth_date_source_value": born,
            "administrative_sex": mapped(pid[8], _as_sent),
        }
        self._identify(pid[_NUMBER[facility.identifier.field]])
        self._refuse_stated_twice(np.array(message, np.int64))

    def _identify(self, stated: pa.StringArray) -> None:
        """One plain identifier is read as a column; what repeats or is missing one by one."""
        cx = Components(stated)
        identifier, authority, kind = cx[0], cx[3], cx[4]
        is_open = pc.or_(
            pc.is_null(identifier), pc.match_substring_regex(stated, f"[{REPETITION}\\{ESCAPE}&]")
        )
        rule = self._facility.identifier
        for wanted, found in ((rule.authority, authority), (rule.type, kind)):
            if wanted:
                is_open = pc.or_(is_open, pc.fill_null(pc.not_equal(found, wanted), True))
        authority = pc.fill_null(authority, self._facility.name)
        rows = np.flatnonzero(pc.fill_null(is_open, True).to_numpy(zero_copy_only=False))
        singly = [patient_of(self._lines[row], self._facility) for row in rows.tolist()]
        self.refused = {
            row: patient
            for row, patient in zip(rows.tolist(), singly, strict=True)
            if patient.refusal
        }
        mask = np.zeros(len(self._lines), bool)
        mask[rows] = True
        for name, column in (("patient_id", identifier), ("assigning_authority", authority)):
            read = pa.array([getattr(patient, name) for patient in singly], TEXT)
            self.columns[name] = pc.replace_with_mask(column, pa.array(mask), read)

    def _refuse_stated_twice(self, message: np.ndarray) -> None:
        """Refuse every PID that states the patient of the PID above it with another identifier."""
        for row in (np.flatnonzero(message[1:] == message[:-1]) + 1).tolist():
            above = self.refused.get(row - 1) or patient_of(self._lines[row - 1], self._facility)
            patient = patient_of(self._lines[row], self._facility, above)
            if patient.refusal:
                self.refused[row] = patient
