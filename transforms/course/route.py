"""Other patterns worth a look beside a flag: the decision table knowledge/route.csv."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from transforms.course.exposure import Exposures
from transforms.course.panel import ANALYTES, Panel


@dataclass(frozen=True)
class Route:
    """One row: every filled cell must hold. Ages in days, half-open; classes as rules 9.1;
    of the IgG subclasses named any one that is low."""

    route: str
    sex: str | None
    age_low_days: float | None
    age_high_days: float | None
    classes: tuple[tuple[str, frozenset[str]], ...]
    low_igg_subclasses: frozenset[str]
    igg_below_g_per_l: float | None
    ige_above_upper_limits: float | None
    event: str | None
    exposure_groups: frozenset[str]
    unless_exposure_groups: frozenset[str]

    def fits(self, panel: Panel, events: Collection[str | None], exposures: Exposures) -> bool:
        if (self.event and self.event not in events) or (
            self.exposure_groups and not exposures.rows
        ):
            return False
        for analyte, classes in self.classes:  # few pass: asked first
            if panel.of(analyte).class_ not in classes:
                return False
        return bool(
            self._fits_person(panel)
            and self._fits_values(panel)
            and (not self.low_igg_subclasses or self.low_igg_subclasses & panel.low_igg_subclasses)
            and (not self.exposure_groups or self.exposure_groups & exposures.groups())
            and not self.unless_exposure_groups & exposures.active_groups(panel.day)
        )

    def _fits_person(self, panel: Panel) -> bool:
        if self.sex not in (None, panel.sex):
            return False
        if self.age_low_days is None and self.age_high_days is None:
            return True
        if panel.age_days is None:
            return False
        is_old_enough = panel.age_days >= (self.age_low_days or 0)
        return is_old_enough and (self.age_high_days is None or panel.age_days < self.age_high_days)

    def _fits_values(self, panel: Panel) -> bool:
        igg, ige = panel.igg, panel.ige
        if self.igg_below_g_per_l is not None and (
            igg.value is None or igg.value >= self.igg_below_g_per_l
        ):
            return False
        if self.ige_above_upper_limits is None:
            return True
        return ige.upper_limit is not None and ige.exceeds(
            self.ige_above_upper_limits * ige.upper_limit
        )


def load_routes(route: pa.Table) -> tuple[Route, ...]:
    return tuple(_route(row) for row in route.to_pylist())


def routes_of(
    routes: Iterable[Route],
    panel: Panel,
    events: Collection[str | None],
    exposures: Exposures,
) -> list[str]:
    """Names of the routes that fit the panel which decided a state, sorted, each once.

    events: what the panel was read as, and what else of a route's event is true.
    """
    return sorted({r.route for r in routes if r.fits(panel, events, exposures)})


def _route(row: Mapping[str, Any]) -> Route:
    return Route(
        route=row["route"],
        sex=row["sex"],
        age_low_days=_number(row["age_low_days"]),
        age_high_days=_number(row["age_high_days"]),
        classes=tuple((a, _set(row[a])) for a in ANALYTES if row[a]),
        low_igg_subclasses=_set(row["low_igg_subclasses"]),
        igg_below_g_per_l=_number(row["igg_below_g_per_l"]),
        ige_above_upper_limits=_number(row["ige_above_upper_limits"]),
        event=row["event"],
        exposure_groups=_set(row["exposure_group"]),
        unless_exposure_groups=_set(row["unless_exposure_group"]),
    )


def _number(cell: str | float | None) -> float | None:
    return None if cell is None else float(cell)


def _set(cell: str | None) -> frozenset[str]:
    return frozenset(cell.split("|")) if cell else frozenset()
