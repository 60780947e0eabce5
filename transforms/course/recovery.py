"""Whether a normal IgG shows that a low one is over, or may be immunoglobulin from elsewhere."""

from __future__ import annotations

from transforms.course.alarm import HIGH, IMMEDIATE
from transforms.course.event import Result
from transforms.course.panel import Isotype, Panel
from transforms.course.state import State

PROVEN = frozenset({"igg_normal", "igg_recovered"})
# readings of a very low IgG beside which IgM must be back too; and those without any IgM
BESIDE_IGM = frozenset(
    {"not_higm_pattern", "igm_low_again", "igm_undecided", "igm_undecided_again"}
    | {"paraprotein", "paraprotein_again"}
)
WITHOUT_IGM = frozenset({"incomplete", "iga_unknown"})


def is_open_below(read: str, result: Result) -> bool:
    """A low IgG that is not the pattern, and so low that its recovery must be shown as well."""
    if read in WITHOUT_IGM:
        return result.crosses in (IMMEDIATE, HIGH)
    return read in BESIDE_IGM and result.panel.igg.is_very_low


def recovery(state: State, result: Result) -> str:
    """Why a normal IgG off replacement is a recovery (PROVEN), or why none is shown."""
    since, iga, igm = state.since, result.panel.iga, result.panel.igm
    is_open = since.is_open or since.is_open_below
    if not is_open:
        return "igg_recovered" if state.can_resolve else "igg_normal"
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
    return "igg_recovered" if state.can_resolve else "igg_normal"


def ends_urgency(panel: Panel) -> bool:
    """A borderline IgG with IgA and IgM of its sample or later, both judged and not low."""
    return all(_is_judged(isotype) and not isotype.is_low for isotype in (panel.iga, panel.igm))


def _is_judged(isotype: Isotype) -> bool:
    return isotype.is_since and not isotype.is_unknown
