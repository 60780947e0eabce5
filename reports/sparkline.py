"""A small plot in a line of text: one isotype's values over the band of its limits, as SVG.

It shows at a glance whether a value has always been so. It is built without Altair, because a page
holds thousands of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

from markupsafe import Markup

from reports.thinned import thinned

WIDTH, HEIGHT, PAD = 72, 20, 3
MOST_POINTS = 200
SVG = Markup(
    f'<svg class=k viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden=true>'
    '<path class=kb d="{band}"/><path class=kl d="{line}"/>'
    '<circle class="{level}" cx={x} cy={y} r=2 /></svg>'
)


def sparkline(results: Sequence[dict[str, Any]]) -> Markup:
    """Values over time on a square-root scale, the last one as a dot; '' without results.

    The band runs from the highest lower to the lowest upper limit of the last result. It is
    decoration beside the printed value, so it is hidden from a screen reader.
    """
    if not results:
        return Markup("")
    results = thinned(results, MOST_POINTS)
    last = results[-1]
    lower, upper = last["lower_limit_max"] or 0, last["upper_limit_min"]
    top = max([row["value"] for row in results] + [upper or 0, lower]) * 1.05 or 1

    def y(value: float) -> float:
        return round(HEIGHT - PAD - (HEIGHT - 2 * PAD) * sqrt(max(value, 0) / top), 1)

    points = list(zip(_times_on_width(results), [y(row["value"]) for row in results], strict=True))
    line = "L".join(f"{x:g} {at:g}" for x, at in points)
    x, at = points[-1]
    band = f"M0 {y(upper if upper is not None else top):g}H{WIDTH}V{y(lower):g}H0z"
    return SVG.format(
        band=band, line=f"M{line}", level=last["class"] or "", x=f"{x:g}", y=f"{at:g}"
    )


def _times_on_width(results: Sequence[dict[str, Any]]) -> list[float]:
    times = [row["collected_at"] for row in results]
    span, inner = times[-1] - times[0], WIDTH - 2 * PAD
    return [round(PAD + (inner * ((t - times[0]) / span) if span else inner), 1) for t in times]
