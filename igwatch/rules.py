"""The rules that a home's facilities signed for themselves: `facility/<name>.rules.csv`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pyarrow as pa

from igwatch.home import Home
from transforms.course.override import NO_OVERRIDE, read_overrides
from transforms.knowledge import load_knowledge


def facility_rules(home: Home, facilities: Iterable[str]) -> pa.Table:
    """What these facilities override (override.NO_OVERRIDE). Raises OverrideError."""
    common = load_knowledge()["rule_parameter"]
    own = [read_overrides(home.facility, name, common) for name in sorted(facilities)]
    return pa.concat_tables([NO_OVERRIDE.empty_table(), *own])


def reviews_due(home: Home, facilities: Iterable[str], today: date) -> list[str]:
    """A line for each set of rules that nobody has signed or whose review is overdue."""
    told = _told("the common rules", load_knowledge()["rule_parameter"], today)
    own = facility_rules(home, facilities)
    for name in sorted(set(own["facility"].to_pylist())):
        mine = [row for row in own.to_pylist() if row["facility"] == name]
        told += _told(f"the rules of {name}", pa.Table.from_pylist(mine, own.schema), today)
    return told


def _told(whose: str, rules: pa.Table, today: date) -> list[str]:
    dates = rules["next_review_on"].to_pylist()
    version = rules["version"].to_pylist()[0]
    unsigned = sum(day is None for day in dates)
    overdue = sorted(day for day in dates if day is not None and day < today)
    said = []
    if unsigned:
        said.append(f"{whose} ({version}): {unsigned} of {len(dates)} parameters not signed yet")
    if overdue:
        said.append(
            f"{whose} ({version}): review of {len(overdue)} parameters overdue since {overdue[0]}"
        )
    return said
