"""Who a patient is and which identifiers are one person: ADT messages to raw.patient, raw.merge.

Chapter 3: MRG names the identifier that is given up, the PID above it the one that stays. Only the
events below merge persons. Those that move an account or a visit leave laboratory results where
they are (A35, A41, A42, A45, A48 to A51) and are told only where they name another patient in MRG;
linking (A24, A37) is not merging; those that move an identifier or an account with its results to
another person (A43, A44) are for a person to judge.
"""

from __future__ import annotations

from datetime import datetime

from transforms.parse.hl7.er7 import FIELD
from transforms.parse.hl7.identifier import (
    Identifier,
    Unidentified,
    chosen,
    identifiers,
    is_of_one_authority,
    is_of_one_class,
)
from transforms.parse.hl7.message import Message
from transforms.parse.hl7.patient import NO_PATIENT, issuer_of, patient_of
from transforms.parse.hl7.row_buffer import RowBuffer

DEMOGRAPHIC_EVENTS = frozenset(["A01", "A04", "A05", "A08", "A28", "A31"])
MERGE_EVENTS = frozenset(["A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47"])
MOVE_EVENTS = frozenset(["A43", "A44"])
PRIOR = {"PID-2": 4, "PID-3": 1, "PID-4": 2}  # the field of MRG that gives up one of PID


def read_patients(message: Message, buffer: RowBuffer) -> None:
    """Put a row of raw.patient, or a reject, for each PID of an ADT message into the buffer."""
    if message.event not in DEMOGRAPHIC_EVENTS:
        return
    before = NO_PATIENT
    for number, segment in enumerate(message.ids):
        if segment != "PID":
            continue
        patient = patient_of(message.lines[number], message.facility, before, message.sender)
        if patient.refusal:
            buffer.refuse(
                message.reject("message", patient.refusal, patient.field, number, patient.found)
            )
        else:
            place = message.place
            buffer.add(
                "patient",
                place.number,
                place.line + number,
                message.at,
                message.event,
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
        before = patient


def read_merges(message: Message, buffer: RowBuffer) -> None:
    """Put a row of raw.merge for each MRG into the buffer; a reject where it cannot be trusted."""
    pid = ""
    merged_at = message.at
    for number, segment in enumerate(message.ids):
        if segment == "EVN":
            merged_at = message.time(_field(message.lines[number], 2)) or message.at
        elif segment == "PID":
            pid = message.lines[number]
        elif segment == "MRG":
            _Merge(message, pid, number, merged_at).read(buffer)


class _Merge:
    """One merge: the identifiers of the PID that stays and of the MRG, line `number`, that goes."""

    def __init__(self, message: Message, pid: str, number: int, merged_at: datetime | None) -> None:
        self.message = message
        self.number = number
        self.merged_at = merged_at
        self.rule = message.facility.identifier
        self.surviving_field = self.rule.field
        self.retired_field = f"MRG-{PRIOR[self.rule.field]}"
        self.surviving = identifiers(_field(pid, int(self.rule.field[-1])), self.rule)
        prior = _field(message.lines[number], PRIOR[self.rule.field])
        self.retired = identifiers(prior, self.rule)

    def read(self, buffer: RowBuffer) -> None:
        event = self.message.event
        if event in MOVE_EVENTS:
            return self._refuse(buffer, "move_not_automatic", self.retired_field)
        if event not in MERGE_EVENTS:
            return self._tell_another_patient(buffer)
        survivor = chosen(self.surviving, self.rule)
        if isinstance(survivor, Unidentified):
            is_missing = survivor.reason == "patient_identifier_missing"
            reason = "merge_identifier_missing" if is_missing else survivor.reason
            return self._refuse(buffer, reason, self.surviving_field, survivor.types or None)
        if not self.retired:
            return self._refuse(buffer, "merge_identifier_missing", self.retired_field)
        retired = self._counterpart(survivor)
        if retired is None:
            return self._refuse(buffer, "merge_across_authorities", self.retired_field)
        if retired.fault:
            return self._refuse(buffer, retired.fault, self.retired_field)
        if retired.id == survivor.id:
            return self._refuse(buffer, "merge_same_identifier", self.retired_field)
        return self._store(buffer, retired, survivor)

    def _tell_another_patient(self, buffer: RowBuffer) -> None:
        """An account or a visit changes hands: whose its results are is for a person to judge."""
        survivor = chosen(self.surviving, self.rule)
        if isinstance(survivor, Identifier):
            retired = self._counterpart(survivor)
            if retired and retired.id != survivor.id:
                self._refuse(buffer, "move_not_automatic", self.retired_field)

    def _counterpart(self, survivor: Identifier) -> Identifier | None:
        """The one retired identifier of the survivor's authority and class of types.

        What MRG-1 does not state (older senders send a bare number) is taken as the survivor's.
        """
        fitting = [
            retired
            for retired in self.retired
            if is_of_one_authority(retired, survivor) and is_of_one_class(retired, survivor)
        ]
        return fitting[0] if len({retired.id for retired in fitting}) == 1 else None

    def _store(self, buffer: RowBuffer, retired: Identifier, survivor: Identifier) -> None:
        message = self.message
        authority, universal_id, sender, kind = issuer_of(
            survivor, message.facility, message.sender
        )
        given_up, other_id, _, other_kind = issuer_of(
            retired if retired.authority else survivor, message.facility, message.sender
        )
        buffer.add(
            "merge",
            message.place.number,
            message.place.line + self.number,
            message.event,
            message.at,
            retired.id,
            given_up,
            survivor.id,
            authority,
            universal_id or other_id,
            sender,
            kind or other_kind,
            self.merged_at,
        )

    def _refuse(self, buffer: RowBuffer, reason: str, field: str, found: str | None = None) -> None:
        buffer.refuse(self.message.reject("merge", reason, field, self.number, found))


def _field(line: str, number: int) -> str:
    fields = line.split(FIELD, number + 1)
    return fields[number] if len(fields) > number else ""
