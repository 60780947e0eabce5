"""What can happen to a patient: a result, immunoglobulin replacement begins, time passes."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from transforms.course.exposure import Exposures
from transforms.course.panel import Panel
from transforms.course.parameter import Parameters


class Result(NamedTuple):
    """An index result with its panel, and what was true around it.

    causes: groups of secondary causes in force on its day. is_monoclonal and is_spep_negative are
    what electrophoresis has said by the clock of the run, on whatever day: it answers the result.
    """

    panel: Panel
    causes: tuple[str, ...] = ()
    on_replacement: bool = False
    in_acute_illness: bool = False
    is_monoclonal: bool = False
    is_spep_negative: bool = False
    is_screened: bool = False

    @property
    def day(self) -> date:
        return self.panel.day


class ReplacementStarted(NamedTuple):
    """First day of an immunoglobulin replacement."""

    day: date


class TimePassed(NamedTuple):
    """The clock reached this day and nothing else happened."""

    day: date


Event = Result | ReplacementStarted | TimePassed


def events(
    panels: list[Panel],
    exposures: Exposures,
    screened_facilities: frozenset[str],
    as_of: date,
    parameters: Parameters,
) -> list[Event]:
    """The patient's events of one rule in order of time, ending with the clock of the run.

    On one day a result stands before the start of a replacement.
    """
    results: list[Event] = [
        surrounded(panel, exposures, screened_facilities, parameters)
        for panel in sorted(panels, key=lambda p: (p.collected_at, p.measurement_id))
        if panel.day <= as_of
    ]
    starts = [ReplacementStarted(day) for day in exposures.replacement_starts()]
    dated = sorted([*results, *starts], key=lambda event: event.day)
    return [*dated, TimePassed(as_of)]


def surrounded(
    panel: Panel, exposures: Exposures, screened_facilities: frozenset[str], p: Parameters
) -> Result:
    """The result of a panel with what was true around it."""
    return Result(
        panel,
        exposures.causes(panel.day),
        exposures.on_replacement(panel.day),
        exposures.in_acute_illness(panel.day, p["acute_window_days"]),
        exposures.has("monoclonal"),
        exposures.has("spep_negative"),
        exposures.has("screen_negative") or panel.facility in screened_facilities,
    )
