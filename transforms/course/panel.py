"""One result that a rule follows with the nearest other isotypes: a row of core.panel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import repeat
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

ANALYTES = ("igg", "iga", "igm", "ige")
LOW = frozenset({"very_low", "low"})
UNKNOWN = frozenset({None, "censored_unresolved", "not_classed"})


class Isotype(NamedTuple):
    """One isotype of a panel; class and value are None where it was not measured.

    value in g/L (IgE: k[IU]/L). upper_limit is the highest of the tables in use, IgE only.
    days_after: days from the index result to the sample of this one, negative where it is older.
    """

    class_: str | None = None
    value: float | None = None
    comparator: str | None = None
    measurement_id: str | None = None
    upper_limit: float | None = None
    days_after: int | None = None

    @property
    def is_low(self) -> bool:
        return self.class_ in LOW

    @property
    def is_very_low(self) -> bool:
        return self.class_ == "very_low"

    @property
    def is_high(self) -> bool:
        return self.class_ == "high"

    @property
    def is_unknown(self) -> bool:
        return self.class_ in UNKNOWN

    @property
    def is_since(self) -> bool:
        """Measured in the sample of the index result or later, not carried over from before."""
        return self.class_ is not None and (self.days_after or 0) >= 0

    def exceeds(self, limit: float) -> bool:
        """Above the limit, or censored at it or above ('>10' exceeds 10)."""
        if self.value is None:
            return False
        return self.value > limit or (self.comparator == ">" and self.value >= limit)

    def is_below(self, limit: float) -> bool:
        """Below the limit, or censored at it or below ('<1' is below 1)."""
        if self.value is None:
            return False
        if self.comparator in ("<", "<="):
            return self.value <= limit
        return self.comparator is None and self.value < limit


class Panel(NamedTuple):
    """A result and its panel. age_days is None where the birth date is not known.

    isotypes: the isotypes of the panel by analyte, each of ANALYTES.
    igg_subclasses: those measured within the window; low_igg_subclasses: the low ones of them.
    """

    measurement_id: str
    index_analyte: str
    patient_key: str
    facility: str
    laboratory: str | None
    collected_at: datetime
    age_days: int | None
    sex: str | None
    lower_limit_min: float | None
    lower_limit_max: float | None
    day: date
    isotypes: Mapping[str, Isotype]
    igg_subclasses: frozenset[str] = frozenset()
    low_igg_subclasses: frozenset[str] = frozenset()

    @property
    def index_isotype(self) -> Isotype:
        return self.isotypes[self.index_analyte]

    def of(self, analyte: str) -> Isotype:
        """An isotype of the panel, one without class and value where it was not measured."""
        return self.isotypes[analyte]

    @property
    def igg(self) -> Isotype:
        return self.isotypes["igg"]

    @property
    def iga(self) -> Isotype:
        return self.isotypes["iga"]

    @property
    def igm(self) -> Isotype:
        return self.isotypes["igm"]

    @property
    def ige(self) -> Isotype:
        return self.isotypes["ige"]

    def is_younger_than(self, age_days: float) -> bool:
        return self.age_days is not None and self.age_days < age_days

    def is_at_least(self, age_days: float) -> bool:
        return self.age_days is not None and self.age_days >= age_days

    @property
    def is_strong(self) -> bool:
        """IgG and IgA low and IgM high (rules 9.3)."""
        return self.igg.is_low and self.iga.is_low and self.igm.is_high

    @property
    def speaks(self) -> bool:
        """IgA very low and IgM high, which speak where IgG cannot be read or is borderline."""
        return self.iga.is_very_low and self.igm.is_high

    @property
    def is_second_form(self) -> bool:
        return self.igg.class_ == "borderline_low" and self.speaks


def read_panels(panels: pa.Table) -> Iterator[Panel]:
    """Rows of core.panel in the order given."""
    plain = [panels[name].to_pylist() for name in Panel._fields[:PLAIN]]
    days = (collected_at.date() for collected_at in panels["collected_at"].to_pylist())
    isotypes = zip(*(_isotypes(panels, analyte) for analyte in ANALYTES), strict=True)
    by_analyte = (dict(zip(ANALYTES, together, strict=True)) for together in isotypes)
    subclasses = [map(frozenset, panels[name].to_pylist()) for name in SUBCLASSES]
    yield from map(Panel, *plain, days, by_analyte, *subclasses)


PLAIN = Panel._fields.index("day")
SUBCLASSES = ("igg_subclasses", "low_igg_subclasses")


def _isotypes(panels: pa.Table, analyte: str) -> Iterator[Isotype]:
    columns = [f"{analyte}_{name}" for name in ("class", "value", "comparator", "measurement_id")]
    given = [panels[name].to_pylist() for name in columns]
    if analyte == "ige":
        return map(Isotype, *given, panels["ige_upper_limit_max"].to_pylist())
    return map(Isotype, *given, repeat(None), _days_after(panels, analyte))


def _days_after(panels: pa.Table, analyte: str) -> list[int | None]:
    """From the day of each panel to that of its isotype."""
    days = (_day_number(panels[name]) for name in (f"{analyte}_collected_at", "collected_at"))
    return pc.subtract(*days).to_pylist()


def _day_number(collected_at: pa.ChunkedArray) -> pa.ChunkedArray:
    return collected_at.cast(pa.date32()).cast(pa.int32())
