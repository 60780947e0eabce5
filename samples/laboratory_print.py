"""Results as one laboratory prints them, made of values in g/L: rounded, with range and flag.

It takes whole arrays and works out each range once, because a region has a million results.
"""

from __future__ import annotations

from functools import lru_cache
from math import isnan

import numpy as np

from samples.course import ISOTYPES
from samples.limits import TABLES, limits
from samples.order import PER_DECILITRE, Result, range_text, value_text


class LaboratoryPrint:
    """Prints in one unit (g/L or mg/dL) with the ranges of one table."""

    def __init__(self, table: str, units: str) -> None:
        self.units = units
        self.scale = 1 if units == "g/L" else PER_DECILITRE
        self.limits = {isotype: limits(isotype, (table,)) for isotype in ISOTYPES}
        self.ranges = {isotype: self._ranges(isotype) for isotype in ISOTYPES}

    def _ranges(self, isotype: str) -> list[tuple[float, float, str]]:
        """Lower limit, upper limit and printed range of each age band; '' where there is none."""
        limit = self.limits[isotype].limit
        lower = (limit["lower_limit_min"] * self.scale).tolist()
        upper = (limit["upper_limit_min"] * self.scale).tolist()
        return [
            (low, high, "" if isnan(high) else range_text((low, high)))
            for low, high in zip(lower, upper, strict=True)
        ]

    def results(
        self, value: dict[str, np.ndarray], age_days: np.ndarray
    ) -> list[tuple[Result, ...]]:
        """The three results of each panel; arrays hold one entry per panel."""
        columns = [self._column(isotype, value[isotype], age_days) for isotype in ISOTYPES]
        return list(zip(*columns, strict=True))

    def _column(self, isotype: str, values: np.ndarray, age_days: np.ndarray) -> list[Result]:
        band = np.searchsorted(self.limits[isotype].from_age_days, age_days, side="right") - 1
        ranges = self.ranges[isotype]
        pairs = zip(values.tolist(), band.tolist(), strict=True)
        return [self._result(isotype, value, *ranges[i]) for value, i in pairs]

    def _result(self, isotype: str, value: float, low: float, high: float, printed: str) -> Result:
        text = value_text(isotype, value, self.units)
        number = value * self.scale
        flag = "L" if number < low else "H" if number > high else "N"
        return Result(isotype, text, self.units, printed, flag if printed else "", "F")


@lru_cache
def laboratory_print(table: str, units: str) -> LaboratoryPrint:
    """One per table and unit. Raises ValueError for a table that is not in use."""
    if table not in TABLES:
        raise ValueError(f"{table} is not one of {', '.join(TABLES)}")
    return LaboratoryPrint(table, units)
