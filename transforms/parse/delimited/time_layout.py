"""Times written at fixed places, read a column at a time.

A stated format such as %d.%m.%Y %H:%M is turned into the places of its digits. Arrow's own strptime
is not used: it makes 1 March of 30 February.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

_WIDTH = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_PART = re.compile(r"%(.)|(.)", re.DOTALL)
FIRST_YEAR, LAST_YEAR = 1800, 2199  # a year outside is a slip or a placeholder, not a date
_PIVOT = 69  # strptime's: 69 is 1969, 68 is 2068


@dataclass(frozen=True)
class TimeLayout:
    """Where each part of a time stands in a text of `width` bytes; `part` is by strptime's letter.

    `literal` maps every other place to the signs that may stand there.
    """

    width: int
    part: dict[str, range]
    literal: dict[int, bytes]

    @property
    def has_time_of_day(self) -> bool:
        """Whether it holds an hour, and not a date alone."""
        return "H" in self.part

    def read(self, text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Times (datetime64[us]) of a matrix of bytes, a row per text, and which rows are valid."""
        valid = np.ones(len(text), bool)
        for place, signs in self.literal.items():
            valid &= np.isin(text[:, place], list(signs))
        number = {name: _number(text, places, valid) for name, places in self.part.items()}
        year = number["Y"] if "Y" in number else _full_year(number["y"])
        month, day = number["m"], number["d"]
        hour, minute, second = (number.get(name, np.zeros_like(day)) for name in "HMS")
        valid &= (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12)
        valid &= (day >= 1) & (hour < 24) & (minute < 60) & (second < 60)
        month_start = ((year - 1970) * 12 + month - 1).astype("M8[M]")
        date = month_start.astype("M8[D]") + (day - 1)
        valid &= date.astype("M8[M]") == month_start
        seconds = (hour * 60 + minute) * 60 + second
        return date.astype("M8[us]") + seconds * np.timedelta64(1_000_000, "us"), valid


class Characters:
    """The bytes of a column of text, for reading at fixed places."""

    def __init__(self, text: pa.StringArray) -> None:
        offsets = np.frombuffer(text.buffers()[1], np.int32)
        self.offset = offsets[text.offset : text.offset + len(text) + 1].astype(np.int64)
        self.length = np.diff(self.offset)
        self.byte = signs(text)

    def rows(self, row: np.ndarray, width: int) -> np.ndarray:
        """The first `width` bytes of each of these rows, as a matrix."""
        return self.byte[self.offset[row][:, None] + np.arange(width)]


def signs(text: pa.StringArray) -> np.ndarray:
    """The bytes of all the texts of a column."""
    data = text.buffers()[2]
    return np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)


def time_layout(date_format: str, either: dict[str, bytes] | None = None) -> TimeLayout | None:
    """The layout of a strptime format; None when a part of it has no fixed width.

    `either` maps a literal sign to all the signs that may stand in its place.
    """
    place, part, literal = 0, {}, {}
    for directive, sign in _PART.findall(date_format):
        sign = "%" if directive == "%" else sign
        if sign:
            if not sign.isascii():
                return None
            literal[place] = (either or {}).get(sign, sign.encode())
            place += 1
        elif directive in _WIDTH and directive not in part:
            part[directive] = range(place, place + _WIDTH[directive])
            place += _WIDTH[directive]
        else:
            return None
    is_whole = ("Y" in part) != ("y" in part) and {"m", "d"} <= {*part}
    return TimeLayout(place, part, literal) if is_whole else None


def _number(text: np.ndarray, places: range, valid: np.ndarray) -> np.ndarray:
    """The digits at these places as numbers; rows with anything else become invalid."""
    number = np.zeros(len(text), np.int64)
    for place in places:
        digit = text[:, place] - np.uint8(ord("0"))
        valid &= digit <= 9
        number = number * 10 + digit
    return number


def _full_year(year: np.ndarray) -> np.ndarray:
    return np.where(year < _PIVOT, 2000, 1900) + year
