"""A value in the unit, the form and with the decimal mark in which a feed sends its values."""

from __future__ import annotations

import re

from igwatch.prove.carried import Carried
from igwatch.prove.shape import Sent
from transforms.parse.facility.facility import Facility

_NUMBER = re.compile(r"\d[\d.,' ]*\d|\d")
_COMPARATORS = "<>=≤≥ "
_DIGITS = 4


def canary_value(
    sent_value: str, grams: float, sent: Sent, facility: Facility, carried: Carried
) -> str:
    """A concentration of `grams` g/L as this feed would send it beside the unit of `sent`.

    Where the unit is not known there is no right number: it is told in g/L and lost for its unit.
    """
    number = plain_number(grams / sent.factor if sent.factor else grams)
    found = _NUMBER.search(sent_value)
    digits = found[0] if found else ""
    text = number.replace(".", _decimal_mark(digits, facility))
    if not found:
        return text
    before, after = sent_value[: found.start()], sent_value[found.end() :]
    if sent.newest["value_type"] == "SN":
        return f"^{text}"
    unit = after.strip()
    is_known = unit and carried.holds(unit) and not before.strip(_COMPARATORS)
    return f"{text} {unit}" if is_known else text


def plain_number(number: float) -> str:
    """Four significant digits without an exponent: 0.05, 10.2, 1020."""
    shown = f"{float(f'{number:.{_DIGITS}g}'):.10f}"
    return shown.rstrip("0").rstrip(".")


def _decimal_mark(digits: str, facility: Facility) -> str:
    """The last mark among the digits, but for one between thousands; else the facility's own."""
    marks = [sign for sign in digits if sign in ".,"]
    if marks and marks[-1] != facility.thousands_sign:
        return marks[-1]
    return facility.decimal_mark
