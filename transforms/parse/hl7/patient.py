"""The patient of a PID segment: identifier by the facility's rule, birth date and sex as sent.

`patient_of` reads one PID, `Patients` reads many in the same way, a column at a time.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.facility.facility import Facility, IdentifierRule
from transforms.parse.hl7 import datatype
from transforms.parse.hl7.er7 import COMPONENT, ESCAPE, FIELD, NULL, REPETITION, SUBCOMPONENT
from transforms.parse.hl7.field_column import (
    TEXT,
    Parts,
    contains,
    first,
    first_or_null,
    mapped,
    whole,
)
from transforms.parse.hl7.identifier import Identifier, Unidentified, chosen, identifiers
from transforms.parse.hl7.sheet import Sheet
from transforms.parse.hl7.timestamp import birth_date, birth_dates
from transforms.parse.raw.patient_number import holds_hidden_sign, is_patient_type, is_placeholder

_FIELDS = 9
_NUMBER = {"PID-2": 2, "PID-3": 3, "PID-4": 4}
_NAMED = (
    "patient_id",
    "assigning_authority",
    "assigning_authority_universal_id",
    "assigning_facility",
    "identifier_type_code",
)


# The number, its authority, that one's universal id, the sender and the type of the number
Stated = tuple[str | None, str | None, str | None, str | None, str | None]


class Patient(NamedTuple):
    """What PID says of a patient; `refusal` is a reject reason when nobody can be named.

    `assigning_facility` is MSH-4 where the identifier states no authority of its own.
    `set_id` and `name` serve only to notice one patient stated twice and are not kept.
    `national_number` is FHIR's alone: of PID-3 all is kept.
    """

    patient_id: str | None = None
    assigning_authority: str | None = None
    assigning_authority_universal_id: str | None = None
    assigning_facility: str | None = None
    identifier_type_code: str | None = None
    patient_identifier_list: str | None = None
    birth_date: date | None = None
    birth_date_source_value: str | None = None
    administrative_sex: str | None = None
    refusal: str | None = None
    field: str = "PID"
    found: str | None = None
    set_id: str = ""
    name: str = ""
    national_number: str | None = None


NO_PATIENT = Patient(refusal="patient_missing")


def patient_of(
    line: str, facility: Facility, before: Patient = NO_PATIENT, sender: str | None = None
) -> Patient:
    """The patient of a PID line; `before` is the patient of the PID above it in the message, and
    `sender` who sent it (MSH-4)."""
    if not line:
        return NO_PATIENT
    pid = line.split(FIELD, _FIELDS)
    if len(pid) < _FIELDS:
        pid += [""] * (_FIELDS - len(pid))
    rule = facility.identifier
    identifier = chosen(identifiers(pid[_NUMBER[rule.field]], rule), rule)
    born = _as_sent(pid[7])
    refusal: str | None
    named: Stated = (None, None, None, None, None)
    if isinstance(identifier, Unidentified):
        refusal, found = identifier.reason, identifier.types or None
    else:
        stated: Stated = (identifier.id, *issuer_of(identifier, facility, sender))
        refusal, found = _stated_twice(pid, stated, before), None
        named = named if refusal else stated
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


def issuer_of(
    identifier: Identifier, facility: Facility, sender: str | None
) -> tuple[str, str | None, str | None, str | None]:
    """Who issued the identifier: authority, its universal id, the sender where no authority is
    stated, and the type. Where the facility says who issues its numbers, that one does."""
    kind = identifier.type or None
    if facility.identifier.issuer:
        return facility.identifier.issuer, None, None, kind
    if identifier.authority:
        return identifier.authority, identifier.universal_id or None, None, kind
    return facility.name, None, sender, kind


def _stated_twice(pid: list[str], stated: Stated, before: Patient) -> str | None:
    """The refusal of a PID with the number and name of the one above it but another identifier.

    It is the same patient stated twice, and nobody can say which identifier is meant.
    """
    if not pid[5] or (pid[1], pid[5]) != (before.set_id, before.name):
        return None
    universal_ids = {stated[2], before.assigning_authority_universal_id} - {None}
    is_same = stated[:2] == before[:2] and len(universal_ids) < 2
    return None if is_same else "patient_stated_twice"


def _as_sent(field: str) -> str | None:
    """The first component; `""`, which deletes, is kept as it is."""
    return NULL if field == NULL else datatype.first(field) if field else None


class Patients:
    """The patients of many PID segments of result messages; a segment may be missing ('').

    `refused` holds a Patient with its refusal for those that nobody can be named for.
    """

    def __init__(
        self,
        sheet: Sheet,
        lines: np.ndarray,
        message: np.ndarray,
        facility: Facility,
        sender: pa.StringArray,
    ) -> None:
        """`lines` are those of the PID on the sheet, `message` is the number of each PID's message,
        `sender` the MSH-4 of each message."""
        pid = sheet.fields(lines)
        self._sheet, self._lines, self._facility = sheet, lines, facility
        self._sender = sender.take(pa.array(message))
        self.refused: dict[int, Patient] = {}
        born = first_or_null(pid[7])
        self.columns = {
            "patient_identifier_list": whole(pid[3]),
            "birth_date": birth_dates(born),
            "birth_date_source_value": born,
            "administrative_sex": mapped(pid[8], _as_sent),
        }
        self._identify(pid[_NUMBER[facility.identifier.field]])
        self._refuse_stated_twice(message)

    def _identify(self, stated: pa.StringArray) -> None:
        """One plain identifier is read as a column; what repeats, is missing or may be no number
        of a patient one by one."""
        cx = Parts(stated, COMPONENT)
        identifier, kind = first(cx[0]), first(cx[4])
        authority, universal_id = _holders(cx[3])
        rule = self._facility.identifier
        is_bare = pc.is_null(authority)
        is_open = pc.match_substring_regex(stated, f"[{REPETITION}\\{ESCAPE}]")
        for doubt in (
            pc.is_null(identifier),
            pc.and_(is_bare, pc.is_valid(cx[5])),
            is_placeholder(identifier, rule.accept),
            holds_hidden_sign(identifier),
            *map(_hides, (authority, universal_id, kind)),
            _is_unwanted(kind, rule),
            _differs(authority, rule.authority),
        ):
            is_open = pc.or_(is_open, doubt)
        self._store(identifier, authority, universal_id, is_bare, kind)
        self._read_singly(np.flatnonzero(pc.fill_null(is_open, True)))

    def _store(
        self,
        identifier: pa.StringArray,
        authority: pa.StringArray,
        universal_id: pa.StringArray,
        is_bare: pa.BooleanArray,
        kind: pa.StringArray,
    ) -> None:
        none = pa.nulls(len(identifier), TEXT)
        issuer = self._facility.identifier.issuer
        columns = (
            identifier,
            authority.fill_null(self._facility.name),
            universal_id,
            pc.if_else(is_bare, self._sender, none),
            kind,
        )
        self.columns |= dict(zip(_NAMED, columns, strict=True))
        if issuer:
            self.columns["assigning_authority"] = pa.repeat(
                pa.scalar(issuer, TEXT), len(identifier)
            )
            self.columns["assigning_authority_universal_id"] = none
            self.columns["assigning_facility"] = none

    def _read_singly(self, rows: np.ndarray) -> None:
        """Read these PID one by one; keep those that name nobody."""
        numbers = rows.tolist()
        singly = [self._patient(row) for row in numbers]
        self.refused = {
            row: patient for row, patient in zip(numbers, singly, strict=True) if patient.refusal
        }
        mask = np.zeros(len(self._lines), bool)
        mask[rows] = True
        for name in _NAMED:
            read = pa.array([getattr(patient, name) for patient in singly], TEXT)
            self.columns[name] = pc.replace_with_mask(self.columns[name], pa.array(mask), read)

    def _patient(self, row: int, before: Patient = NO_PATIENT) -> Patient:
        sender = self._sender[row].as_py()
        line = self._sheet.text(self._lines[row])
        return patient_of(line, self._facility, before, sender)

    def _refuse_stated_twice(self, message: np.ndarray) -> None:
        """Refuse every PID that states the patient of the PID above it with another identifier."""
        for row in (np.flatnonzero(message[1:] == message[:-1]) + 1).tolist():
            above = self.refused.get(row - 1) or self._patient(row - 1)
            patient = self._patient(row, above)
            if patient.refusal:
                self.refused[row] = patient


def _holders(hd: pa.StringArray) -> tuple[pa.StringArray, pa.StringArray]:
    """HD: the namespace, or the universal id in its place, and the universal id."""
    if not contains(hd, SUBCOMPONENT):
        return first(hd), pa.nulls(len(hd), TEXT)
    parts = Parts(hd, SUBCOMPONENT)
    universal_id = first(parts[1])
    return pc.coalesce(first(parts[0]), universal_id), universal_id


def _hides(issuers: pa.StringArray) -> pa.BooleanArray:
    """Where a text of which there are few holds a sign that nobody sees."""
    few = pc.unique(issuers)
    return pc.is_in(issuers, few.filter(holds_hidden_sign(few)))


def _is_unwanted(kind: pa.StringArray, rule: IdentifierRule) -> pa.BooleanArray:
    """Where a number of this type names no patient, or is none that the facility asks for."""
    if rule.type:
        return pc.fill_null(pc.not_equal(kind, rule.type), True)
    kinds = pc.unique(kind).drop_null().to_pylist()
    return pc.is_in(kind, pa.array([k for k in kinds if not is_patient_type(k)], TEXT))


def _differs(authority: pa.StringArray, wanted: str | None) -> pa.BooleanArray:
    """Where the authority is not the one that the facility asks for."""
    if wanted is None:
        return pa.repeat(pa.scalar(False), len(authority))
    return pc.fill_null(pc.not_equal(authority, wanted), True)
