"""What a patient was exposed to, and what of it was in force on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

CAUSE = frozenset({"definite", "possible", "monoclonal"})
REPLACEMENT = "immunoglobulin_replacement"


@dataclass(frozen=True)
class Exposure:
    """A row of core.exposure. active_until holds the look-back; None is open, both ends."""

    effect: str
    exposure_group: str
    applies_to: frozenset[str]
    start_date: date | None
    end_date: date | None
    active_until: date | None

    def is_active(self, day: date) -> bool:
        """From the first day to the last day of the look-back, both included."""
        began = self.start_date is None or self.start_date <= day
        return began and (self.active_until is None or day <= self.active_until)


@dataclass(frozen=True)
class Exposures:
    """All exposures of one patient that bear on one rule."""

    rows: tuple[Exposure, ...] = ()

    def with_effect(self, *effects: str) -> Iterable[Exposure]:
        return (row for row in self.rows if row.effect in effects)

    def causes(self, day: date) -> tuple[str, ...]:
        """Groups of the secondary causes in force on the day, definite or possible."""
        active = (row for row in self.with_effect(*CAUSE) if row.is_active(day))
        return tuple(sorted({row.exposure_group for row in active}))

    def on_replacement(self, day: date) -> bool:
        return any(row.is_active(day) for row in self.with_effect(REPLACEMENT))

    def replacement_starts(self) -> list[date]:
        return sorted({r.start_date for r in self.with_effect(REPLACEMENT) if r.start_date})

    def in_acute_illness(self, day: date, window_days: float) -> bool:
        """Within the window after the trigger, which is the last day stated for the illness."""
        window = timedelta(days=window_days)
        return any(
            (row.start_date or trigger) <= day <= trigger + window
            for row in self.with_effect("acute_illness")
            if (trigger := row.end_date or row.start_date)
        )

    def groups(self) -> frozenset[str]:
        return frozenset(row.exposure_group for row in self.rows)

    def active_groups(self, day: date) -> frozenset[str]:
        return frozenset(row.exposure_group for row in self.rows if row.is_active(day))

    def has(self, effect: str) -> bool:
        return any(True for _ in self.with_effect(effect))

    def of_rule(self, rule_id: str) -> Exposures:
        return Exposures(tuple(row for row in self.rows if rule_id in row.applies_to))


def read_exposures(exposures: pa.Table, as_of: date) -> dict[str, Exposures]:
    """patient_key -> what bears on the rules and has begun by as_of."""
    by_patient: dict[str, list[Exposure]] = {}
    for row in exposures.to_pylist():
        if row["effect"] and (row["start_date"] is None or row["start_date"] <= as_of):
            exposure = Exposure(
                effect=row["effect"],
                exposure_group=row["exposure_group"],
                applies_to=frozenset((row["applies_to"] or "").split("|")),
                start_date=row["start_date"],
                end_date=row["end_date"],
                active_until=row["active_until"],
            )
            by_patient.setdefault(row["patient_key"], []).append(exposure)
    return {key: Exposures(tuple(rows)) for key, rows in by_patient.items()}
