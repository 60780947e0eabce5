"""A patient's exposures in words: how each lasts, why some do nothing, and who is screened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from reports.exposure_line import told
from reports.wording import wording


def tell_exposures(explanation: Mapping[str, Any], as_of: date) -> None:
    """Add to each exposure how it lasts and why it does nothing, to each fault its mend."""
    for exposure in explanation["exposures"]:
        exposure["how_it_lasts"] = told(exposure, as_of)
        exposure["why"] = wording("nothing", exposure["why_nothing"])
    for aside in explanation["exposures_set_aside"]:
        said = aside["unknown_statement"]
        aside["why"] = wording("nothing", aside["why_nothing"]) + (f": {said}" if said else "")
    for facility in explanation["screening"]:
        _tell_faults(facility, facility["screening_faults"])
    for feed in explanation["exposure_feeds"]:
        _tell_faults(feed, feed["faults"], ["lists_held"] if feed["n_lists_held"] else [])


def _tell_faults(row: dict[str, Any], faults: Sequence[str], others: Sequence[str] = ()) -> None:
    row["screened"] = wording("screened", "no" if faults else "yes")
    row["why"] = "; ".join(wording("capped", fault) for fault in faults)
    row["mend"] = "; ".join(wording("mend", fault) for fault in (*faults, *others))
