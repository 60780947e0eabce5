"""Values in g/L to results as one laboratory prints them: rounded, with its range and verdict."""

from __future__ import annotations

from functools import lru_cache
from math import isnan

import numpy as np

from samples.course import ISOTYPES
from samples.feed import Line
from samples.limits import TABLES, limits
from samples.order import PER_DECILITRE, range_text, value_text


class Printer:
    """Prints in one unit (g/L or mg/dL) with the ranges of one table."""

    def __init__(self, table: str, units: str) -> None:
        self.units = units
        self.scale = 1 if units == "g/L" else PER_DECILITRE
        self.limits = {isotype: limits(isotype, (table,)) for isotype in ISOTYPES}
        self.ranges = {isotype: self._ranges(isotype) for isotype in ISOTYPES}

    def _ranges(self, isotype: str) -> list[tuple[float, float, str]]:
        corner = self.limits[isotype].corner
        lower, upper = (
            corner["lower_limit_min"] * self.scale,
            corner["upper_limit_min"] * self.scale,
        )
        limits_of_bands = list(zip(lower.tolist(), upper.tolist(), strict=True))
        texts = ["" if isnan(high) else range_text((low, high)) for low, high in limits_of_bands]
        return [(*pair, text) for pair, text in zip(limits_of_bands, texts, strict=True)]

    def lines(self, value: dict[str, np.ndarray], age_days: np.ndarray) -> list[tuple[Line, ...]]:
        """The three results of each panel; arrays hold one entry per panel."""
        columns = [self._column(isotype, value[isotype], age_days) for isotype in ISOTYPES]
        return list(zip(*columns, strict=True))

    def _column(self, isotype: str, values: np.ndarray, age_days: np.ndarray) -> list[Line]:
        band = np.searchsorted(self.limits[isotype].edge, age_days, side="right") - 1
        ranges = self.ranges[isotype]
        pairs = zip(values.tolist(), band.tolist(), strict=True)
        return [self._line(isotype, value, *ranges[i]) for value, i in pairs]

    def _line(self, isotype: str, value: float, low: float, high: float, printed: str) -> Line:
        text = value_text(isotype, value, self.units)
        number = value * self.scale
        verdict = "L" if number < low else "H" if number > high else "N"
        return Line(isotype, text, self.units, printed, verdict if printed else "", "F")


@lru_cache
def printer(table: str, units: str) -> Printer:
    """One printer per table and unit. Raises ValueError for a table that is not in use."""
    if table not in TABLES:
        raise ValueError(f"{table} is not one of {', '.join(TABLES)}")
    return Printer(table, units)
