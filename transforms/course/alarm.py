"""How ill a panel alone may show a patient to be, whatever the state of any rule (rules 2026.2)."""

from __future__ import annotations

from transforms.course.panel import Panel
from transforms.course.parameter import Parameters
from transforms.course.surroundings import Surroundings

IMMEDIATE = "immediate"
HIGH = "high"
RAISED = "raised"
PARAPROTEIN_WORKUP = "paraprotein_workup"
WORST_FIRST = (IMMEDIATE, HIGH, RAISED, PARAPROTEIN_WORKUP)
JUDGED_NOT_NORMAL = frozenset({"very_low", "low", "borderline_low", "borderline_high", "high"})


def is_alarming(panel: Panel, around: Surroundings, p: Parameters) -> bool:
    """A strong panel at any age, or a very low IgG of a child that is no infant's trough."""
    if panel.is_strong:
        return True
    is_child = panel.is_younger_than(p["alarming_below_age_days"])
    return is_child and panel.igg.is_very_low and not _may_be_trough(panel, around, p)


def _may_be_trough(panel: Panel, around: Surroundings, p: Parameters) -> bool:
    """The lowest IgG that a healthy infant passes: alone, and not below every shipped table."""
    if panel.age_days is None or panel.age_days >= p["trough_below_age_days"]:
        return False
    if {panel.iga.class_, panel.igm.class_} & JUDGED_NOT_NORMAL:
        return False
    return not around.is_below_every_table(panel.igg, panel.age_days)


def severity(panel: Panel, around: Surroundings, p: Parameters) -> str | None:
    """The alert line that the panel crosses, of several the worst; None where it crosses none.

    What was carried over from an older sample is that sample's, not this one's.
    """
    igg_is_own = panel.index_analyte == "igg"
    if igg_is_own and _is_immediate(panel, p):
        return IMMEDIATE
    if igg_is_own and (panel.is_strong or _is_very_low(panel, around, p)):
        return HIGH
    if not panel.is_at_least(p["adult_from_days"]):
        return None
    if igg_is_own and panel.igg.is_below(p["severity_raised_igg_below_g_per_l"]):
        return RAISED
    return PARAPROTEIN_WORKUP if asks_for_electrophoresis(panel, p) else None


def _is_immediate(panel: Panel, p: Parameters) -> bool:
    is_of_age = panel.is_at_least(p["severity_immediate_from_age_days"])
    return is_of_age and panel.igg.is_below(p["severity_immediate_igg_below_g_per_l"])


def _is_very_low(panel: Panel, around: Surroundings, p: Parameters) -> bool:
    return panel.igg.is_very_low and not _may_be_trough(panel, around, p)


def asks_for_electrophoresis(panel: Panel, p: Parameters) -> bool:
    """An isotype of this sample or a later one above the alert line for a monoclonal protein."""
    return any(
        panel.of(analyte).is_since and is_above_alert(panel, analyte, p)
        for analyte in ("igg", "iga", "igm")
    )


def is_above_alert(panel: Panel, analyte: str, p: Parameters) -> bool:
    """An isotype of an adult above the alert line for a monoclonal protein."""
    isotype, limit = panel.isotypes[analyte], p[f"alert_{analyte}_above_g_per_l"]
    is_near = isotype.value is not None and isotype.value >= limit  # few pass: asked first
    return is_near and isotype.exceeds(limit) and panel.is_at_least(p["adult_from_days"])
