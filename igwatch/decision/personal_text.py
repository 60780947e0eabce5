"""What in a free text may say who somebody is: dates, long numbers, titles with names.

A text that is published is read by people who may not know of any patient. Words are rows of
person_word.csv; a title is one where a capital follows, or any word where the row says so.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from pathlib import Path

WORDS = Path(__file__).with_name("person_word.csv")
# five digits, whatever stands between them that is no letter
_NUMBER = re.compile(r"\d(?:[\W_]*\d){4}")
_DATE = re.compile(
    r"\b\d{1,4}\s*([./-])\s*\d{1,2}\s*\1\s*\d{1,4}\b"  # 2026-03-01, 1.3.26
    r"|\b\d{1,2}/\d{1,2}\b|\b\d{1,2}\.\s?\d{1,2}\.(?!\d)"  # 12/3, 12.3.
    r"|\b\d{1,2}\s*[./-]\s*[IVX]{1,4}\s*[./-]\s*\d{2,4}\b"  # 5.III.2024
    r"|\b\d{4}-?W\d{1,2}\b"  # 2026-W10
)


def personal_part(text: str, is_staff: bool = False) -> str | None:
    """What of a text may name a person, in words; None where nothing does.

    Of staff, who sign with their names, titles are no fault.
    """
    if not text.isprintable():
        return "a sign that cannot be seen"
    plain = unicodedata.normalize("NFKC", text)
    if _DATE.search(plain) or _month().search(plain) or _birth().search(plain):
        return "a date"
    if _NUMBER.search(plain):
        return "five digits in a row"
    if not is_staff and _title().search(plain):
        return "a title with a name"
    return None


@cache
def _words(kind: str, any_case: bool | None = None) -> str:
    with WORDS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == kind]
    chosen = [r["word"] for r in rows if any_case is None or (r["any_case"] == "yes") == any_case]
    return "|".join(sorted(map(re.escape, chosen), key=len, reverse=True))


@cache
def _month() -> re.Pattern[str]:
    """A day or a year beside the name of a month, whatever stands between: 12-Mar-26, 12MAR2026."""
    month, between = rf"(?i:{_words('month')})(?![^\W\d_])", r"[\s.,/_-]*"
    day = r"\b\d{1,2}(?i:st|nd|rd|th|er|e)?"
    return re.compile(rf"{day}{between}(?:of\s+|de\s+)?{month}|(?<![^\W\d_]){month}{between}\d")


@cache
def _birth() -> re.Pattern[str]:
    """A number behind a word of birth."""
    return re.compile(rf"\b(?i:{_words('birth')})\b\D{{0,12}}\d")


@cache
def _title() -> re.Pattern[str]:
    capital = r"(?=[^\W\d_a-zß-ÿ])"
    return re.compile(
        rf"\b(?i:{_words('title', True)})(?![^\W_])[\s._-]*(?=[^\W\d_])"
        rf"|\b(?i:{_words('title', False)})(?![^\W_])[\s._-]*{capital}"
    )
