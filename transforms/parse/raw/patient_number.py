"""What cannot be a patient's number, whether HL7 or a delimited file holds it.

A placeholder (knowledge/placeholder.csv) stands where no number is known, and everybody who has it
would become one patient. A sign that nobody sees (control signs, zero width, direction of writing,
a letter that could not be read) makes one number look like another's.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from igwatch.base.knowledge import knowledge_rows

PLACEHOLDER = "patient_identifier_placeholder"
HIDDEN_SIGN = "patient_identifier_hidden_sign"
UNKNOWN_SIGN = "\ufffd"
_AROUND = r"[!-/:-@\[-`{-~\s]*"
_HIDDEN_CATEGORIES = frozenset(["Cc", "Cf", "Co", "Cs", "Zl", "Zp"])
# invisible, although Unicode counts them as letters or marks: joiners, fillers, variation selectors
_HIDDEN_OTHERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
_HIDDEN_OTHERS += f"\U000e0100-\U000e01ef{UNKNOWN_SIGN}"
_HIDDEN = rf"[\p{{Cc}}\p{{Cf}}\p{{Co}}\p{{Zl}}\p{{Zp}}{_HIDDEN_OTHERS}]"
_OTHER = re.compile(f"[{_HIDDEN_OTHERS}]")
_RE2_FROM = 1024  # of fewer numbers Python has looked at each before RE2 is ready


@cache
def placeholder_pattern() -> str:
    """One pattern, for RE2 and for Python, of a whole cell that is no number of a patient."""
    words = "|".join(row["pattern"] for row in knowledge_rows("placeholder"))
    return rf"(?i)^(?:{_AROUND}(?:{words})(?:\.0)?{_AROUND}|{_AROUND})$"


@cache
def _filler_pattern() -> str:
    """Of cells of digits only; to make the pattern of all ready for RE2 takes 2 ms."""
    rows = knowledge_rows("placeholder")
    return rf"^(?:{'|'.join(row['pattern'] for row in rows if row['kind'] == 'filler')})$"


@cache
def word_for_none_pattern() -> str:
    """As `placeholder_pattern`, of the words that say `none` of any number, as of an order's."""
    rows = knowledge_rows("placeholder")
    words = "|".join(row["pattern"] for row in rows if row["kind"] == "none")
    return rf"(?i)^(?:{_AROUND}(?:{words}|0)(?:\.0)?{_AROUND}|{_AROUND})$"


@cache
def _placeholder() -> re.Pattern:
    return re.compile(placeholder_pattern())


def fault_of(number: str, accepted: Collection[str] = ()) -> str | None:
    """Why this is no patient's number, as a key of reject_reason.csv; None where it may be one.

    `accepted` are true numbers of the facility that would pass for placeholders.
    """
    if hides(number):
        return HIDDEN_SIGN
    return PLACEHOLDER if number not in accepted and _placeholder().match(number) else None


def hides(text: str) -> bool:
    """Whether a text holds a sign that nobody sees."""
    if text.isascii() and text.isprintable():
        return False
    hidden = (unicodedata.category(sign) in _HIDDEN_CATEGORIES for sign in text)
    return any(hidden) or bool(_OTHER.search(text))


def is_placeholder(numbers: pa.StringArray, accepted: Collection[str] = ()) -> pa.BooleanArray:
    """Which numbers are placeholders; NULL is none."""
    found = pc.fill_null(pc.match_substring_regex(numbers, _filler_pattern()), False)
    is_other = pc.fill_null(pc.invert(pc.ascii_is_decimal(numbers)), False)
    if pc.any(is_other).as_py():
        found = pc.replace_with_mask(found, is_other, _is_word(numbers.filter(is_other)))
    if accepted and pc.any(found).as_py():
        found = pc.and_not(found, pc.is_in(numbers, pa.array(sorted(accepted), pa.string())))
    return found


def _is_word(texts: pa.StringArray) -> pa.BooleanArray:
    """Which texts are placeholders, digits only or not."""
    if len(texts) >= _RE2_FROM:
        return pc.match_substring_regex(texts, placeholder_pattern())
    found = (_placeholder().match(text) is not None for text in texts.to_pylist())
    return pa.array(found, pa.bool_())


def holds_hidden_sign(numbers: pa.StringArray) -> pa.BooleanArray:
    """Which numbers hold a sign that nobody sees; NULL does not."""
    return pc.fill_null(pc.match_substring_regex(numbers, _HIDDEN), False)


@cache
def is_patient_type(type_code: str) -> bool:
    """Whether a number of this type (CX-5, as sent) names a patient by itself."""
    return _is_patient().get(type_code.strip().upper(), True)


@cache
def type_class(type_code: str) -> str:
    """Which numbers a number of this type may be compared with: '' where no type is stated."""
    stated = type_code.strip().upper()
    rows = {row["as_sent"]: row["type_class"] for row in knowledge_rows("identifier_type")}
    return rows.get(stated, stated)


@cache
def _is_patient() -> dict[str, bool]:
    rows = knowledge_rows("identifier_type")
    return {row["as_sent"]: row["is_patient"] == "true" for row in rows}


def numbers_sha256() -> str:
    """Digest of the lists used here: a file that was read by others is read again."""
    lists = [placeholder_pattern(), _HIDDEN, repr(sorted(_is_patient().items()))]
    return hashlib.sha256("\n".join(lists).encode()).hexdigest()
