"""The plot of waiting: what share was done after so many days, as steps (SVG).

It is as coarse as what is published: a point at each of the days that a share is told for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

WIDTH, HEIGHT, PAD = 240, 48, 2
SVG = Markup(
    f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{{label}}">'
    f'<path d="M{PAD} {PAD}V{HEIGHT - PAD}H{WIDTH - PAD}" fill="none" stroke="#c9d1d5"/>'
    '<path d="{line}" fill="none" stroke="#5d86a8" stroke-width="2"/></svg>'
)


def waiting_svg(shares: Sequence[dict[str, Any]]) -> Markup:
    """Steps through (within_days, share_done), in order of the days; '' where none is told.

    The axis runs from none to all, and to the last of the days.
    """
    if not shares:
        return Markup("")
    last = shares[-1]["within_days"]

    def x(days: int) -> str:
        return f"{PAD + (WIDTH - 2 * PAD) * days / last:.0f}"

    def y(share: float) -> str:
        return f"{HEIGHT - PAD - (HEIGHT - 2 * PAD) * share:.0f}"

    steps = "".join(f"H{x(row['within_days'])}V{y(row['share_done'])}" for row in shares)
    told = ", ".join(
        f"{100 * row['share_done']:.0f} % by {row['within_days']} days" for row in shares
    )
    return SVG.format(label=told, line=f"M{PAD} {HEIGHT - PAD}{steps}")
