"""One HL7 v2 message: where it stands in its file, its header, its lines with their segment ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

import numpy as np

from transforms.parse.facility.facility import Facility
from transforms.parse.hl7 import datatype
from transforms.parse.hl7.cached import Cached
from transforms.parse.hl7.timestamp import default_zone, local_time
from transforms.parse.raw.reject import Reject


class Place(NamedTuple):
    """Where a unit (message, envelope line, stray text) stands in its file.

    `number` of the message and `line` are 1-based; `offset` and `length` are bytes of the unpacked
    source. `results_before` counts the OBX lines before the unit, `n_results` those within it.
    """

    number: int
    line: int
    offset: int
    length: int
    results_before: int
    n_results: int

    def reject(self, level: str, unit: str, reason: str, **details: Any) -> Reject:
        """A refusal of this unit; `details` are further attributes of Reject."""
        return Reject(
            level,
            unit,
            reason,
            **{
                "number": self.number,
                "line": self.line,
                "offset": self.offset,
                "length": self.length,
                **details,
            },
        )


def place_of(numbers: np.ndarray) -> Place:
    """The Place whose numbers these are, as a row of an array."""
    return Place(*numbers.tolist())


def _message_type(msh_9: str) -> tuple[str, str]:
    """Message code and trigger event, also where both stand in one component (ORU_R01)."""
    code, event, structure = datatype.leaves(msh_9.upper(), 3)
    stated = code or structure or ""
    return stated[:3], event or stated[4:] or ""


message_type = Cached(_message_type)


@dataclass(slots=True)
class Message:
    """A message in the usual delimiters; `lines[i]`, with id `ids[i]`, is line `place.line + i`."""

    place: Place
    facility: Facility
    zone: tzinfo
    ids: list[str]
    lines: list[str]
    code: str
    event: str
    control_id: str | None
    at: datetime | None
    default_zone: tzinfo | None
    sender: str | None

    def time(self, field: str) -> datetime | None:
        """A time of this message, local to the facility; the first component of a TS or DR."""
        stated = datatype.first(field) if field else None
        return local_time(stated, self.zone, self.default_zone) if stated else None

    def reject(self, unit: str, reason: str, field: str, number: int, found: str | None) -> Reject:
        """A refusal because of line `number`, counted from the first of the message."""
        return self.place.reject(
            "message",
            unit,
            reason,
            field=field,
            found=found,
            line=self.place.line + number,
            control_id=self.control_id,
        )


def message_of(
    ids: list[str], lines: list[str], place: Place, facility: Facility, zone: tzinfo
) -> Message:
    """The message that consists of these lines."""
    header = lines[0].split("|", 10)
    header += [""] * (10 - len(header))
    sent = datatype.first(header[6]) or ""
    code, event = message_type[header[8]]
    return Message(
        place,
        facility,
        zone,
        ids,
        lines,
        code,
        event,
        datatype.first(header[9]),
        local_time(sent, zone),
        default_zone(sent, zone),
        datatype.name(header[3]),
    )
