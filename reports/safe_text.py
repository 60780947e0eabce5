"""Text from a feed made safe to look at, and values as a page prints them.

Nothing in safe text can hide, reorder or flood a page, and no cell makes a spreadsheet compute.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

LONGEST = 200
# Joiners that some scripts need between letters; they neither hide nor reorder anything
JOINERS = frozenset("\u200c\u200d")
INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
# What makes a spreadsheet compute, full-width forms included
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
BLANK = {"\n": " ⏎ ", "\r": "", "\t": " "}


def safe_text(text: object, longest: int = LONGEST) -> str:
    """One line of text in which every control, direction and invisible sign shows as ‹U+202E›.

    What is longer than `longest` characters is cut and followed by its length. None is ''.
    """
    sent = "" if text is None else str(text)
    shown = sent[:longest]
    is_plain = shown.isascii() and shown.isprintable()
    safe = shown if is_plain else "".join(map(_safe_sign, shown))
    if len(sent) > longest:
        safe = f"{safe}… ({len(sent):,} characters)"
    return " ".join(safe.split())


def _safe_sign(sign: str) -> str:
    if " " <= sign <= "~":
        return sign
    if sign in BLANK:
        return BLANK[sign]
    if sign in JOINERS or unicodedata.category(sign) not in INVISIBLE:
        return sign
    return f"‹U+{ord(sign):04X}›"


def cell(value: object) -> object:
    """A value for a spreadsheet: text that a spreadsheet would compute is led by an apostrophe.

    Dates and numbers stay what they are. https://owasp.org/www-community/attacks/CSV_Injection
    """
    if value is None or isinstance(value, bool | int | float | date | datetime):
        return value
    text = safe_text(value)
    return f"'{text}" if FORMULA.match(text) else text


def quantity(value: float | None, comparator: str | None = None) -> str:
    """A concentration to three figures, as a clinic writes it: 0.21, 9.1, 14, <0.07."""
    if value is None:
        return ""
    figures = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{comparator or ''}{figures}"


def day(value: date | datetime | None) -> str:
    """19 Nov 2026, in the same words in any locale."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if value else ""


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def months(birth_date: date | None, on: date) -> int | None:
    """Completed months of age; None where the birth date is not known or lies ahead."""
    if birth_date is None or birth_date > on:
        return None
    begun = (on.year - birth_date.year) * 12 + on.month - birth_date.month
    return begun - (on.day < birth_date.day)


def age(birth_date: date | None, on: date) -> str:
    """Completed months below two years, else completed years."""
    completed = months(birth_date, on)
    if completed is None:
        return "age not known"
    return f"{completed} months" if completed < 24 else f"{completed // 12} years"
