"""Blind forms: each patient's course as a reader sees it, and one question for each rule.

Nothing on it says who the patient is, what day it was, or what igwatch made of the course.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports.drawn_case import ANALYTES, case_svg
from reports.page import load_templates, render
from reports.safe_text import quantity
from reports.wording import wordings

DAYS_OF_MONTH, DAYS_OF_YEAR = 30.4375, 365.25


def validation_page(
    draw: str, reader: str, forms: Iterable[Mapping[str, Any]], rules: Sequence[str]
) -> str:
    """The page as HTML, self-contained.

    forms: `form` (its number), `sex`, `age_days` at the first result, `results` (day, analyte,
    comparator, value, unit, limits, class_name, laboratory) and `known` (kind, name, start_day,
    end_day).
    """
    templates = load_templates(
        course=_course, age_in_words=_age, limits=_limits, span=_span, amount=quantity
    )
    shown, names = list(forms), wordings()["rule"]
    asked = [(rule, names[rule]) for rule in rules]
    return render("validation", templates, draw=draw, reader=reader, forms=shown, rules=asked)


def _course(results: Sequence[Mapping[str, Any]]) -> str:
    """The main isotypes against their limits, as a case of the rules is drawn."""
    panels: dict[int, list[Mapping[str, Any]]] = {}
    for row in results:
        if row["analyte"] in ANALYTES:
            panels.setdefault(row["day"], []).append({**row, "is_borrowed": False})
    return case_svg([
        {"day": day, "results": found, "laboratory": None, "facility": None, "subclasses": ()}
        for day, found in sorted(panels.items())
    ])  # fmt: skip


def _age(days: int | None) -> str:
    """Completed months below two years, else completed years."""
    if days is None:
        return "age not known"
    months = int(days / DAYS_OF_MONTH)
    return f"{months} months" if months < 24 else f"{int(days / DAYS_OF_YEAR)} years"


def _limits(row: Mapping[str, Any]) -> str:
    """`0.4 to 0.5` for lower limits that differ between tables, and the upper ones."""
    sides = []
    for side in ("lower", "upper"):
        low, high = row[f"{side}_limit_min"], row[f"{side}_limit_max"]
        if low is not None:
            both = quantity(low) if low == high else f"{quantity(low)} to {quantity(high)}"
            sides.append(f"{side} {both}")
    return ", ".join(sides) or "none"


def _span(known: Mapping[str, Any]) -> str:
    """`day -40 to day 12`."""
    start, end = (known[name] for name in ("start_day", "end_day"))
    begun = "start not known" if start is None else f"day {start}"
    return f"{begun} on" if end is None else f"{begun} to day {end}"
