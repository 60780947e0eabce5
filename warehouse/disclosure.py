"""What each number of the published quality tables counts, and how it is shown to who may see no
person: disclosure.csv, a line per number."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

DISCLOSURE = Path(__file__).with_name("disclosure.csv")


@dataclass(frozen=True)
class Number:
    """A column of quality.`table`, what it counts, and how it is shown.

    `shown` is exact (of no person); rounded; beyond one, beyond a text (rounded, and hidden below
    small_count more than what something beside it tells); sum, share (of others as shown); two
    digits (of a median).
    """

    table: str
    column: str
    counts: str
    shown: str


def published_numbers(path: Path = DISCLOSURE) -> list[Number]:
    """Every number of the quality tables."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Number(**row) for row in csv.DictReader(file)]
