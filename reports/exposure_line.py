"""An exposure in words: what it does to a rule, from when to when, and how its end is known.

`row` is one of core.exposure, by its columns' names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from reports.wording import wording

Row = Mapping[str, Any]
Shown = Callable[[date], str]
YEAR = 365
COUNTED = ("supply", "duration")
"""Ends that are counted from the start: their words are followed by how many days."""
ASSUMED = ("limit", "filler")
"""Ends that nobody has told: the exposure is in force to that day and not known to have ended."""


def told(row: Row, as_of: date, shown: Shown = str) -> str:
    """`ordered, from 2010-03-01, in force to 2011-03-01: a year after its last mention`."""
    event = wording("event_kind", row["event_kind"])
    if row["end_known_by"] == "day" and row["end_date"]:
        lines = [f"{event} on {_start(row, shown)}"]
    else:
        lines = [event, f"from {_start(row, shown)}", _end(row, as_of, shown)]
    return ", ".join(filter(None, [*lines, _effect(row, shown)]))


def bearing(row: Row) -> str:
    """What it does to a rule, and that it is only suspected, or a history."""
    may_explain = row["effect"] == "note" and row["raises_igm"]
    effect = wording("effect", "may_explain_igm" if may_explain else row["effect"])
    is_said = row["certainty"] in (None, "confirmed", row["effect"])
    return effect if is_said else f"{effect}, {wording('certainty', row['certainty'])}"


def _start(row: Row, shown: Shown) -> str:
    start, precision = row["start_date"], row["start_date_precision"]
    if start is None:
        return wording("start", "not_stated")
    if precision == "year":
        return f"{start:%Y}"
    if precision == "month":
        return f"{start:%Y-%m}"
    said = f" ({wording('start', precision)})" if precision in ("message", "unread") else ""
    return shown(start) + said


def _end(row: Row, as_of: date, shown: Shown) -> str:
    end, by = row["end_date"], row["end_known_by"]
    unread = wording("end_of", "unread") if row["end_date_precision"] == "unread" else ""
    if end is None:
        return "; ".join(filter(None, [wording("end_of", "open"), unread]))
    verb = "in force to" if by in ASSUMED else "ended" if end < as_of else "ends"
    return "; ".join(filter(None, [f"{verb} {shown(end)}: {_known_by(row)}", unread]))


def _known_by(row: Row) -> str:
    end, by, mentioned_on = row["end_date"], row["end_known_by"], row["mentioned_on"]
    said = wording("end_known_by", by)
    if by in COUNTED and row["start_date"]:
        return f"{said} of {(end - row['start_date']).days + 1} days"
    if by in ASSUMED and mentioned_on:
        after = f"{span((end - mentioned_on).days)} {wording('end_known_by', 'limit')}"
        return after if by == "limit" else f"{said}; {after}"
    return said


def _effect(row: Row, shown: Shown) -> str:
    """To when it counts, where that is another day than its end."""
    until, end = row["active_until"], row["end_date"]
    if until is None:
        return wording("end_of", "lasting") if end else ""
    return "" if until == end else f"counts to {shown(until)}"


def span(days: int) -> str:
    """`a year`, `2 years`, else days."""
    years, rest = divmod(days, YEAR)
    if years and not rest:
        return "a year" if years == 1 else f"{years} years"
    return f"{days} days"
