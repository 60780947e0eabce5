"""The canaries: invented patients whose end under the rules is known (knowledge/canary*.csv)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from transforms.knowledge import load_knowledge

ISOTYPES = ("igg", "iga", "igm")
AT = time(8, 40)  # of the day on which canaries are sampled
SENT_AFTER = timedelta(hours=3)


@dataclass(frozen=True)
class Sample:
    """One sample of a canary as it is sent; `sending` 2 corrects 1. `g_per_l` by isotype."""

    number: int
    sending: int
    days_before: int
    g_per_l: Mapping[str, float]


@dataclass(frozen=True)
class Canary:
    """One invented patient. `states` is his end by rule, of the screened and of the others."""

    name: str
    sex: str
    born_days_before: int
    needs_exposures: bool
    samples: tuple[Sample, ...]
    exposures: tuple[Mapping[str, Any], ...]
    states: Mapping[bool, Mapping[str, str]]

    @property
    def n_sent(self) -> int:
        """How many results are sent of it."""
        return len(self.samples) * len(ISOTYPES)

    @property
    def n_last(self) -> int:
        """How many of them no later sending corrects."""
        return len({sample.number for sample in self.samples}) * len(ISOTYPES)


@dataclass(frozen=True)
class Person:
    """A canary of one feed on one night: his dates and his number there.

    `label` is the canary's name, with the isotype and a number where it stands for another way.
    """

    canary: Canary
    facility: str
    as_of: date
    label: str

    @property
    def birth_date(self) -> date:
        return self.as_of - timedelta(days=self.canary.born_days_before)

    def collected_at(self, sample: Sample) -> datetime:
        return self.day(sample.days_before)

    def sent_at(self, sample: Sample) -> datetime:
        """When the sample's result was sent; a correction the day after what it corrects, since
        some feeds state no more than the day."""
        return self.collected_at(sample) + SENT_AFTER + timedelta(days=sample.sending - 1)

    def day(self, days_before: int) -> datetime:
        return datetime.combine(self.as_of - timedelta(days=days_before), AT)

    def number(self, about: str = "patient", like: str | None = None) -> str:
        """A number of nobody: the same each night, all digits where `like` is."""
        told = f"{self.facility} {self.label} {about}"
        digits = int(hashlib.sha256(told.encode()).hexdigest(), 16)
        shown = f"{digits % 10**9:09d}"
        return f"7{shown}" if like and like.isdigit() else f"CN{shown}"


@cache
def canaries() -> tuple[Canary, ...]:
    """Every canary of the knowledge tables, in their order."""
    rows = {name: table.to_pylist() for name, table in load_knowledge().items()}
    return tuple(_canary(row, rows) for row in rows["canary"])


def _canary(row: Mapping[str, Any], rows: Mapping[str, list[dict[str, Any]]]) -> Canary:
    name = row["canary_id"]
    mine = {
        table: [r for r in rows[table] if r["canary_id"] == name]
        for table in ("canary_sample", "canary_state", "canary_exposure")
    }
    states: dict[bool, dict[str, str]] = {}
    for state in mine["canary_state"]:
        states.setdefault(state["is_screened"], {})[state["rule_id"]] = state["status"]
    return Canary(
        name,
        row["sex"],
        row["born_days_before"],
        row["needs_exposures"],
        tuple(
            Sample(
                r["sample"],
                r["sending"],
                r["days_before"],
                {isotype: r[f"{isotype}_g_per_l"] for isotype in ISOTYPES},
            )
            for r in mine["canary_sample"]
        ),
        tuple(mine["canary_exposure"]),
        states,
    )
