"""HL7 v2 messages in the words of the standard: hl7apy writes each shape of segment once.

hl7apy knows every field of every version but never escapes a value, and takes milliseconds
per segment. So it writes a segment with a placeholder in each field, and the placeholders are
filled with escaped values; tests let hl7apy parse the whole message again.
"""

from __future__ import annotations

import zlib
from datetime import date, datetime
from functools import lru_cache

from hl7apy.core import Message, Segment

from samples.order import Order, Patient

ESCAPES = str.maketrans(
    {
        "\\": "\\E\\",
        "|": "\\F\\",
        "^": "\\S\\",
        "&": "\\T\\",
        "~": "\\R\\",
        "\n": "\\.br\\",
    }
)
STAMP = "%Y%m%d%H%M%S"
GIVEN = ("Ada", "Bo", "Cleo", "Dov", "Edda", "Finn", "Gwen", "Hal")
FAMILY = ("Sample-Alder", "Sample-Birch", "Sample-Cedar", "Sample-Dogwood", "Sample-Elm")


def escaped(text: str) -> str:
    """`text` with HL7's delimiters escaped (v2.5.1 chapter 2, 2.7)."""
    return text.translate(ESCAPES)


def components(*values: str) -> str:
    """One field of escaped components."""
    return "^".join(map(escaped, values)).rstrip("^")


def invented_name(patient_id: str, hostile: bool = False) -> str:
    """PID-5: a name that nobody bears, always the same for one identifier, or a hostile one."""
    if hostile:
        return components("<script>alert(1)</script>", "=cmd()")
    pick = zlib.crc32(patient_id.encode())
    return components(FAMILY[pick % len(FAMILY)], GIVEN[pick // 8 % len(GIVEN)])


def stamp(time: datetime) -> str:
    """An HL7 time stamp to the second, without a zone."""
    return time.strftime(STAMP)


def day_text(day: date | None) -> str:
    """An HL7 date, '' where it is not known."""
    return "" if day is None else day.strftime("%Y%m%d")


def segment(version: str, name: str, fields: dict[int, str]) -> str:
    """One segment as ER7 text. Fields are already escaped; an unknown field number raises."""
    line = _shape(version, name, tuple(fields)).format(*fields.values())
    return line if name == "MSH" else line.rstrip("|")


@lru_cache
def _shape(version: str, name: str, numbers: tuple[int, ...]) -> str:
    """The segment with `{0}`, `{1}` ... where the fields go, as hl7apy writes it."""
    built = Message(version=version).msh if name == "MSH" else Segment(name, version=version)
    for position, number in enumerate(numbers):
        setattr(built, f"{name.lower()}_{number}", f"{{{position}}}")
    return built.to_er7()


def header(
    version: str, sender: tuple[str, str], message_type: str, at: str, control_id: str
) -> str:
    """The MSH segment; `sender` is application and facility, `at` an HL7 time stamp."""
    application, facility = sender
    fields = {
        3: escaped(application),
        4: escaped(facility),
        5: "IGWATCH",
        6: escaped(facility),
        7: at,
        9: message_type,
        10: escaped(control_id),
        11: "P",
        12: version,
    }
    return segment(version, "MSH", fields)


def patient_segment(version: str, patient: Patient, identifiers: str) -> str:
    """The PID segment; `identifiers` is PID-3 as the facility writes it."""
    fields = {
        1: "1",
        3: identifiers,
        5: invented_name(patient.id, patient.hostile),
        7: day_text(patient.birth_date),
        8: patient.sex,
    }
    return segment(version, "PID", fields)


def order_segment(
    version: str, order: Order, laboratory: str, panel: str, specimen: str | None = None
) -> str:
    """The OBR segment; `panel` is OBR-4, and `specimen` OBR-15 where the facility fills it."""
    fields = {
        1: "1",
        2: f"P-{order.number}",
        3: components(order.number, laboratory),
        4: panel,
        7: stamp(order.collected_at),
        22: stamp(order.resulted_at),
        25: order.results[-1].status,
    }
    return segment(version, "OBR", fields | ({15: specimen} if specimen else {}))
