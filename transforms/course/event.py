"""What can happen to a patient: a result, immunoglobulin replacement begins, time passes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from transforms.course.alarm import is_alarming, severity
from transforms.course.exposure import DOUBT, MONOCLONAL, NOTE, Cause, Exposures
from transforms.course.panel import Panel
from transforms.course.parameter import Parameters
from transforms.course.surroundings import Surroundings


class Result(NamedTuple):
    """An index result with its panel, and what was true around it.

    causes: secondary causes in force on its day; doubts: what was, and is suspected or unreviewed;
    notes: what excludes nothing and may explain something. known_disease: inborn, whatever its
    date. is_monoclonal is what electrophoresis has said by the clock of the run, on whatever day.
    screening_faults: why it is not screened for secondary causes; none where it is. crosses: the
    alert line of its severity.
    """

    panel: Panel
    causes: tuple[Cause, ...] = ()
    doubts: tuple[Cause, ...] = ()
    notes: tuple[Cause, ...] = ()
    known_disease: tuple[Cause, ...] = ()
    on_replacement: bool = False
    in_acute_illness: bool = False
    is_monoclonal: bool = False
    is_spep_negative: bool = False
    screening_faults: tuple[str, ...] = ()
    is_alarming: bool = False
    crosses: str | None = None

    @property
    def day(self) -> date:
        return self.panel.day

    @property
    def is_screened(self) -> bool:
        return not self.screening_faults


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
    around: Surroundings,
    as_of: date,
    parameters: Parameters,
) -> list[Event]:
    """The patient's events of one rule in order of time, ending with the clock of the run.

    On one day a result stands before the start of a replacement. Of results of one moment the
    lowest comes last, so that a normal beside a low does not answer it; never the file decides.
    """
    result_of = surrounding(exposures, around, parameters)
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
    exposures: Exposures, around: Surroundings, p: Parameters
) -> Callable[[Panel], Result]:
    """Makes a panel the result that it is, with what was true around it."""

    def alone(panel: Panel) -> Result:
        return Result(
            panel,
            screening_faults=around.screening_faults(panel.facility),
            is_alarming=panel.igg.is_low and is_alarming(panel, around, p),
            crosses=severity(panel, around, p),
        )

    if not exposures.rows:  # nearly everyone
        return alone
    is_monoclonal = exposures.has(MONOCLONAL)
    is_screen_negative = exposures.has("screen_negative")
    known_disease = exposures.known_disease(around.labels)
    acute_window_days = p["acute_window_days"]
    clears = p["spep_clears_before_days"], p["spep_clears_after_days"]

    def result_of(panel: Panel) -> Result:
        result = alone(panel)
        return result._replace(
            causes=exposures.causes(panel.day),
            doubts=exposures.active(panel.day, *DOUBT),
            notes=exposures.active(panel.day, NOTE),
            known_disease=known_disease,
            on_replacement=exposures.on_replacement(panel.day),
            in_acute_illness=exposures.in_acute_illness(panel.day, acute_window_days),
            is_monoclonal=is_monoclonal,
            is_spep_negative=exposures.cleared_by_electrophoresis(panel.day, *clears),
            screening_faults=() if is_screen_negative else result.screening_faults,
        )

    return result_of
