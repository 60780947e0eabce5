"""What a canary may carry of the messages it is shaped after: words, never what somebody wrote.

A text is carried as it stands where a knowledge table or the facility's own file has it, or where
several patients share it (canary_shared_by). Of any other only the shape is carried: such a text
would be read as unknown, and so is its shape, so the canary is lost at the same step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility import Facility

_RANGE = re.compile(r"[\d.,\s<>=()/–—-]*\d[\d.,\s<>=()/–—-]*")
_KNOWN = {
    "abnormal_flag": "as_sent",
    "carried_word": "word",
    "code": "code",
    "coding_system": "as_sent",
    "exposure_system": "as_sent",
    "identifier_type": "as_sent",
    "observation_type": "observation_type",
    "result_status": "status",
    "sex": "as_sent",
    "specimen": "as_sent",
    "unit_spelling": "as_sent",
    "value_type": "value_type",
}


@dataclass(frozen=True)
class Carried:
    """The texts of one feed that its canaries may carry."""

    texts: frozenset[str]

    def holds(self, text: str) -> bool:
        return text.strip().casefold() in self.texts or text.strip().casefold() in known_words()

    def text(self, text: str) -> str:
        """The text where it may be carried, else its shape."""
        return text if not text.strip() or self.holds(text) else shape(text)

    def printed_range(self, text: str) -> str:
        """A printed range of numbers and signs; with other words only where several share it."""
        return text if _RANGE.fullmatch(text) or self.holds(text) else ""


def carried(facility: Facility, shared: Iterable[str]) -> Carried:
    """What canaries of this facility may carry; `shared`: texts that several patients share."""
    own = [
        *facility.code_map,
        *(default.unit for default in facility.unit_default.values()),
        *(word for words in facility.local_words().values() for word in words),
        *(filter(None, (facility.identifier.authority, facility.identifier.type))),
    ]
    return Carried(frozenset(text.strip().casefold() for text in (*own, *shared)))


def shape(text: str) -> str:
    """The text with every letter an x or X and every digit a 0."""
    shaped = (
        ("X" if sign.isupper() else "x") if sign.isalpha() else "0" if sign.isdigit() else sign
        for sign in text
    )
    return "".join(shaped)


@cache
def known_words() -> frozenset[str]:
    """The words of the shipped knowledge that a feed may send, in any case."""
    knowledge = load_knowledge()
    return frozenset(
        word.casefold()
        for table, column in _KNOWN.items()
        for word in knowledge[table][column].to_pylist()
        if word
    )
