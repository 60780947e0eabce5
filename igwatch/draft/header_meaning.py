"""What the header of a column may mean, by knowledge/header_name.csv."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache

from transforms.knowledge import load_knowledge
from transforms.parse.facility.canonical_file import CANONICAL

_BRACKETED = re.compile(r"(.*\S)\s*[(\[]([^()\[\]]+)[)\]]\s*")
_TRAILING = re.compile(r"(.*?)[\s,;:_-]+(\S*[/%]\S*)\s*")
_WORDS = re.compile(r"[^\s_,;:()\[\]-]+")
_COMPANIONS = {"units": "units_column", "reference_range": "reference_range_column"}
_COMPANIONS["abnormal_flag"] = "abnormal_flag_column"


def bare(header: str) -> str:
    """A header for comparing: without case, accents, blanks and signs."""
    letters = unicodedata.normalize("NFKD", header.casefold())
    return "".join(sign for sign in letters if sign.isalnum())


def meanings(header: str) -> dict[str, bool]:
    """Each canonical column that the header may stand for, and whether that is certain.

    A unit behind the name is no part of it: `Wert (g/l)` is `Wert`.
    """
    name, _ = without_unit(header)
    return _known().get(bare(name), {})


def without_unit(header: str) -> tuple[str, str | None]:
    """The header's name, and the unit of measure that stands behind it, as written."""
    for form in (_BRACKETED, _TRAILING):
        found = form.fullmatch(header)
        if found and is_unit(found[2]):
            return found[1].strip(), found[2].strip()
    return header.strip(), None


def is_unit(text: str | None) -> bool:
    """True for a spelling that knowledge/unit_spelling.csv lists."""
    if not text:
        return False
    return "".join(text.lower().split()).translate(_MICRO) in _units()


def halves(header: str) -> list[tuple[str, str]]:
    """The header cut in two between its words, every way: IgM | unit."""
    words = _WORDS.findall(header)
    return [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]


def companion(word: str) -> str | None:
    """The key of a wide column that a word such as unit, range or flag stands for."""
    known = [key for name, key in _COMPANIONS.items() if meanings(word).get(name)]
    return known[0] if known else None


_MICRO = str.maketrans("µμ", "uu")


@cache
def _known() -> dict[str, dict[str, bool]]:
    known: dict[str, dict[str, bool]] = defaultdict(dict)
    for name in CANONICAL:
        known[bare(name)][name] = True
    for row in load_knowledge()["header_name"].to_pylist():
        known[bare(row["header"])].setdefault(row["canonical"], row["is_certain"])
    return dict(known)


@cache
def _units() -> frozenset[str]:
    return frozenset(load_knowledge()["unit_spelling"]["as_sent"].to_pylist())
