"""The parts of a Circe expression, OHDSI's language for cohorts, as its JSON has them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def low(codeset: int) -> Json:
    """A result of this concept set below the lower end of the range beside it."""
    return measurement(codeset, RangeLowRatio={"Value": 1, "Op": "lt"})


def not_low(codeset: int) -> Json:
    """One at that end or above it."""
    return measurement(codeset, RangeLowRatio={"Value": 1, "Op": "gte"})


def high(codeset: int) -> Json:
    """One above the upper end of its range."""
    return measurement(codeset, RangeHighRatio={"Value": 1, "Op": "gt"})


def measurement(codeset: int, **asked: Any) -> Json:
    """A result of this concept set, with what the language asks of it by its own names."""
    return {"Measurement": {"CodesetId": codeset, **asked}}


def asking(criterion: Json, **more: Any) -> Json:
    """The same criterion, of which more is asked."""
    [(domain, asked)] = criterion.items()
    return {domain: asked | more}


def with_group(criterion: Json, beside: Json) -> Json:
    """The same, where this group holds around the event that it finds."""
    return asking(criterion, CorrelatedCriteria=beside)


def _window(start: Json, end: Json, by_end: bool = False) -> Json:
    return {"Start": start, "End": end, "UseEventEnd": by_end}


def _day(days: int | None, coeff: int) -> Json:
    return {"Coeff": coeff} if days is None else {"Days": days, "Coeff": coeff}


def around(days: int) -> Json:
    """So many days before the event to so many after."""
    return {"StartWindow": _window(_day(days, -1), _day(days, 1))}


def after(days: int) -> Json:
    """From so many days after the event on."""
    return {"StartWindow": _window(_day(days, 1), _day(None, 1))}


def in_force(lookback_days: int | None) -> Json:
    """Begun by the day of the result, and ended no longer before it than it looks back; an end may
    lie beyond the last record of the person, as that of a drug that goes on."""
    begun = {
        "StartWindow": _window(_day(None, -1), _day(0, 1)),
        "IgnoreObservationPeriod": True,
    }
    if lookback_days is None:
        return begun
    return begun | {"EndWindow": _window(_day(lookback_days, -1), _day(None, 1), by_end=True)}


def none(criterion: Json, window: Json) -> Json:
    """Nothing that the criterion finds lies in the window."""
    return {"Criteria": criterion, **window, "Occurrence": {"Type": 0, "Count": 0}}


def at_least_one(criterion: Json, window: Json) -> Json:
    """Something that the criterion finds lies in the window."""
    return {"Criteria": criterion, **window, "Occurrence": {"Type": 2, "Count": 1}}


def group(type_: str, criteria: list[Json], groups: list[Json] | None = None) -> Json:
    """ALL or ANY of these criteria and groups."""
    return {
        "Type": type_,
        "CriteriaList": criteria,
        "DemographicCriteriaList": [],
        "Groups": groups or [],
    }


def expression(concept_sets: list[Json], index: Json, rules: dict[str, Any]) -> Json:
    """A whole one: everybody's first index that every rule lets through. rules: by their names,
    criteria that all hold, or a group."""
    return {
        "cdmVersionRange": ">=5.4.0",
        "ConceptSets": concept_sets,
        "PrimaryCriteria": {
            "CriteriaList": [index],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "First"},
        "InclusionRules": [
            {"name": name, "expression": asked if isinstance(asked, dict) else group("ALL", asked)}
            for name, asked in rules.items()
        ],
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }
