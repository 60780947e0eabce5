"""A time written as a feed writes its times: order, signs, precision and zone of an example."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from itertools import product

_HL7 = re.compile(r"(\d{4,14})(\.\d{1,6})?(Z|[+-]\d{2}:?\d{2})?")
_TAIL = re.compile(r"(?<=:\d\d)(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?$")
_DAYS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    *("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%m/%d/%Y", "%m-%d-%Y"),
    *("%d.%m.%y", "%d/%m/%y", "%d-%m-%y", "%m/%d/%y"),
    *("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y"),
)
_CLOCKS = (
    *("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", "%H%M", "%H%M%S", " %H%M", " %H.%M"),
    *(" %I:%M %p", " %I:%M:%S %p"),
)
_CLOCK_ALONE = ("%H:%M", "%H:%M:%S", "%H%M", "%H.%M", "%I:%M %p")


class UnwritableTimeError(ValueError):
    """A time in a form that nothing here can write."""


def like_hl7(sent: str, moment: datetime | date) -> str:
    """The moment with as many digits as `sent`, its fraction and its zone; HL7 chapter 2A."""
    found = _HL7.fullmatch(sent.strip())
    if not found:
        return like_text(sent, moment)
    digits, fraction, zone = found.groups("")
    text = moment.strftime("%Y%m%d%H%M%S")[: len(digits)]
    return text + "." * bool(fraction) + "0" * (len(fraction) - 1) + zone


def like_text(
    sent: str, moment: datetime | date, read_as: date | None = None, stated: str | None = None
) -> str:
    """The moment in the form in which `sent` is written.

    read_as: the day that `sent` was read as, which tells 03/04 from 04/03. stated: the facility's
    own format. Raises UnwritableTimeError.
    """
    text = sent.strip()
    tail = _TAIL.search(text)
    body = text[: tail.start()] if tail else text
    fraction, zone = tail.groups("") if tail else ("", "")
    ending = "." * bool(fraction) + "0" * (len(fraction) - 1) + zone
    forms = [*([stated] if stated else []), *(d + c for d, c in product(_DAYS, _CLOCKS))]
    for form in (*forms, *_CLOCK_ALONE):
        try:
            known = datetime.strptime(body, form)
        except ValueError:
            continue
        is_clock = form in _CLOCK_ALONE
        if read_as and not is_clock and abs(known.date() - read_as) > timedelta(days=1):
            continue
        return moment.strftime(form) + ending
    raise UnwritableTimeError
