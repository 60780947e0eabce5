"""Whether an ORC takes its order back: by its control (HL7 table 0119) or its status (0038)."""

from __future__ import annotations

import re

import numpy as np
import pyarrow.compute as pc

from transforms.parse.hl7.er7 import FIELD
from transforms.parse.hl7.field_column import Parts

_ENDS = r"(?:[\^~&]|$)"
# of field: cancelled or discontinued, by whom it was ordered or by whom it was to be done
_CANCELLED = {1: rf"(?i)^ *(?:CA|OC|CR|DC|OD|DR){_ENDS}", 5: rf"(?i)^ *CA{_ENDS}"}
_PATTERNS = {field: re.compile(pattern) for field, pattern in _CANCELLED.items()}


def is_cancelled(orc: str) -> bool:
    """Whether an ORC line takes its order back."""
    fields = [*orc.split(FIELD, 6), *[""] * 5]
    return any(pattern.match(fields[field]) for field, pattern in _PATTERNS.items())


def are_cancelled(orc: Parts) -> np.ndarray:
    """Which ORC, given by their fields, take their orders back."""
    by_control, by_status = (
        pc.match_substring_regex(orc[field], words).fill_null(False)
        for field, words in _CANCELLED.items()
    )
    return pc.or_(by_control, by_status).to_numpy(zero_copy_only=False)
