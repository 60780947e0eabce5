"""What a patient has or was given: DG1, PR1 and pharmacy segments to raw.exposure.

They are read wherever they stand, in any message with a PID: DG1 in ADT, ORU or BAR, RXE and its
kin in RDE, RDS, RAS, RGV and OMP, RXA in VXU. Each segment is one row or one reject.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.er7 import COMPONENT, FIELD, REPETITION
from transforms.parse.hl7.message import Message
from transforms.parse.hl7.patient import NO_PATIENT, Patient, patient_of
from transforms.parse.hl7.row_store import RowStore


class Segment(NamedTuple):
    """Where a kind of exposure keeps its code and its days (field numbers; 0 = nowhere).

    `timing` is a TQ field, whose fourth and fifth components are the first and last time. A dose
    without an end ended on the day it was given; anything else without an end is open.
    """

    kind: str
    code: int
    start: int = 0
    end: int = 0
    timing: int = 0
    is_dose: bool = False


SEGMENTS = {
    "DG1": Segment("diagnosis", 3, start=5),
    "PR1": Segment("procedure", 3, start=5),
    "RXO": Segment("medication", 1),
    "RXE": Segment("medication", 2, timing=1),
    "RXD": Segment("medication", 2, start=3),
    "RXG": Segment("medication", 4, timing=3, is_dose=True),
    "RXA": Segment("medication", 5, start=3, end=4, is_dose=True),
    "RXC": Segment("medication", 2),
}
_LEGACY_SYSTEM, _LEGACY_NAME = 2, 4  # DG1 and PR1 up to v2.2: method, code, description
_CANCELLED = frozenset(["CA", "OC", "CR"])  # HL7 table 0119
_STOPPED = frozenset(["DC", "OD", "DR"])
_NOT_GIVEN = frozenset(["RE", "NA"])  # HL7 table 0322: refused, not administered
_FIELDS = 22


class ExposureReader:
    """Reads the exposures of one message; a medication waits for a TQ1 that may follow it."""

    def __init__(self, message: Message, store: RowStore) -> None:
        self.message = message
        self.store = store
        self.patient: Patient = NO_PATIENT
        self._begin_order("")
        self.waiting: tuple[int, Segment, list[str]] | None = None

    def read(self) -> None:
        for number, segment in enumerate(self.message.ids):
            if segment in SEGMENTS:
                self._store_waiting()
                fields = self._fields(self.message.lines[number])
                self.waiting = (number, SEGMENTS[segment], fields)
            elif segment == "TQ1":
                self.tq1 = self._fields(self.message.lines[number])
            elif segment == "ORC":
                self._store_waiting()
                self._begin_order(self.message.lines[number])
            elif segment == "PID":
                self._store_waiting()
                self.patient = patient_of(
                    self.message.lines[number], self.message.facility, self.patient
                )
                self._begin_order("")
        self._store_waiting()

    def _begin_order(self, orc: str) -> None:
        self.orc, self.tq1, self.timing = self._fields(orc), self._fields(""), ""

    def _fields(self, line: str) -> list[str]:
        fields = line.split(FIELD)
        return fields + [""] * (_FIELDS - len(fields))

    def _store_waiting(self) -> None:
        if self.waiting is None:
            return
        (number, segment, fields), self.waiting = self.waiting, None
        code, system, name = self._code(segment, fields)
        if refusal := self._refusal(fields, code or name):
            reason, field = refusal
            self.store.refuse(self.message.reject("exposure", reason, field, number, None))
            return
        start, end = self._days(segment, fields)
        place = self.message.place
        self.store.add(
            "exposure",
            place.number,
            place.line + number,
            self.message.at,
            self.patient.patient_id,
            self.patient.assigning_authority,
            segment.kind,
            code,
            system,
            name,
            start,
            end,
        )

    def _refusal(self, fields: list[str], coded: str | None) -> tuple[str, str] | None:
        """The reason and the field, when this is no exposure of a known patient."""
        name = fields[0]
        if self.patient.refusal:
            return "exposure_patient_missing", self.patient.field
        if not coded:
            return "exposure_code_missing", f"{name}-{SEGMENTS[name].code}"
        text = datatype.first
        if name[:2] == "RX" and (text(self.orc[1]) or "").upper() in _CANCELLED:
            return "exposure_withdrawn", "ORC-1"
        if name == "RXA" and (text(fields[20]) or "").upper() in _NOT_GIVEN:
            return "exposure_withdrawn", "RXA-20"
        action = {"DG1": 21, "RXA": 21, "PR1": 20}.get(name)
        if action and (text(fields[action]) or "").upper() == "D":
            return "exposure_withdrawn", f"{name}-{action}"
        return None

    def _code(self, segment: Segment, fields: list[str]) -> tuple[str | None, ...]:
        """Code, system and name: of the first triplet, or the alternate where that has none."""
        code, name, system, *other = datatype.code(fields[segment.code])
        if not (code or name):
            code, name, system = other
        if segment.kind != "medication":
            system = system or datatype.first(fields[_LEGACY_SYSTEM])
            name = name or datatype.first(fields[_LEGACY_NAME])
        return code, system, name

    def _days(self, segment: Segment, fields: list[str]) -> tuple[date | None, date | None]:
        """First and last day: the segment's own, else its timing's, else the order's."""
        start = fields[segment.start] if segment.start else ""
        end = fields[segment.end] if segment.end else ""
        if segment.kind == "medication":
            self.timing = fields[segment.timing] if segment.timing else self.timing
            tq1 = (self.tq1[7], self.tq1[8])
            for first, last in (_tq(self.timing), tq1, _tq(self.orc[7])):
                start, end = start or first, end or last
            start = start or self.orc[15] or self.orc[9]
            if not end and (datatype.first(self.orc[1]) or "").upper() in _STOPPED:
                end = self.orc[15] or self.orc[9]
                start = "" if start == end else start
        return self._day(start), self._day(end or (start if segment.is_dose else ""))

    def _day(self, field: str) -> date | None:
        time = self.message.time(field)
        return time.date() if time else None


def _tq(timing: str) -> tuple[str, str]:
    """Start and end of a TQ: its fourth and fifth component."""
    parts = timing.split(REPETITION, 1)[0].split(COMPONENT)
    parts += [""] * (5 - len(parts))
    return parts[3], parts[4]
