"""Published reference limits by age, read from the knowledge tables of transforms.

The samples draw from the limits that igwatch uses, so no clinical number is written down twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from samples.data_file import KNOWLEDGE, rows

TABLES = ("PRU_EXETER", "MAYO")
LIMITS = ("lower_limit_min", "lower_limit_max", "upper_limit_min", "upper_limit_max")


@dataclass(frozen=True)
class Limits:
    """Limits of one analyte in g/L: `limit[name][i]` holds from age `from_age_days[i]` on."""

    from_age_days: np.ndarray
    limit: dict[str, np.ndarray]

    def at(self, age_days: np.ndarray) -> dict[str, np.ndarray]:
        """The lowest and highest lower and upper limits at each age."""
        band = np.searchsorted(self.from_age_days, age_days, side="right") - 1
        return {name: values[band] for name, values in self.limit.items()}


@lru_cache
def limits(analyte: str, tables: tuple[str, ...] = TABLES) -> Limits:
    """The lowest and highest lower and upper limit of `tables` at every age."""
    bands = [_bands(table, analyte) for table in tables]
    starts = np.unique([band[0] for table in bands for band in table])
    found = np.array([[_covering(table, age) for age in starts] for table in bands])
    lower, upper = found[:, :, 0], found[:, :, 1]
    combined = (
        np.fmin.reduce(lower),
        np.fmax.reduce(lower),
        np.fmin.reduce(upper),
        np.fmax.reduce(upper),
    )
    return Limits(starts, dict(zip(LIMITS, combined, strict=True)))


def printed_range(table: str, analyte: str, age_days: float | None) -> tuple[float, float] | None:
    """Lower and upper limit in g/L as one laboratory prints them; None where it has none."""
    if age_days is None:
        return None
    low, high = _covering(_bands(table, analyte), age_days)
    return None if np.isnan(low) or np.isnan(high) else (low, high)


@lru_cache
def _bands(table: str, analyte: str) -> tuple[tuple[float, ...], ...]:
    of_table = [
        row
        for row in rows("reference_interval", KNOWLEDGE)
        if row["table_id"] == table and row["analyte"] == analyte
    ]
    columns = ("age_low_days", "age_high_days", "lower_limit", "upper_limit")
    return tuple(sorted(tuple(_number(row[name]) for name in columns) for row in of_table))


def _number(cell: str) -> float:
    return float(cell) if cell else float("nan")


def _covering(bands: tuple, age_days: float) -> tuple[float, float]:
    for start, end, low, high in bands:
        if start <= age_days and (np.isnan(end) or age_days < end):
            return low, high
    return float("nan"), float("nan")
