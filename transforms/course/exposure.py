"""What a patient was exposed to, and what of it was in force on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import pyarrow as pa

TOTALS = ("igg", "iga", "igm")
REPLACEMENT = "immunoglobulin_replacement"
MONOCLONAL = "monoclonal"
# what a rule asks by the isotype that it lowers; every other effect bears on every rule
DIRECTED = frozenset({"definite", "possible", "suspected"})
CAUSE = frozenset({"definite", "possible", MONOCLONAL})
SUSPECTED = "suspected"
UNREVIEWED = "unreviewed_drug"
UNRECOGNISED = "unrecognised_drug"
DOUBT = frozenset({SUSPECTED, UNREVIEWED, UNRECOGNISED})
NOTE = "note"
ASSUMED_ENDS = frozenset({"limit", "filler"})  # core.exposure: an end that nobody stated
KNOWN_DISEASE = "known_immunodeficiency"


class Cause(NamedTuple):
    """What may explain a result: a group of exposures, the day from which it may, and its name."""

    effect: str
    group: str
    since: date | None = None
    name: str | None = None
    raises_igm: bool = False


@dataclass(frozen=True)
class Exposure:
    """A row of core.exposure. active_until holds the look-back; None is open, both ends. end_date
    is one that was stated or that follows from what was given, not the limit of one that is open.

    lowers: the isotypes that it lowers. raises_igm: it may explain a high IgM.
    """

    effect: str
    exposure_group: str
    start_date: date | None
    end_date: date | None
    active_until: date | None
    lowers: frozenset[str] = frozenset(TOTALS)
    raises_igm: bool = False
    name: str | None = None

    def is_active(self, day: date) -> bool:
        """From the first day to the last day of the look-back, both included."""
        began = self.start_date is None or self.start_date <= day
        return began and (self.active_until is None or day <= self.active_until)

    def bears_on(self, index_analyte: str) -> bool:
        """Whether a rule that follows this isotype asks for it."""
        return self.effect not in DIRECTED or index_analyte in self.lowers


@dataclass(frozen=True)
class Exposures:
    """All exposures of one patient that bear on one rule."""

    rows: tuple[Exposure, ...] = ()

    def with_effect(self, *effects: str) -> Iterable[Exposure]:
        return (row for row in self.rows if row.effect in effects)

    def active(self, day: date, *effects: str) -> tuple[Cause, ...]:
        """What of these effects is in force on the day: each once, from its earliest start."""
        found: dict[tuple[str, str, str], Cause] = {}
        for row in self.with_effect(*effects):
            if row.is_active(day):
                cause = _cause(row)
                key = (row.exposure_group or "", row.effect, row.name or "")
                before = found.get(key)
                if before is None or _earlier(cause.since, before.since):
                    found[key] = cause
        return tuple(found[key] for key in sorted(found))

    def causes(self, day: date) -> tuple[Cause, ...]:
        """The secondary causes in force on the day, definite, possible or monoclonal."""
        return self.active(day, *CAUSE)

    def known_disease(self, labels: frozenset[str]) -> tuple[Cause, ...]:
        """What is inborn, whatever its date. labels: groups that only name the pattern itself."""
        rows = self.with_effect(KNOWN_DISEASE)
        found = {r.exposure_group: _cause(r) for r in rows if r.exposure_group not in labels}
        return tuple(found[group] for group in sorted(found))

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

    def cleared_by_electrophoresis(self, day: date, before_days: float, after_days: float) -> bool:
        """Whether one without a monoclonal protein is near: so long before it to so long after.
        One without a day clears nothing."""
        return any(
            done - timedelta(days=before_days) <= day <= done + timedelta(days=after_days)
            for row in self.with_effect("spep_negative")
            if (done := row.start_date)
        )

    def groups(self) -> frozenset[str]:
        return frozenset(row.exposure_group for row in self.rows)

    def effects(self) -> frozenset[str]:
        return frozenset(row.effect for row in self.rows)

    def active_groups(self, day: date) -> frozenset[str]:
        return frozenset(row.exposure_group for row in self.rows if row.is_active(day))

    def has(self, effect: str) -> bool:
        return any(True for _ in self.with_effect(effect))

    def of_index(self, index_analyte: str) -> Exposures:
        """Those that a rule asks for which follows this isotype."""
        return Exposures(tuple(row for row in self.rows if row.bears_on(index_analyte)))


def read_exposures(exposures: pa.Table, as_of: date) -> dict[str, Exposures]:
    """patient_key -> what bears on the rules and has begun by as_of."""
    by_patient: dict[str, list[Exposure]] = {}
    for row in exposures.to_pylist():
        if row["effect"] and (row["start_date"] is None or row["start_date"] <= as_of):
            exposure = Exposure(
                effect=row["effect"],
                exposure_group=row["exposure_group"],
                start_date=row["start_date"],
                end_date=None if row.get("end_known_by") in ASSUMED_ENDS else row["end_date"],
                active_until=row["active_until"],
                lowers=frozenset(total for total in TOTALS if row.get(f"lowers_{total}")),
                raises_igm=bool(row.get("raises_igm")),
                name=_name(row),
            )
            by_patient.setdefault(row["patient_key"], []).append(exposure)
    return {key: Exposures(tuple(rows)) for key, rows in by_patient.items()}


def _cause(row: Exposure) -> Cause:
    return Cause(row.effect, row.exposure_group, row.start_date, row.name, row.raises_igm)


def _name(row: Mapping[str, Any]) -> str | None:
    """As sent; the code where no name was."""
    return row.get("name") or row.get("code")


def _earlier(one: date | None, other: date | None) -> bool:
    """No day at all is the earliest."""
    return other is not None and (one is None or one < other)
