"""The urgent notice of rules 9.4: an infant's panel that must not wait for a repeat."""

from __future__ import annotations

from collections.abc import Iterable

from transforms.course.event import Event, Result
from transforms.course.hyper_igm import is_strong, reading
from transforms.course.panel import Panel
from transforms.course.parameter import Parameters


def is_urgent(events: Iterable[Event], p: Parameters) -> bool:
    """Whether an alarming panel stands since IgG was last normal off replacement.

    events: the patient's hyper-IgM events in order of time.
    """
    urgent = False
    for event in events:
        if not isinstance(event, Result):
            continue
        if reading(event, p) == "normal":
            urgent = False
        elif is_alarming(event.panel, p):
            urgent = True
    return urgent


def is_alarming(panel: Panel, p: Parameters) -> bool:
    """A child below 2 years with IgG very low or a strong pattern, whatever the state."""
    is_child = panel.is_younger_than(p["urgent_below_age_days"])
    return is_child and (panel.igg.is_very_low or is_strong(panel))
