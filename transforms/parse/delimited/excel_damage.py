"""What a spreadsheet did to a file on its way: identifiers, codes and dates that cannot be undone.

CDCgov/prime-reportstream issue 7689: accession numbers became 1.67683E+15, and reports of different
people were attached to each other. A row with such a cell is refused; nothing is turned back.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.delimited.time_layout import Characters, signs

_ROUNDED = r"^[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{1,3}$"
_SERIAL_DATE = r"^[1-9][0-9]{4}(?:[.,][0-9]+)?$"
# The months as Excel abbreviates them, in the languages of its larger editions.
_MONTH = (
    "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mrz|Mär|Mai|Okt|Dez|janv|févr|mars|avr|mai|juin"
    "|juil|août|sept|oct|nov|déc|ene|feb|mar|abr|may|jun|jul|ago|sep|dic|gen|apr|mag|giu|lug|set|ott"
    "|mrt|mei|aug|okt|dec|fev|out|dez"
)
_MONTH_YEAR = rf"^(?:{_MONTH})\.?[- ][0-9]{{2}}$"
_DAY_MONTH = rf"^[0-9]{{1,2}}\.?[- ](?:{_MONTH})\.?$"
_WHOLE_DATE = (
    r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4})(?: 00:00(?::00)?)?$"
)
_DATED = f"{_MONTH_YEAR}|{_DAY_MONTH}"
_MIN_PADDED, _MIN_SHARE = 5, 0.9
_MAX_AUTHORITIES = 50


def is_rounded_number(text: pa.StringArray) -> np.ndarray:
    """1.67683E+15: a long number of which only the first digits are left."""
    if not (signs(text) == ord("+")).any():
        return np.zeros(len(text), bool)
    return _true(pc.match_substring_regex(text, _ROUNDED))


def is_serial_date(text: pa.StringArray) -> np.ndarray:
    """45292: a date as the number of days that a spreadsheet counts."""
    return _true(pc.match_substring_regex(text, _SERIAL_DATE))


def is_dated_code(code: pa.StringArray, known: Collection[str]) -> np.ndarray:
    """Sep-72, 01.09.2472: a LOINC code (digits, hyphen, digit) taken for a month and a year.

    A code that the facility maps is `known` and means what it says.
    """
    coded = code.dictionary_encode()
    dated = _true(pc.match_substring_regex(coded.dictionary, f"{_DATED}|{_WHOLE_DATE}"))
    dated &= ~_true(pc.is_in(coded.dictionary, pa.array(sorted(known), pa.string())))
    return _for_each_row(dated, coded)


def is_dated_value(value: pa.StringArray) -> np.ndarray:
    """Jan 20, 02. Feb: a number with a decimal point taken for a date."""
    if signs(value).max(initial=0) < ord("A"):
        return np.zeros(len(value), bool)
    return _true(pc.match_substring_regex(value, _DATED))


class NumberWidth:
    """Watches the identifiers of one authority for leading zeros that some rows have lost.

    Certain only where numbers are padded to one width: at least five begin with 0, none is longer,
    and nine in ten have that width. What is shorter then has lost its zeros.
    """

    def __init__(self) -> None:
        self._by_length: dict[int, int] = {}
        self._padded_lengths: set[int] = set()
        self._n_padded = 0

    def has_lost_zeros(self, identifier: pa.StringArray) -> np.ndarray:
        """Which of these have lost zeros, by all identifiers that were seen so far and these."""
        is_number = _true(pc.ascii_is_decimal(identifier))
        seen = Characters(identifier)
        length = np.where(is_number, seen.length, 0)
        padded = np.zeros(len(identifier), bool)
        rows = np.flatnonzero(length > 1)
        padded[rows] = seen.byte[seen.offset[rows]] == ord("0")
        self._note(length, padded)
        width = self._width()
        return (length > 0) & (length < width) if width else np.zeros(len(identifier), bool)

    def _note(self, length: np.ndarray, padded: np.ndarray) -> None:
        for digits, n in zip(*np.unique(length[length > 0], return_counts=True), strict=True):
            self._by_length[int(digits)] = self._by_length.get(int(digits), 0) + int(n)
        self._padded_lengths |= {*np.unique(length[padded]).tolist()}
        self._n_padded += int(padded.sum())

    def _width(self) -> int | None:
        if len(self._padded_lengths) != 1 or self._n_padded < _MIN_PADDED:
            return None
        (width,) = self._padded_lengths
        n = self._by_length[width]
        is_fixed = width == max(self._by_length) and n >= _MIN_SHARE * sum(self._by_length.values())
        return width if is_fixed else None


class NumberWidths:
    """Watches a file's identifiers for lost leading zeros, each authority's by themselves."""

    def __init__(self) -> None:
        self._of: dict[str | None, NumberWidth] = {}

    def has_lost_zeros(self, identifier: pa.StringArray, authority: pa.StringArray) -> np.ndarray:
        """Which of these lost zeros; none in a column of more authorities than there can be."""
        issuers = pc.unique(authority).to_pylist()
        if len(issuers) == 1:
            return self._of.setdefault(issuers[0], NumberWidth()).has_lost_zeros(identifier)
        lost = np.zeros(len(identifier), bool)
        for one in issuers if len(issuers) <= _MAX_AUTHORITIES else ():
            same = _true(pc.is_null(authority) if one is None else pc.equal(authority, one))
            width = self._of.setdefault(one, NumberWidth())
            lost[same] = width.has_lost_zeros(identifier.filter(pa.array(same)))
        return lost


def _true(mask: pa.Array) -> np.ndarray:
    return mask.fill_null(False).to_numpy(zero_copy_only=False)


def _for_each_row(of_dictionary: np.ndarray, coded: pa.DictionaryArray) -> np.ndarray:
    """What is true of each distinct text, for every row; False where the cell is NULL."""
    code = coded.indices.fill_null(len(of_dictionary)).to_numpy()
    return np.append(of_dictionary, False)[code]
