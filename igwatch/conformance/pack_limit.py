"""The limits by which a case's values have the classes that it draws.

A drawn case states classes, and `transforms/knowledge/case/pack_limit.csv` two tables of limits
under which its values have them. Published patients have those of the default tables at their age.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import inf

from igwatch.base.knowledge import knowledge_rows, rule_parameter
from transforms.knowledge.drawn_case import FOLDER, DrawnResult

PUBLISHED = "published"
DEFAULT_TABLES = ("PRU_EXETER", "MAYO")
TABLES = ("a", "b")
ENDS = ("lower_limit", "upper_limit")
NEVER_READ = "D"
LOW = ("very_low", "low")


@dataclass(frozen=True)
class Limits:
    """The lowest and highest lower limit, and upper limit, of the tables in use; g/L (IgE:
    k[IU]/L). None where no table has one."""

    lower_min: float | None
    lower_max: float | None
    upper_min: float | None
    upper_max: float | None

    @classmethod
    def of(cls, lower: Iterable[float | None], upper: Iterable[float | None]) -> Limits:
        """Of the lower and the upper limits of each table."""
        low, high = ([each for each in of if each is not None] for of in (lower, upper))
        ends = (min(low, default=None), max(low, default=None))
        return cls(*ends, min(high, default=None), max(high, default=None))

    def class_of(self, comparator: str | None, value: float) -> str:
        """The class of a value; very low is not told from low here."""
        low, low_max = self.lower_min or 0.0, self.lower_max or 0.0
        high_min = inf if self.upper_min is None else self.upper_min
        high = inf if self.upper_max is None else self.upper_max
        if comparator in ("<", "<="):
            return "low" if value <= low else "censored_unresolved"
        if comparator in (">", ">="):
            return "high" if value >= high else "censored_unresolved"
        if value < low_max:
            return "low" if value < low else "borderline_low"
        if value > high_min:
            return "high" if value > high else "borderline_high"
        return "normal"


@cache
def drawn_tables() -> dict[str, dict[str, dict[str, str]]]:
    """Name -> analyte -> row of pack_limit.csv; what a set does not say is as in the first."""
    with (FOLDER / "pack_limit.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first = {row["analyte"]: row for row in rows if row["limits"] == rows[0]["limits"]}
    return {
        name: first | {row["analyte"]: row for row in rows if row["limits"] == name}
        for name in dict.fromkeys(row["limits"] for row in rows)
    }


def limits_at(name: str, analyte: str, sex: str, age_days: int | None) -> Limits | None:
    """The limits of a set at an age; None where it has none."""
    if age_days is None:
        return None
    if name != PUBLISHED:
        row = drawn_tables()[name].get(analyte)
        if row is None:
            return None
        lower = [float(row[f"lower_limit_{table}"]) for table in TABLES]
        return Limits.of(lower, [float(row[f"upper_limit_{table}"]) for table in TABLES])
    found = list(_published(analyte, sex, age_days))
    if not found:
        return None
    return Limits.of((low for low, _ in found), (high for _, high in found))


def _published(
    analyte: str, sex: str, age_days: int
) -> Iterator[tuple[float | None, float | None]]:
    """(lower, upper) of the default tables; an adult's IgM is never asked below the floor."""
    floor = 0.0
    if analyte == "igm" and age_days >= rule_parameter("adult_from_days"):
        floor = rule_parameter("adult_igm_lower_limit_g_per_l")
    for row in published_rows():
        until = float(row["age_high_days"] or "inf")
        if (
            row["analyte"] == analyte
            and row["sex"] in ("U", sex)
            and float(row["age_low_days"]) <= age_days < until
        ):
            low, high = (float(row[name]) if row[name] else None for name in ENDS)
            yield low if low is None else max(low, floor), high


@cache
def published_rows() -> tuple[Mapping[str, str], ...]:
    """The rows of the default tables that were read at their source."""
    return tuple(
        row
        for row in knowledge_rows("reference_interval")
        if row["table_id"] in DEFAULT_TABLES and row["certainty"] != NEVER_READ
    )


def limits_of(
    results: Iterable[tuple[DrawnResult, str, int | None]], is_published: bool
) -> str | None:
    """The first set by which each result (drawn, sex, age in days) has the class that it is drawn
    with; None where there is none. Published patients ask the default tables first."""
    asked = list(results)
    names = [*drawn_tables(), PUBLISHED]
    if is_published:
        names = [PUBLISHED, *drawn_tables()]
    return next((name for name in names if all(_holds(name, *one) for one in asked)), None)


def _holds(name: str, result: DrawnResult, sex: str, age_days: int | None) -> bool:
    if result.class_name == "not_classed":
        return True
    limits = limits_at(name, result.analyte, sex, age_days)
    if limits is None:
        return False
    said = "low" if result.class_name in LOW else result.class_name
    return limits.class_of(result.comparator, result.value) == said
