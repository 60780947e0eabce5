"""Whether a normal IgG shows that a low one is over, or may be immunoglobulin from elsewhere."""

from __future__ import annotations

from transforms.course.alarm import HIGH, IMMEDIATE
from transforms.course.event import Result
from transforms.course.panel import Isotype, Panel
from transforms.course.state import State

BACK = frozenset({"igg_normal", "igg_recovered"})
# readings of a low IgG that is not the pattern
BESIDE = frozenset(
    {"incomplete", "iga_unknown", "paraprotein", "paraprotein_again"}
    | {"not_higm_pattern", "igm_low_again", "igm_undecided", "igm_undecided_again"}
)


def opened(state: State, read: str, result: Result) -> State:
    """What a low IgG leaves open: a recovery must be shown of what is grave, whatever it is."""
    panel = result.panel
    is_grave = read in BESIDE and result.crosses in (IMMEDIATE, HIGH)
    if not (panel.igg.is_low or panel.is_second_form):
        return state
    return state.remembering(
        was_low=True,
        is_open=state.since.is_open or is_grave,
        is_open_below=state.since.is_open_below or (is_grave and panel.igg.is_very_low),
    )


def recovery(state: State, result: Result) -> tuple[str, bool]:
    """Why a normal IgG off replacement is back (BACK) or may be replaced; and whether it is shown
    that nothing of what was low stands any more."""
    doubt = _doubt(state, result.panel)
    if doubt and state.since.is_open:
        return doubt, False
    reason = "igg_recovered" if state.can_resolve else "igg_normal"
    return reason, doubt is None and state.since.was_low


def _doubt(state: State, panel: Panel) -> str | None:
    """What IgA and IgM of the same sample or a later one leave in doubt."""
    since, iga, igm = state.since, panel.iga, panel.igm
    if iga.is_since and iga.is_low:
        return "igg_back_iga_low"
    if igm.is_since and igm.is_high:
        return "igg_back_igm_high"
    if since.is_open_below and igm.is_since and igm.is_low:
        return "igg_back_igm_low"
    if not (_is_judged(iga) and _is_judged(igm)):
        return "igg_back_alone"
    if since.iga_was_kept and not since.iga_was_low:
        return "igg_back_iga_was_kept"
    return None


def ends_urgency(panel: Panel) -> bool:
    """A borderline IgG with IgA and IgM of its sample or later, both judged and not low."""
    return all(_is_judged(isotype) and not isotype.is_low for isotype in (panel.iga, panel.igm))


def _is_judged(isotype: Isotype) -> bool:
    return isotype.is_since and not isotype.is_unknown
