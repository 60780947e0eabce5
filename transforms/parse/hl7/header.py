"""The MSH segments of a segment table, column by column; when the last message was sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

import numpy as np
import pyarrow as pa

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.charset import readable
from transforms.parse.hl7.field_column import contains, first, mapped
from transforms.parse.hl7.message import message_type
from transforms.parse.hl7.sheet import Fields
from transforms.parse.hl7.timestamp import default_zone, local_time, local_times, sent_at

_HEADER_BYTES = 1024
_LINE_END = re.compile(r"[\r\n]")


class Headers:
    """One entry per message. MSH-n is field n - 1: MSH-1 is the separator itself."""

    def __init__(self, msh: Fields, zone: tzinfo) -> None:
        sent = first(msh[6])
        self.control_id: pa.StringArray = first(msh[9])
        self.type = mapped(msh[8], _type)
        self.sending_facility = mapped(msh[3], datatype.name)
        self.at, self.at_utc, self.at_span_seconds = sent_at(sent, zone)
        self._zone = zone
        self._default = self._defaults(sent)

    def times(self, texts: pa.StringArray, message: np.ndarray) -> np.ndarray:
        """Times of fields, each of the message with that number, local to the facility."""
        defaults = None
        if self._default:
            defaults = [self._default.get(number) for number in message.tolist()]
        return local_times(texts, self._zone, defaults)

    def _defaults(self, sent: pa.StringArray) -> dict[int, tzinfo]:
        """By message number the zone of every sender who keeps another time than the facility."""
        if not any(contains(sent, sign) for sign in "+-Z"):
            return {}
        stated = enumerate(sent.to_pylist())
        zones = ((i, default_zone(t, self._zone)) for i, t in stated if t and not t.isdigit())
        return {number: zone for number, zone in zones if zone}


def _type(msh_9: str) -> str:
    code, event = message_type[msh_9]
    return f"{code}^{event}" if event else code


def last_sent(
    data: bytes, starts: Sequence[int], encoding: str | None, zone: tzinfo
) -> datetime | None:
    """MSH-7 of the last message that states one, of those that begin at these places."""
    for start in reversed(starts):
        header = readable(data[start : start + _HEADER_BYTES], encoding)
        fields = _LINE_END.split(header, maxsplit=1)[0].split(header[3:4] or "|", 7)
        sent = fields[6].split(header[4:5] or "^")[0] if len(fields) > 6 else ""
        if sent and (at := local_time(sent.strip(), zone)):
            return at
    return None
