"""The plot of failed checks: how many failed on each of the last nights, as bars (Altair)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

from reports.svg import slim

WIDTH, HEIGHT, NIGHTS = 640, 80, 60
SEVERITY = {"n_critical": ("critical", "#8f1d1d"), "n_warning": ("warning", "#d9a441")}


def check_svg(rows: Sequence[dict[str, Any]]) -> Markup:
    """Bars of the failed checks of the last NIGHTS runs, critical below warning."""
    nights = rows[-NIGHTS:]
    values = [
        {"night": night, "severity": severity, "n": row[column]}
        for night, row in enumerate(nights)
        for column, (severity, _) in SEVERITY.items()
        if row[column]
    ]
    n_failed = sum(bool(row["n_critical"] or row["n_warning"]) for row in nights)
    vega = _vega()
    data = [d | {"values": values} if d["name"] == "check" else d for d in vega["data"]]
    label = f"failed checks of the last {len(nights)} nights; on {n_failed} of them any failed"
    return slim(vl_convert.vega_to_svg(vega | {"data": data}), label)


@cache
def _vega() -> dict[str, Any]:
    colour = alt.Scale(
        domain=[severity for severity, _ in SEVERITY.values()],
        range=[shade for _, shade in SEVERITY.values()],
    )
    bars = (
        alt.Chart(alt.NamedData("check"))
        .mark_bar(size=8)
        .encode(
            x=alt.X("night:Q", axis=None, scale=alt.Scale(domain=[-1, NIGHTS], nice=False)),
            y=alt.Y("n:Q", title=None, axis=alt.Axis(tickCount=3, format="d", grid=False)),
            color=alt.Color("severity:N", scale=colour, legend=None),
            order=alt.Order("severity:N"),
        )
    )
    chart = bars.properties(width=WIDTH, height=HEIGHT).configure_view(stroke=None)
    return vl_convert.vegalite_to_vega(chart.to_dict())
