"""The plot of a feed: how many results it sent on each of the last days, as bars (Altair)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

from reports.svg import slim

WIDTH, HEIGHT, DAYS = 260, 30, 56


def feed_svg(rows: Sequence[dict[str, Any]], as_of: date) -> Markup:
    """Bars of n_results over the DAYS before as_of; a day without a bar sent nothing, or few."""
    values = [
        {"back": (row["day"] - as_of).days, "n_results": row["n_results"]}
        for row in rows
        if row["n_results"] is not None and 0 <= (as_of - row["day"]).days < DAYS
    ]
    most = max((row["n_results"] for row in values), default=0)
    vega = _vega()
    data = [d | {"values": values} if d["name"] == "day" else d for d in vega["data"]]
    label = f"results a day over {DAYS} days, {most} at most" if values else "no results"
    return slim(vl_convert.vega_to_svg(vega | {"data": data}), label)


@cache
def _vega() -> dict[str, Any]:
    days = alt.Chart(alt.NamedData("day"))
    time = alt.Scale(domain=[-DAYS, 1], nice=False)
    bars = days.mark_rule(strokeWidth=3, color="#5d86a8").encode(
        x=alt.X("back:Q", axis=None, scale=time),
        y=alt.Y("n_results:Q", axis=None, scale=alt.Scale(zero=True, nice=False)),
        y2=alt.value(HEIGHT),
    )
    base = (
        alt.Chart(alt.InlineData([{}]))
        .mark_rule(color="#c9d1d5")
        .encode(x=alt.value(0), x2=alt.value(WIDTH), y=alt.value(HEIGHT))
    )
    chart = alt.layer(base, bars).properties(width=WIDTH, height=HEIGHT)
    chart = chart.configure_view(stroke=None).properties(padding=1, autosize="none")
    return vl_convert.vegalite_to_vega(chart.to_dict())
