"""Whether a sample's numbers have a decimal point or a decimal comma."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"\s*(?:[<>]=?|=|~)?\s*[+-]?(\d+(?:[.,]\d+)*)\s*")


def decimal_mark(values: Sequence[str]) -> str | None:
    """`.` or `,`; '' when no number holds either; None when they may be read in two ways.

    1,234 may be a thousand and more, or one and a bit: such numbers alone settle nothing.
    """
    numbers = [found[1] for found in map(_NUMBER.fullmatch, values) if found]
    marked = [number for number in numbers if "," in number or "." in number]
    if not marked:
        return ""
    proved = {_proved(number) for number in marked} - {None}
    return proved.pop() if len(proved) == 1 else None


def _proved(number: str) -> str | None:
    """The decimal mark that this number alone proves."""
    signs = [sign for sign in number if not sign.isdigit()]
    if len({*signs}) == 2:
        return signs[-1] if signs.count(signs[-1]) == 1 else None
    if len(signs) > 1:
        return "," if signs[0] == "." else "."  # 1.234.567 holds thousands
    whole, fraction = re.split("[.,]", number)
    is_thousands = len(fraction) == 3 and len(whole) <= 3 and not whole.startswith("0")
    return None if is_thousands else signs[0]
