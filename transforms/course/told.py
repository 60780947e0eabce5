"""What a sentence of knowledge/course_reason.csv may say of a state and of a result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from transforms.course.event import Result
from transforms.course.exposure import UNREVIEWED, Cause
from transforms.course.state import State

ISOTYPE = {"igg": "IgG", "iga": "IgA", "igm": "IgM"}
MONOCLONAL_PROTEIN = "monoclonal protein"


@dataclass(frozen=True)
class Told:
    """One property per name in braces; caps: the sentence of each thing that caps the state."""

    state: State
    result: Result | None
    day: date
    caps: Callable[[State, Result | None, date], Iterable[str]]

    def __getitem__(self, name: str) -> str:
        return str(getattr(self, name))

    @property
    def n_counted(self) -> int:
        return len(self.state.counted)

    @property
    def plural(self) -> str:
        return "" if self.n_counted == 1 else "s"

    @property
    def span_days(self) -> int | None:
        return self.state.span_days

    @property
    def days_since(self) -> int | None:
        """Since the last counted result, or an infant's that never counts."""
        since = self.state.last_counted or self.state.since.provisional
        return (self.day - since.day).days if since else None

    @property
    def cause(self) -> str:
        causes = self.result.causes if self.result else ()
        return _named(causes) or MONOCLONAL_PROTEIN

    @property
    def since(self) -> str:
        """The first day of the causes in force."""
        days = [cause.since for cause in self.result.causes] if self.result else []
        return since_in_words(min((day for day in days if day), default=None))

    @property
    def others_low(self) -> str:
        return self._others(lambda panel, analyte: panel.of(analyte).is_low)

    @property
    def others_high(self) -> str:
        return self._others(lambda panel, analyte: panel.of(analyte).is_high)

    def _others(self, is_so: Callable) -> str:
        """The other isotypes that are so in this panel, else in one that counts."""
        for result in (self.result, *reversed(self.state.counted)):
            panel = result.panel if result else None
            names = [
                name
                for analyte, name in ISOTYPE.items()
                if panel and analyte != panel.index_analyte and is_so(panel, analyte)
            ]
            if names:
                return " and ".join(names)
        return ""

    @property
    def capped_by(self) -> str:
        return "; ".join(self.caps(self.state, self.result, self.day))

    @property
    def counted_causes(self) -> str:
        return _named(cause for result in self.state.counted for cause in result.causes)

    @property
    def suspected_causes(self) -> str:
        return _named(cause for cause in self._doubts() if cause.effect != UNREVIEWED)

    @property
    def unreviewed_drugs(self) -> str:
        names = {cause.name or "no name" for cause in self._doubts() if cause.effect == UNREVIEWED}
        return ", ".join(sorted(names))

    def _doubts(self) -> Iterable[Cause]:
        return (cause for result in self.state.counted for cause in result.doubts)

    @property
    def known_disease(self) -> str:
        return _named(cause for result in self.state.counted for cause in result.known_disease)

    @property
    def normal_value(self) -> str:
        normal = self.state.since.normal_before
        return f"{normal.panel.index_isotype.value:g}" if normal else ""

    @property
    def normal_year(self) -> str:
        normal = self.state.since.normal_before
        return str(normal.day.year) if normal else ""


def _named(causes: Iterable[Cause]) -> str:
    return ", ".join(dict.fromkeys(in_words(cause.group) for cause in causes))


def in_words(group: str) -> str:
    return group.replace("_", " ")


def since_in_words(day: date | None) -> str:
    return day.isoformat() if day else "an unknown day"
