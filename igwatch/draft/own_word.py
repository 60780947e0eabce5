"""Words of a sample that nobody knows, in its columns of sex, status and unit: each is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from igwatch.draft.facility_draft import Setting
from igwatch.draft.header_meaning import is_unit
from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility_file import UNANSWERED

_MOST_WORDS, _LONGEST_WORD = 12, 40  # a column of more, or longer, holds something else
_SEXES = ("F", "M", "O", "U")
_STATUSES = ("F", "C", "P", "W", "X")


def word_settings(
    sexes: Sequence[str], statuses: Sequence[str], units: Sequence[str]
) -> Iterator[Setting]:
    """`sex_map`, `status_map` and `unit_map` for the words that stand in these cells.

    A digit is no sex: 1 is male by ISO 5218 and female in other systems. Of units only codes are
    asked; a spelling that nobody knows may be another test's.
    """
    for word, n in _unknown(sexes, _known("sex", "as_sent")):
        note = f"{n} rows; which sex it stands for must be asked of the sender"
        yield Setting(("sex_map", word), UNANSWERED, note, _SEXES)
    for word, n in _unknown(statuses, _known("result_status", "status")):
        note = (
            f"{n} rows; final F, corrected C, provisional P, withdrawn W, no value X? Without an "
            "answer such results are not used; no status of a result: columns: {status: none}"
        )
        yield Setting(("status_map", word), UNANSWERED, note, _STATUSES)
    codes = [unit for unit in units if unit.strip().isdigit() and not is_unit(unit.strip())]
    for word, n in _unknown(codes, frozenset()):
        note = f"{n} cells; a code: the unit it stands for, such as g/L or mg/dL"
        yield Setting(("unit_map", word), UNANSWERED, note)


def _unknown(cells: Sequence[str], known: frozenset[str]) -> list[tuple[str, int]]:
    """The words that are not known, each as first written, and how many cells hold it."""
    words = Counter(cell.strip() for cell in cells if cell.strip())
    unknown = [(word, n) for word, n in sorted(words.items()) if word.upper() not in known]
    is_list = len(unknown) <= _MOST_WORDS and all(len(w) <= _LONGEST_WORD for w, _ in unknown)
    return unknown if is_list else []


@cache
def _known(table: str, column: str) -> frozenset[str]:
    return frozenset(row[column] for row in load_knowledge()[table].to_pylist())
