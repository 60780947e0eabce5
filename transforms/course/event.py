"""What can happen to a patient: a result, immunoglobulin replacement begins, time passes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from transforms.course.exposure import Cause, Exposures
from transforms.course.panel import Panel
from transforms.course.parameter import Parameters


class Result(NamedTuple):
    """An index result with its panel, and what was true around it.

    causes: secondary causes in force on its day. is_monoclonal and is_spep_negative are
    what electrophoresis has said by the clock of the run, on whatever day: it answers the result.
    """

    panel: Panel
    causes: tuple[Cause, ...] = ()
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
ORDER = ">=<"  # of one number: above it, it, below it


def events(
    panels: list[Panel],
    exposures: Exposures,
    screened_facilities: frozenset[str],
    as_of: date,
    parameters: Parameters,
) -> list[Event]:
    """The patient's events of one rule in order of time, ending with the clock of the run.

    On one day a result stands before the start of a replacement. Of results of one moment the
    lowest comes last, so that a normal beside a low does not answer it; never the file decides.
    """
    result_of = surrounding(exposures, screened_facilities, parameters)
    results: list[Event] = [
        result_of(panel) for panel in sorted(panels, key=_in_time) if panel.day <= as_of
    ]
    starts = [ReplacementStarted(day) for day in exposures.replacement_starts()]
    dated = sorted([*results, *starts], key=lambda event: event.day)
    return [*dated, TimePassed(as_of)]


def _in_time(panel: Panel) -> tuple[datetime, float, int, str, str]:
    value, comparator = panel.index_isotype.value or 0, panel.index_isotype.comparator or "="
    of_one_value = ORDER.index(comparator[0]), panel.laboratory or "", panel.measurement_id
    return panel.collected_at, -value, *of_one_value


def surrounding(
    exposures: Exposures, screened_facilities: frozenset[str], p: Parameters
) -> Callable[[Panel], Result]:
    """Makes a panel the result that it is, with what was true around it."""
    if not exposures.rows:  # nearly everyone
        return lambda panel: Result(panel, is_screened=panel.facility in screened_facilities)
    is_monoclonal = exposures.has("monoclonal")
    is_spep_negative = exposures.has("spep_negative")
    is_screen_negative = exposures.has("screen_negative")
    acute_window_days = p["acute_window_days"]

    def result_of(panel: Panel) -> Result:
        return Result(
            panel,
            exposures.causes(panel.day),
            exposures.on_replacement(panel.day),
            exposures.in_acute_illness(panel.day, acute_window_days),
            is_monoclonal,
            is_spep_negative,
            is_screen_negative or panel.facility in screened_facilities,
        )

    return result_of
