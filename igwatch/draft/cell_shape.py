"""What the cells of a column look like, with a count: times, clock times, years, numbers, words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from igwatch.draft.date_order import date_order
from transforms.parse.delimited.timestamp import TimestampReader

TIMES, CLOCKS, YEARS, NUMBERS = "times", "clock times", "years or months", "numbers"
WORDS, TEXTS, NOTHING = "of a few words", "texts", "nothing"
_DATED = re.compile(
    r"\d{1,4}[-/. ]\s?(?:\d{1,2}|[^\W\d]{3,10}\.?)[-/. ]\s?\d{2,4}(?:\D.*)?"
    r"|(?:19|20)\d{6}(?:T?\d{4,6})?"
)
_YEAR = re.compile(r"(?:19|20)\d\d(?:[-/.]\d\d?)?|\d\d?[-/.](?:19|20)\d\d")
_CLOCK = re.compile(r"\d{1,2}[:h]\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?", re.IGNORECASE)
_FULL_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"\s*[<>]?=?\s*[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?\s*")
_N_LOOKED_AT, _FEW, _MOST_WORDS = 500, 12, 15
_OF_EXPOSURES = ("start_date", "end_date")
_TIMES_OF = frozenset(
    ["collected_at", "resulted_at", "birth_date", "merged_at", "reviewed_at", *_OF_EXPOSURES]
)
_NUMBERS_OF = frozenset(["days_supply", "reference_low", "reference_high"])
_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True)
class CellShape:
    """What most filled cells of a column are, and how many of them; of times the middle year."""

    sort: str
    n: int
    n_filled: int
    n_different: int
    year: int | None = None

    @property
    def proof(self) -> str:
        """As a person reads it: `304 of 304 are times`."""
        if not self.n_filled:
            return "no cell is filled"
        if self.sort in (WORDS, TEXTS):
            return f"{self.n_filled:,} filled, {self.n_different:,} different {self._noun}"
        return f"{self.n:,} of {self.n_filled:,} are {self.sort}"

    @property
    def _noun(self) -> str:
        noun = "word" if self.sort == WORDS else "text"
        return noun if self.n_different == 1 else f"{noun}s"

    def fits(self, name: str) -> bool:
        """Whether such cells may stand under this canonical column; an empty one tells nothing."""
        if not self.n_filled:
            return True
        if name in _TIMES_OF:
            return self.sort == TIMES or (self.sort == YEARS and name in _OF_EXPOSURES)
        if name == "collected_time":
            return self.sort in (CLOCKS, NUMBERS)  # 08.15 and 0815 are numbers too
        if name in _NUMBERS_OF:
            return self.sort in (NUMBERS, YEARS)
        if name in ("sex", "status", "certainty", "kind", "event_kind"):
            return self.sort in (WORDS, TEXTS, NUMBERS) and self.n_different <= _MOST_WORDS
        if name in ("value", "value_comparator", "code", "patient_id"):
            return self.sort not in (TIMES, CLOCKS)
        if name in ("test_name", "name", "units"):
            return self.sort in (WORDS, TEXTS)
        return True


def shape_of(cells: Sequence[str]) -> CellShape:
    """The shape of a column's cells, each different one looked at once."""
    words = Counter(cell.strip() for cell in cells if cell.strip())
    n_filled = words.total()
    if not n_filled:
        return CellShape(NOTHING, 0, 0, 0)
    first = [*islice(words, _N_LOOKED_AT)]
    counts = {
        CLOCKS: sum(n for w, n in words.items() if _CLOCK.fullmatch(w)),
        TIMES: _n_times(words) if 2 * sum(map(_is_dated, first)) >= len(first) else 0,
        YEARS: sum(n for w, n in words.items() if _YEAR.fullmatch(w)),
        NUMBERS: sum(n for w, n in words.items() if _NUMBER.fullmatch(w)),
    }
    sort = next((sort for sort, n in counts.items() if 2 * n > n_filled), None)
    if sort is None:
        is_few = len(words) <= _FEW and (len(words) < n_filled or n_filled == 1)
        return CellShape(WORDS if is_few else TEXTS, n_filled, n_filled, len(words))
    n = counts[sort] + (_n_years_only(words) if sort == TIMES else 0)
    return CellShape(sort, n, n_filled, len(words), _year(first) if sort == TIMES else None)


def _year(words: list[str]) -> int | None:
    """The year in the middle of those that are written out."""
    years = sorted(int(found[0]) for word in words if (found := _FULL_YEAR.search(word)))
    return years[len(years) // 2] if years else None


def whole_days(cells: Sequence[str]) -> list[str]:
    """The cells that are no mere year or month, whose order of day and month is open."""
    return [cell for cell in cells if not _YEAR.fullmatch(cell.strip())]


def _is_dated(word: str) -> bool:
    return bool(_DATED.fullmatch(word) or _YEAR.fullmatch(word))


def _n_times(words: Counter[str]) -> int:
    """How many cells are times in one usual order; a year or a month alone is counted apart."""
    whole = [word for word in words if not _YEAR.fullmatch(word)]
    order = date_order([word for word in whole if not _is_far(word)][:_N_LOOKED_AT])
    if not whole or not (order.is_iso or order.formats):
        return 0
    reader = TimestampReader(None if order.is_iso else order.formats[0], _ZONE)
    is_lost = reader.times(pa.array(whole, pa.string())).is_unreadable
    far = (i for i in np.flatnonzero(is_lost) if reader.far_day(whole[i]))  # 9999-12-31: no end
    is_lost[[*far]] = False
    return int(np.array([words[word] for word in whole])[~is_lost].sum())


def _is_far(word: str) -> bool:
    return "9999" in word or "2999" in word


def _n_years_only(words: Counter[str]) -> int:
    return sum(n for word, n in words.items() if _YEAR.fullmatch(word))
