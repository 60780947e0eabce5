"""What holds for every patient alike: whose drugs are screened, and how low IgG may lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from transforms.course.panel import Isotype

COMPLETE = "complete"
NO_FEED = "no_exposure_feed"
FROM_MEMORY = "D"  # a limit of this certainty decides nothing


@dataclass(frozen=True)
class Surroundings:
    """screened: facilities whose feed of drugs and diagnoses is a screen. faults: why those of
    another are none, where it has any. labels: names under which the patterns themselves are
    diagnosed, which are no other disease. igg_limits: age in days from, to (half-open) and lower
    limit in g/L of every shipped table."""

    screened: frozenset[str] = frozenset()
    faults: Mapping[str, tuple[str, ...]] | None = None
    labels: frozenset[str] = frozenset()
    igg_limits: tuple[tuple[float, float, float], ...] = ()

    @classmethod
    def of(cls, knowledge: Mapping[str, pa.Table], facilities: pa.Table) -> Surroundings:
        """facilities may have `screening_faults`: why a feed declared complete is no screen."""
        rows = facilities.to_pylist()
        faults = {row["facility"]: tuple(row.get("screening_faults") or ()) for row in rows}
        declared = {row["facility"] for row in rows if row["exposure_feed"] == COMPLETE}
        limits = (
            (row["age_low_days"], row["age_high_days"] or float("inf"), row["lower_limit"])
            for row in knowledge["reference_interval"].to_pylist()
            if row["analyte"] == "igg"
            and row["certainty"] != FROM_MEMORY
            and row["lower_limit"] is not None
        )
        return cls(
            frozenset(name for name in declared if not faults[name]),
            {name: faults[name] for name in declared if faults[name]},
            frozenset(knowledge["rule"]["rule_id"].to_pylist()),
            tuple(sorted(limits)),
        )

    def screening_faults(self, facility: str) -> tuple[str, ...]:
        """Why a result of this facility is not screened for secondary causes; none where it is."""
        if facility in self.screened:
            return ()
        return (self.faults or {}).get(facility, (NO_FEED,))

    def is_below_every_table(self, igg: Isotype, age_days: float) -> bool:
        """Whether an IgG of this age lies below the lower limit of every shipped table."""
        limits = [limit for low, high, limit in self.igg_limits if low <= age_days < high]
        return bool(limits) and igg.is_below(min(limits))
