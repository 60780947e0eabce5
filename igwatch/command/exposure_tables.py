"""A patient's exposures on a terminal: what each does and how it lasts, what does nothing and why,
and whether the feeds behind them screen anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from igwatch.command.terminal import HIDDEN, plain, screen, show_rows
from reports.exposure_line import bearing

Row = Mapping[str, Any]
WITH_EFFECT = ("kind", "code", "name", "what_it_does", "how_it_lasts")
WITHOUT = ("kind", "code", "code_system", "name", "start_date", "why")
SCREENED = ("facility", "screened", "why", "mend")
FEEDS = ("facility", "last_mention", "patients_known", "rows_read", "screens", "why", "mend")


def show_exposures(explanation: Mapping[str, Any]) -> None:
    """Four tables; of those that would be empty none."""
    exposures = explanation["exposures"]
    acting = [{**e, "what_it_does": bearing(e)} for e in exposures if not e["why_nothing"]]
    idle = [e for e in exposures if e["why_nothing"]] + explanation["exposures_set_aside"]
    _show("Drugs, diagnoses and findings", acting, WITH_EFFECT)
    _show_not_recognised(explanation["not_recognised"])
    _show("Sent, and doing nothing", idle, WITHOUT)
    _show("Screened for secondary causes", explanation["screening"], SCREENED)
    _show("The feeds behind it", [_feed(f) for f in explanation["exposure_feeds"]], FEEDS)


def _show(title: str, rows: Sequence[Row], columns: Iterable[str]) -> None:
    if rows:
        screen.print()
        # a column that says nothing only takes room
        show_rows(title, rows, [c for c in columns if any(row[c] for row in rows)])


def _feed(feed: Row) -> Row:
    return {
        **feed,
        "last_mention": feed["last_mentioned_on"],
        "patients_known": _percent(feed["share_known"]),
        "rows_read": _percent(feed["share_read"]),
        "screens": "no" if feed["faults"] else "yes",
    }


def _percent(share: float | None) -> str:
    return HIDDEN if share is None else f"{100 * share:.3g} %"


def _show_not_recognised(drugs: list[str]) -> None:
    if drugs:
        screen.print(f"  drugs not recognised: {plain(drugs)}", style="bold", markup=False)
