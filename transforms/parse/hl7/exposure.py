"""What a patient has or was given: DG1, PR1 and pharmacy segments to raw.exposure.

They are read wherever they stand, in any message with a PID: DG1 in ADT, ORU or BAR, RXE and its
kin in RDE, RDS, RAS, RGV and OMP, RXA in VXU. Each segment is one row or one reject. An order that
is cancelled is a row too, which takes back the rows with its number.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.er7 import COMPONENT, FIELD, REPETITION
from transforms.parse.hl7.message import Message
from transforms.parse.hl7.patient import NO_PATIENT, Patient, patient_of
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.hl7.timestamp import period


class Segment(NamedTuple):
    """Where a kind of exposure keeps its code and its days (field numbers; 0 = nowhere).

    `timing` is a TQ field, whose fourth and fifth components are the first and last time. A dose
    without an end ended on the day it was given; anything else without an end is open. `action`
    says D where the segment takes back what it says, `identity` what that is known by.
    """

    kind: str
    code: int
    start: int = 0
    end: int = 0
    timing: int = 0
    is_dose: bool = False
    action: int = 0
    identity: int = 0


SEGMENTS = {
    "DG1": Segment("diagnosis", 3, start=5, action=21, identity=20),
    "PR1": Segment("procedure", 3, start=5, action=20, identity=19),
    "RXO": Segment("medication", 1),
    "RXE": Segment("medication", 2, timing=1),
    "RXD": Segment("medication", 2, start=3),
    "RXG": Segment("medication", 4, timing=3, is_dose=True),
    "RXA": Segment("medication", 5, start=3, end=4, is_dose=True, action=21),
    "RXC": Segment("medication", 2),
}
PHARMACY_MESSAGES = frozenset(
    ["RDE", "RRE", "RDS", "RRD", "RGV", "RRG", "RAS", "RRA", "OMP", "ORP", "ORM", "ORR"]
)
_LEGACY_SYSTEM, _LEGACY_NAME = 2, 4  # DG1 and PR1 up to v2.2: method, code, description
_CANCELLED = frozenset(["CA", "OC", "CR"])  # HL7 table 0119; CA in 0038 too
_STOPPED = frozenset(["DC", "OD", "DR"])
_NOT_GIVEN = frozenset(["RE", "NA"])  # HL7 table 0322: refused, not administered
_FIELDS = 22
_WITHDRAWN, _ENDED = "withdrawn", "stopped"


class ExposureReader:
    """Reads the exposures of one message; a medication waits for a TQ1 that may follow it."""

    def __init__(self, message: Message, buffer: RowBuffer) -> None:
        self.message = message
        self.buffer = buffer
        self.patient: Patient = NO_PATIENT
        self._begin_order("", 0)
        self.waiting: tuple[int, Segment, list[str]] | None = None

    def read(self) -> None:
        """Put a row or a reject for each exposure of the message into the buffer."""
        for number, segment in enumerate(self.message.ids):
            if segment in SEGMENTS:
                self._store_waiting()
                fields = self._fields(self.message.lines[number])
                self.waiting = (number, SEGMENTS[segment], fields)
                self.has_detail = True
            elif segment == "TQ1":
                self.tq1 = self._fields(self.message.lines[number])
            elif segment == "OBR":
                self.has_detail = True
            elif segment in ("ORC", "PID"):
                self._end_order()
                line = self.message.lines[number]
                if segment == "PID":
                    self.patient = patient_of(
                        line, self.message.facility, self.patient, self.message.sender
                    )
                self._begin_order(line if segment == "ORC" else "", number)
        self._end_order()

    def _begin_order(self, orc: str, number: int) -> None:
        self.orc, self.tq1, self.timing = self._fields(orc), self._fields(""), ""
        self.orc_at, self.has_detail = number, False
        self.order_number = datatype.first(self.orc[2]) or datatype.first(self.orc[3])
        stated = {_word(self.orc[1]), _word(self.orc[5])}
        self.order_status = _WITHDRAWN if stated & _CANCELLED else None
        if not self.order_status and stated & _STOPPED:
            self.order_status = _ENDED

    def _end_order(self) -> None:
        """A cancelled order may stand without what was ordered: its number says what it was."""
        self._store_waiting()
        if self.order_status and self.order_number and not self.has_detail:
            self.waiting = (self.orc_at, SEGMENTS["RXO"], self._fields("ORC"))
            self._store_waiting()

    def _fields(self, line: str) -> list[str]:
        fields = line.split(FIELD)
        return fields + [""] * (_FIELDS - len(fields))

    def _store_waiting(self) -> None:
        """Put the segment that waits, if any, into the buffer: as a row, or as a reject."""
        if self.waiting is None:
            return
        (number, segment, fields), self.waiting = self.waiting, None
        code, system, name = self._code(segment, fields)
        order_number, status = self._order(segment, fields)
        if refusal := self._refusal(fields, code or name or (status and order_number)):
            reason, field = refusal
            self.buffer.refuse(self.message.reject("exposure", reason, field, number, None))
            return
        start, precision, end, end_precision = self._days(segment, fields)
        place = self.message.place
        self.buffer.add(
            "exposure",
            place.number,
            place.line + number,
            self.message.at,
            self.patient.patient_id,
            self.patient.assigning_authority,
            self.patient.assigning_authority_universal_id,
            self.patient.assigning_facility,
            self.patient.identifier_type_code,
            segment.kind,
            code,
            system,
            name,
            start,
            end,
            precision,
            end_precision,
            order_number,
            status,
        )

    def _refusal(self, fields: list[str], named: str | None) -> tuple[str, str] | None:
        """The reason and the field, when this is no exposure of a known patient."""
        name = fields[0]
        if self.patient.refusal:
            return "exposure_patient_missing", self.patient.field
        if not named:
            return "exposure_code_missing", f"{name}-{SEGMENTS[name].code}"
        if name == "RXA" and _word(fields[20]) in _NOT_GIVEN:
            return "exposure_withdrawn", "RXA-20"
        return None

    def _order(self, segment: Segment, fields: list[str]) -> tuple[str | None, str | None]:
        """What a withdrawal names, and whether this is one. A dose given is no longer an order."""
        identity = datatype.first(fields[segment.identity]) if segment.identity else None
        if segment.action and _word(fields[segment.action]) == "D":
            return identity, _WITHDRAWN
        if segment.kind != "medication":
            return identity, None
        return None if segment.is_dose else self.order_number, self.order_status

    def _code(self, segment: Segment, fields: list[str]) -> tuple[str | None, ...]:
        """Code, system and name: of the first triplet, or the alternate where that has none."""
        code, name, system, *other = datatype.code(fields[segment.code])
        if not (code or name):
            code, name, system = other
        if segment.kind != "medication":
            system = system or datatype.first(fields[_LEGACY_SYSTEM])
            name = name or datatype.first(fields[_LEGACY_NAME])
        return code, system, name

    def _days(
        self, segment: Segment, fields: list[str]
    ) -> tuple[date | None, str | None, date | None, str | None]:
        """First and last day, and how exactly each is known: the segment's own, its timing's, or
        the order's. A diagnosis or procedure without a day was there when the message was
        sent, and so
        was any whose day cannot be read. An end that cannot be read is none."""
        start = fields[segment.start] if segment.start else ""
        end = fields[segment.end] if segment.end else ""
        if segment.kind == "medication":
            self.timing = fields[segment.timing] if segment.timing else self.timing
            tq1 = (self.tq1[7], self.tq1[8])
            for first, last in (_tq(self.timing), tq1, _tq(self.orc[7])):
                start, end = start or first, end or last
            start = start or self.orc[15] or self.orc[9]
            if not end and self.order_status == _ENDED:
                end = self.orc[15] or self.orc[9]
                start = "" if start == end else start
        first_day, precision = self._first_day(start)
        is_unread = first_day is None and bool(datatype.first(start))
        if first_day is None and (is_unread or segment.kind != "medication") and self.message.at:
            first_day, precision = self.message.at.date(), "unread" if is_unread else "message"
        last_day = self._day(end or (start if segment.is_dose else ""))
        is_end_unread = last_day is None and bool(datatype.first(end))
        return first_day, precision, last_day, "unread" if is_end_unread else None

    def _first_day(self, field: str) -> tuple[date | None, str | None]:
        """The day, or the first of a year or month; and which of these it is."""
        if day := self._day(field):
            return day, "day"
        return period(datatype.first(field) or "") if field else (None, None)

    def _day(self, field: str) -> date | None:
        time = self.message.time(field)
        return time.date() if time else None


def _word(field: str) -> str:
    return (datatype.first(field) or "").upper()


def _tq(timing: str) -> tuple[str, str]:
    """Start and end of a TQ: its fourth and fifth component."""
    parts = timing.split(REPETITION, 1)[0].split(COMPONENT)
    parts += [""] * (5 - len(parts))
    return parts[3], parts[4]
