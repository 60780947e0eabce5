"""What a refused message lacks by the HL7 standard, in the standard's words, by hl7apy.

hl7apy knows the message structures of v2.1 to v2.8.2. It reads a hundred messages a second, so only
the first refusals of a file are given to it. Its error messages may hold values, so only the names
of segments and fields are taken from them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

LONGEST_TEXT = 16_384
_FALLBACK_VERSION = "2.5.1"
_MISSING = re.compile(r"(Missing required child|Child limit exceeded) (\w+)\.(\w+)", re.ASCII)
_FIELD = re.compile(r"([A-Z][A-Z0-9]{2})_(\d+)")


def diagnosis(text: str) -> str | None:
    """The first breach of the standard in a message, without any of its values; None for none.

    `text` is one message in its own delimiters. A message too long for hl7apy is not examined.
    """
    if len(text) > LONGEST_TEXT:
        return None
    from hl7apy.exceptions import HL7apyException

    text = re.sub(r"[\r\n]+", "\r", text).strip()
    try:
        return _breach(text)
    except HL7apyException as error:
        return f"not HL7 v2 by the standard ({type(error).__name__})"
    except Exception:  # noqa: BLE001 hl7apy stumbles over damage that it does not foresee
        return None


def _breach(text: str) -> str | None:
    from hl7apy.exceptions import UnsupportedVersion
    from hl7apy.parser import parse_message

    try:
        message = parse_message(text, find_groups=True)
    except UnsupportedVersion:
        message = parse_message(_in_known_version(text), find_groups=True)
    return _first_fault(message)


def _first_fault(message: Any) -> str | None:
    """What hl7apy's check of a parsed message finds first, in words without values."""
    from hl7apy.exceptions import ValidationError

    try:
        message.validate()
    except ValidationError as error:
        where = f"{message.name} v{message.version}"
        breach = _MISSING.match(str(error))
        if not breach:
            return None
        fault, parent, child = breach.groups()
        return f"{where}: {_sentence(fault, parent, child, message.version)}"
    return None


def _sentence(fault: str, parent: str, child: str, version: str) -> str:
    is_field = _FIELD.fullmatch(child)
    name = f"{is_field[1]}-{is_field[2]} {_long_name(child, version)}" if is_field else child
    if fault == "Child limit exceeded":
        return f"{name} stands too often in {parent}"
    return f"{name} is required" if is_field else f"{name} is required in {parent}"


@cache
def _long_name(field: str, version: str) -> str:
    """PATIENT_IDENTIFIER_LIST for PID_3."""
    from hl7apy import load_reference

    fields = load_reference(field.split("_")[0], "Segment", version)[1]
    return next((definition[3] for name, definition, *_ in fields if name == field), "")


def _in_known_version(text: str) -> str:
    """The message with a version in MSH-12 that hl7apy has tables for."""
    header, *rest = text.split("\r")
    fields = header.split(header[3:4])
    fields += [""] * (12 - len(fields))
    fields[11] = _FALLBACK_VERSION
    return "\r".join([header[3:4].join(fields), *rest])


def longest_field(message: bytes) -> str | None:
    """The field of a message that has the most bytes, as a person names it: OBX-5."""
    line = max(message.replace(b"\n", b"\r").split(b"\r"), key=len)
    fields = line.split(b"|")
    number = max(range(len(fields)), key=lambda n: len(fields[n]))
    segment = fields[0].decode("ascii", "replace").strip()
    return f"{segment}-{number}" if segment.isalnum() and number else None
