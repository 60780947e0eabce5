"""Unknown whole numbers of which somebody knows limits and sums: how far can each be told?

Mixed-integer programmes of SciPy (HiGHS): the least and the greatest value of each unknown, exact.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

Name = Hashable
Range = tuple[float, float]


class Contradiction(Exception):
    """No numbers are as was said: what was said of them is not true."""


class Unknowns:
    """Names of whole numbers from 0 on, with what is said of them."""

    def __init__(self) -> None:
        self.limits: dict[Name, Range] = {}
        self.sums: list[tuple[dict[Name, int], Range]] = []

    def between(self, name: Name, least: float, most: float) -> Name:
        """The unknown lies there, ends included; said twice, in both."""
        known_least, known_most = self.limits.get(name, (0, math.inf))
        self.limits[name] = (max(least, known_least), min(most, known_most))
        return name

    def is_sum(self, whole: Name, parts: list[Name]) -> None:
        """The parts are all that the whole consists of."""
        self._said({whole: 1, **dict.fromkeys(parts, -1)}, (0, 0))

    def is_within(self, whole: Name, parts: list[Name]) -> None:
        """The parts are some of the whole."""
        self._said({whole: 1, **dict.fromkeys(parts, -1)}, (0, math.inf))

    def _said(self, weights: dict[Name, int], limits: Range) -> None:
        for name in weights:
            self.between(name, 0, math.inf)
        self.sums.append((weights, limits))

    def ranges(self) -> Mapping[Name, Range]:
        """The least and the greatest that each can be. Raises Contradiction."""
        names = list(self.limits)
        place = {name: n for n, name in enumerate(names)}
        bounds = Bounds(*np.array([self.limits[name] for name in names], dtype=float).T)
        constraints = self._constraints(place)
        return {
            name: (
                _end(place[name], 1, len(names), bounds, constraints),
                _end(place[name], -1, len(names), bounds, constraints),
            )
            for name in names
        }

    def _constraints(self, place: Mapping[Name, int]) -> list[LinearConstraint]:
        if not self.sums:
            return []
        cells = [
            (row, place[name], weight)
            for row, (weights, _) in enumerate(self.sums)
            for name, weight in weights.items()
        ]
        rows, columns, weights = zip(*cells, strict=True)
        shape = (len(self.sums), len(place))
        matrix = coo_array((weights, (rows, columns)), shape=shape).tocsr()
        lower, upper = np.array([limits for _, limits in self.sums], dtype=float).T
        return [LinearConstraint(matrix, lower, upper)]


def _end(
    place: int, sign: int, n: int, bounds: Bounds, constraints: list[LinearConstraint]
) -> float:
    """The least (sign 1) or the greatest (sign -1) of one unknown."""
    aim = np.zeros(n)
    aim[place] = sign
    found = milp(aim, integrality=np.ones(n), bounds=bounds, constraints=constraints)
    if found.status in (3, 4) and found.x is None:  # without an end
        return math.inf
    if found.x is None:
        raise Contradiction(found.message)
    return round(found.x[place])
