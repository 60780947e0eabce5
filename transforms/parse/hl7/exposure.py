"""What a patient has or was given: diagnoses, procedures, problems, drugs to raw.exposure.

They are read wherever they stand, in any message with a PID: DG1 in ADT, ORU or BAR, PRB in PPR,
FT1 in DFT, RXE and its kin in RDE, RDS, RAS, RGV and OMP, RXA in VXU. Each segment is one row or
one reject. An order of a pharmacy message is a row too where its ORC stands alone: its number says
what becomes of another. What senders say of its standing is kept as sent and judged later.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.er7 import COMPONENT, REPETITION
from transforms.parse.hl7.exposure_order import ExposureOrder, entity, fields_of, statements
from transforms.parse.hl7.exposure_segment import (
    EVENTS_OF,
    ORDER_ALONE,
    OTHER_ORDERS,
    PHARMACY_MESSAGES,
    SEGMENTS,
    ExposureSegment,
)
from transforms.parse.hl7.message import Message
from transforms.parse.hl7.patient import NO_PATIENT, Patient, patient_of
from transforms.parse.hl7.row_buffer import RowBuffer
from transforms.parse.hl7.timestamp import period

_ORIGINAL_TEXT = 9  # component of CWE


class _Days(NamedTuple):
    start: date | None = None
    start_precision: str | None = None
    end: date | None = None
    end_precision: str | None = None
    duration: int | None = None


class ExposureReader:
    """Reads the exposures of one message; a drug waits for a TQ1 that may follow it."""

    def __init__(self, message: Message, buffer: RowBuffer) -> None:
        self.message = message
        self.buffer = buffer
        self.patient: Patient = NO_PATIENT
        self.encounter: str | None = None
        self.order = ExposureOrder()
        self.waiting: tuple[int, ExposureSegment, list[str]] | None = None
        self.has_orders = message.code in PHARMACY_MESSAGES
        self.event, self.recorded_on = self._event()

    def read(self) -> None:
        """Put a row or a reject for each exposure of the message into the buffer."""
        lines = self.message.lines
        for number, name in enumerate(self.message.ids):
            if name in SEGMENTS:
                self._store_waiting()
                segment, fields = SEGMENTS[name], fields_of(lines[number])
                self.waiting = (number, segment, fields)
                if segment.is_drug:
                    self.order.take_drug(fields[segment.timing] if segment.timing else "")
            elif name == "TQ1":
                self.order.take_tq1(lines[number])
            elif name in OTHER_ORDERS:
                self.order.has_detail = True
            elif name == "ORC":
                self._end_order()
                self.order = ExposureOrder(lines[number], number)
            elif name == "PID":
                self._end_order()
                self._begin_patient(number)
            elif name == "PV1":
                self._store_waiting()
                self.encounter = datatype.first(fields_of(lines[number])[19]) or self.encounter
        self._end_order()

    def _event(self) -> tuple[str | None, date | None]:
        """The event of ADT and BAR, else None, and the day it was recorded on."""
        ids, message = self.message.ids, self.message
        evn = fields_of(message.lines[ids.index("EVN")] if "EVN" in ids else "")
        event = message.event or datatype.first(evn[1])
        return event if message.code in EVENTS_OF else None, self._day(evn[2])

    def _begin_patient(self, number: int) -> None:
        """Of the PID at `number`, whose PV1 may stand anywhere before the next PID."""
        message = self.message
        line = message.lines[number]
        self.patient = patient_of(line, message.facility, self.patient, message.sender)
        self.encounter = datatype.first(fields_of(line)[18])
        self.order = ExposureOrder()
        for behind in range(number + 1, len(message.ids)):
            if message.ids[behind] == "PV1":
                visit = datatype.first(fields_of(message.lines[behind])[19])
                self.encounter = visit or self.encounter
            if message.ids[behind] in ("PV1", "PID"):
                break

    def _end_order(self) -> None:
        """An order may stand without what was ordered: its number says what it was."""
        self._store_waiting()
        if self.has_orders and self.order.is_alone:
            self.waiting = (self.order.line_number, ORDER_ALONE, fields_of("ORC"))
            self._store_waiting()

    def _store_waiting(self) -> None:
        """Put the segment that waits, if any, into the buffer: as a row, or as a reject."""
        if self.waiting is None:
            return
        (number, segment, fields), self.waiting = self.waiting, None
        name = fields[0]
        codes = self._codes(segment, fields)
        refusal = self._refusal(name, segment, codes)
        if segment.is_drug and (not refusal or self.patient.refusal):
            self.order.has_detail = True
        if refusal:
            reason, field = refusal
            self.buffer.refuse(self.message.reject("exposure", reason, field, number, None))
            return
        days = self._days(segment, fields)
        stated = statements(name, fields, segment.stated, segment.with_text)
        if segment.is_drug:
            stated = self.order.statements + stated
        place = self.message.place
        self.buffer.add(
            "exposure",
            place.number,
            place.line + number,
            self.message.at,
            self.event,
            name,
            self.patient.patient_id,
            self.patient.assigning_authority,
            self.patient.assigning_authority_universal_id,
            self.patient.assigning_facility,
            self.patient.identifier_type_code,
            self.encounter,
            _record_id(fields[segment.record]) if segment.record else None,
            segment.kind,
            segment.event_kind,
            *codes,
            days.start,
            days.start_precision,
            days.end,
            days.end_precision,
            None,
            days.duration,
            datatype.first(fields[segment.amount]) if segment.amount else None,
            *(self.order.numbers if segment.is_drug else (None, None, None, None)),
            _administration_number(segment, fields),
            self._effective_date(segment, fields),
            "\n".join(stated) or None,
        )

    def _refusal(
        self, name: str, segment: ExposureSegment, codes: tuple[str | None, ...]
    ) -> tuple[str, str] | None:
        """The reason and the field, when this is no exposure of a known patient."""
        if self.patient.refusal:
            return "exposure_patient_missing", self.patient.field
        code, _, text, other_code, _, other_text = codes
        if segment.code and not (code or text or other_code or other_text):
            return "exposure_code_missing", f"{name}-{segment.code}"
        return None

    def _codes(self, segment: ExposureSegment, fields: list[str]) -> tuple[str | None, ...]:
        """Code, system and name, and the alternate three, each where it was sent.

        Where a second triplet is missing a further code of the segment stands there, and where
        neither names anything the original text is the name.
        """
        if not segment.code:
            return (None,) * 6
        found = datatype.leaves(fields[segment.code], _ORIGINAL_TEXT)
        code, name, system, other_code, other_name, other_system, *_, original = found
        if segment.further_code and fields[segment.further_code] and not (other_code or other_name):
            further = datatype.leaves(fields[segment.further_code], 3)
            other_code, other_name, other_system = further
        if code or name or not (other_code or other_name):
            system = system or self._legacy(segment.legacy_system, fields)
            name = name or self._legacy(segment.legacy_name, fields)
            name = name or (None if code else original)
        if code and not system:
            system = self.message.facility.exposure_system.get(segment.kind)
        return code, system, name, other_code, other_system, other_name

    def _legacy(self, number: int, fields: list[str]) -> str | None:
        """Up to v2.2 method and description have fields of their own."""
        return datatype.first(fields[number]) if number else None

    def _days(self, segment: ExposureSegment, fields: list[str]) -> _Days:
        """First and last day, how exactly each is known, and the length.

        They are the segment's own, else its timing's or its order's. What is no drug and has no
        day was there when the message was sent, or when it was last acted on, and so was anything
        whose day cannot be read. An end that cannot be read is none.
        """
        if not segment.code:
            return _Days()
        start = next((fields[at] for at in segment.starts if fields[at]), "")
        end = fields[segment.end] if segment.end else ""
        duration = None
        if segment.range:
            start, end = _range(fields[segment.range])
        elif segment.is_drug and not segment.has_own_days_only:
            course, orc = self.order.course(segment.is_dose), self.order.fields
            start, end = start or course.start or orc[15] or orc[9], end or course.end
            duration = course.days
        first_day, precision = self._first_day(start)
        is_unread = first_day is None and bool(datatype.first(start))
        if first_day is None and (is_unread or not segment.is_drug):
            first_day = self._known_on(segment, fields)
            precision = ("unread" if is_unread else "message") if first_day else None
        last_day = self._day(end)
        is_end_unread = last_day is None and bool(datatype.first(end))
        end_precision = "unread" if is_end_unread else None
        return _Days(first_day, precision, last_day, end_precision, duration)

    def _known_on(self, segment: ExposureSegment, fields: list[str]) -> date | None:
        acted_on = self._day(fields[segment.acted]) if segment.acted else None
        return acted_on or (self.message.at.date() if self.message.at else None)

    def _effective_date(self, segment: ExposureSegment, fields: list[str]) -> date | None:
        """By when what is said holds: ORC-15 or ORC-9 of a drug, PRB-2, else EVN-2."""
        if segment.is_drug:
            orc = self.order.fields
            return self._day(orc[15]) or self._day(orc[9])
        return self._day(fields[segment.acted]) if segment.acted else self.recorded_on

    def _first_day(self, field: str) -> tuple[date | None, str | None]:
        """The day, or the first of a year or month; and which of these it is."""
        if day := self._day(field):
            return day, "day"
        return period(datatype.first(field) or "") if field else (None, None)

    def _day(self, field: str) -> date | None:
        time = self.message.time(field) if field else None
        return time.date() if time else None


def _record_id(field: str) -> str | None:
    """The identifier, and its namespace behind ^ where one is stated."""
    return COMPONENT.join(part for part in entity(field) if part) or None


def _administration_number(segment: ExposureSegment, fields: list[str]) -> str | None:
    stated = (datatype.first(fields[number]) for number in segment.number)
    return "/".join(number for number in stated if number) or None


def _range(field: str) -> tuple[str, str]:
    """DR: first and last time; a time alone is the first."""
    start, _, end = field.split(REPETITION, 1)[0].partition(COMPONENT)
    return start, end.split(COMPONENT, 1)[0]
