"""A facility's own tables of limits, `facility/<name>.limits.csv`: complete, signed, with a source.

A table that left an age out, or that nobody approved, would decide in silence, so it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from math import inf
from pathlib import Path
from typing import Any

import pyarrow as pa

from transforms.parse.facility.facility_file import FacilityError
from transforms.parse.facility.own_table import read_table

COLUMNS = (
    "table_id",
    "analyte",
    "sex",
    "age_low_days",
    "age_high_days",
    "lower_limit",
    "upper_limit",
    "unit",
    "certainty",
    "source",
    "approved_by",
    "approved_on",
)
MUST_BE_FILLED = ("table_id", "source", "approved_by", "approved_on")
# D: from memory, never read at its source, so it must not decide
DECIDING_CERTAINTIES = ("A", "B", "C")
SEXES = {"U": ("F", "M"), "F": ("F",), "M": ("M",)}


class LimitError(FacilityError):
    """A facility's limits that cannot be used; one line with file, line, fault and mend."""


def read_limits(
    folder: Path, facility: str, published: pa.Table, units: Mapping[str, str]
) -> pa.Table:
    """The rows of `<folder>/<facility>.limits.csv` as rows of `published` (reference_interval).

    units: analyte -> the unit in which its limits stand. Ages in days, half-open; an empty
    age_high_days is open. Raises LimitError.
    """
    path = folder / f"{facility}.limits.csv"
    if not path.exists() and not path.is_symlink():
        return published.schema.empty_table()
    taken = set(published["table_id"].to_pylist())
    header, lines = read_table(path, LimitError)
    if header != COLUMNS:
        raise LimitError(f"{path.name}:", f"header must be {','.join(COLUMNS)}")
    rows = [_row(f"{path.name}, line {number}", line, taken, units) for number, line in lines]
    _check_bands(path.name, rows)
    return pa.Table.from_pylist(rows, published.schema)


def _row(
    place: str, row: Mapping[str, str | None], taken: set[str], units: Mapping[str, str]
) -> dict[str, object]:
    cell = {name: (row[name] or "").strip() for name in COLUMNS}
    empty = [name for name in MUST_BE_FILLED if not cell[name]]
    if empty:
        raise LimitError(f"{place}: {', '.join(empty)} must be filled", "who approved, and when")
    if "+" in cell["table_id"] or cell["table_id"] in taken:
        raise LimitError(f"{place}:", "table_id must hold no + and be no published table's")
    if cell["unit"] != units.get(cell["analyte"]):
        raise LimitError(
            f"{place}:",
            f"analyte must be one of {', '.join(sorted(units))}, its limits in "
            f"{units.get(cell['analyte'], 'its own unit')}",
        )
    if cell["sex"] not in SEXES:
        raise LimitError(f"{place}:", "sex must be F, M or U (either)")
    if cell["certainty"] not in DECIDING_CERTAINTIES:
        raise LimitError(f"{place}: certainty must be A, B or C", "what was not read cannot decide")
    _day(place, cell["approved_on"])
    return {
        **{name: cell[name] for name in ("table_id", "analyte", "sex", "unit", "certainty")},
        "age_low_days": _number(place, "age_low_days", cell["age_low_days"]),
        "age_high_days": _number(place, "age_high_days", cell["age_high_days"] or None),
        "lower_limit": _number(place, "lower_limit", cell["lower_limit"]),
        "upper_limit": _number(place, "upper_limit", cell["upper_limit"]),
        "source_id": cell["source"],
        "note": f"approved by {cell['approved_by']} on {cell['approved_on']}",
    }


def _number(place: str, name: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        raise LimitError(f"{place}:", f"{name} must be a number with a decimal point") from None
    if not 0 <= number < inf:
        raise LimitError(f"{place}:", f"{name} must not be negative or endless")
    return number


def _day(place: str, text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise LimitError(f"{place}:", "approved_on must be a date, written YYYY-MM-DD") from None


def _check_bands(name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Check that each lower limit is below its upper, and that a sex's age bands meet exactly.

    Where bands leave a gap or overlap, an age has no limits or two. Raises LimitError.
    """
    bands: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for row in rows:
        low, high = row["age_low_days"], row["age_high_days"]
        if row["lower_limit"] >= row["upper_limit"]:
            raise LimitError(
                f"{name}: a lower limit of {row['table_id']} is not below its upper",
                "correct that row",
            )
        for sex in SEXES[row["sex"]]:
            key = (row["table_id"], row["analyte"], sex)
            bands.setdefault(key, []).append((low, inf if high is None else high))
    for (table, analyte, sex), ages in bands.items():
        ages.sort()
        following = [*(low for low, _ in ages[1:]), None]
        for (low, high), after in zip(ages, following, strict=True):
            what = f"{name}: {table}, {analyte}, {sex}: the band from {low:g} days"
            if low >= high:
                raise LimitError(f"{what} ends before it begins", "correct its ages")
            if after is not None and after != high:
                fault = "leaves a gap" if after > high else "overlaps the next"
                raise LimitError(f"{what} {fault}", "let it end where the next begins")
