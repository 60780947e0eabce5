"""The words of standing and certainty of a sample of exposures: those nobody knows are asked."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from igwatch.base.knowledge import knowledge_rows
from igwatch.draft.facility_draft import Setting
from transforms.parse.facility.exposure_keys import MEANINGS
from transforms.parse.facility.facility_file import UNANSWERED

_GAP = re.compile(r"[\s_/.,;:()-]+")
_MOST_WORDS, _LONGEST_WORD = 40, 60  # a column of more, or longer, holds something else


def exposure_word_settings(
    statuses: Sequence[str], certainties: Sequence[str]
) -> Iterator[Setting]:
    """`exposure_status_map` and `exposure_certainty_map` for words that the knowledge lacks."""
    for key, cells in (
        ("exposure_status_map", statuses),
        ("exposure_certainty_map", certainties),
    ):
        unknown = [(word, n) for word, n in _words(cells) if plain_word(word) not in known_words()]
        if len(unknown) > _MOST_WORDS or any(len(word) > _LONGEST_WORD for word, _ in unknown):
            continue
        for word, n in unknown:
            note = f"{n} rows; without an answer they take no effect"
            yield Setting((key, word), UNANSWERED, note, MEANINGS)


def known_words() -> set[str]:
    """The words that the knowledge has, as they are compared."""
    rows = knowledge_rows("exposure_status")
    listed = [row["as_sent"] for row in rows if row["field"] == "word"]
    return {plain_word(word) for word in [*listed, *MEANINGS]}


def plain_word(word: str) -> str:
    """A word as the models compare it (macro plain_name): small letters, no accents or signs."""
    letters = unicodedata.normalize("NFKD", word.lower())
    kept = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return _GAP.sub(" ", kept).strip()


def _words(cells: Sequence[str]) -> list[tuple[str, int]]:
    return sorted(Counter(cell.strip() for cell in cells if cell.strip()).items())
