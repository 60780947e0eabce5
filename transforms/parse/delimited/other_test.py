"""Which rows of a results file are of another test, so that what they lack is nobody's loss.

An export of everything holds thousands of rows of other tests without a value, a patient or a time.
Such a row is counted as no immunoglobulin. One that may be an immunoglobulin stays refused: a
known, mapped or like-named test, and a code that nobody knows beside no name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from transforms.parse.delimited.row import Rows
from transforms.parse.facility.code_map import has_check_digit

LACKING = ("value_missing", "patient_id_missing", "collected_at_missing")
_SAID = ("code", "test_name", "code_system")
Said = tuple[str | None, str | None, str | None]


class Interest(Protocol):
    """What is searched for: the filter of messages, which no other format needs whole."""

    def names_any(self, segments: Sequence[str]) -> np.ndarray:
        """Whether each segment holds a wanted code or name."""

    def sha256(self) -> str:
        """Digest of what is wanted."""


class OtherTests:
    """Tells rows of other tests; what a file says of its tests is looked up once for each."""

    def __init__(self, interest: Interest | None) -> None:
        self._interest = interest
        self._known: dict[Said, bool] = {}

    def among(self, rows: Rows, places: list[int]) -> set[int]:
        """Those of these rows that are surely of another test; without a filter none is."""
        if self._interest is None or not places:
            return set()
        columns = [rows.trimmed(name).take(places).to_pylist() for name in _SAID]
        said: list[Said] = list(zip(*columns, strict=True))
        new = [test for test in dict.fromkeys(said) if test not in self._known]
        is_wanted = self._interest.names_any([_segment(test) for test in new])
        for test, wanted in zip(new, is_wanted, strict=True):
            self._known[test] = not wanted and _says_enough(test)
        return {place for place, test in zip(places, said, strict=True) if self._known[test]}


def _segment(test: Said) -> str:
    """As in a message, where codes and names of interest are looked for between delimiters."""
    code, name, system = (text or "" for text in test)
    return f"OBX|1|NM|{code}^{name}^{system}|"


def _says_enough(test: Said) -> bool:
    """A name, or a code of LOINC: of a local code alone nobody knows what it is."""
    code, name, _ = test
    return any(sign.isalpha() for sign in name or "") or has_check_digit(code or "")
