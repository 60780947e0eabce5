"""A Bundle as one line of JSON, in ASCII, its numbers with their own digits."""

from __future__ import annotations

import json
import re
from typing import Any

from igwatch.exchange.fhir.element import Number

# no text of a resource holds this sign (element.said), so it can lead each number
_LEAD = "\0"
_LED = re.compile(r'"\\u0000([^"]*)"')


def json_line(bundle: Any) -> bytes:
    """One line with its end; whatever a text holds, no reader takes a sign of it for one."""
    text = json.dumps(_led(bundle), separators=(",", ":"), allow_nan=False)
    return _LED.sub(r"\1", text).encode("ascii") + b"\n"


def _led(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _led(of) for name, of in value.items()}
    if isinstance(value, list):
        return [_led(of) for of in value]
    return _LEAD + value if isinstance(value, Number) else value
