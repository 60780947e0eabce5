"""A Bundle as one line of JSON, in ASCII, its numbers with their own digits."""

from __future__ import annotations

import json
import re
from typing import Any

from igwatch.exchange.fhir.element import Number

_NUMBER = re.compile('"' + re.escape(json.dumps(Number.LEAD)[1:-1]) + '([^"]*)"')


def json_line(bundle: Any) -> bytes:
    """One line with its end; whatever a text holds, no reader takes a sign of it for one."""
    text = json.dumps(bundle, separators=(",", ":"), allow_nan=False)
    return _NUMBER.sub(r"\1", text).encode("ascii") + b"\n"
