"""A drawn case as a small picture: each isotype a band from very low to high, each day a dot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from reports.safe_text import quantity
from reports.wording import wording

ANALYTES = ("igg", "iga", "igm", "ige")
NAME = {"igg": "IgG", "iga": "IgA", "igm": "IgM", "ige": "IgE"}
# from the foot of a band to its head; what is not classed lies beside the scale, in its middle
HEIGHT = {
    "very_low": 0, "low": 1, "borderline_low": 2, "normal": 3, "borderline_high": 4, "high": 5,
}  # fmt: skip
STEP, GAP, LEFT, WIDTH = 6, 8, 34, 250
BAND = STEP * len(HEIGHT)
Panels = Sequence[Mapping[str, Any]]


def case_svg(panels: Panels) -> Markup:
    """The panels of a case against the classes of their limits, days from left to right."""
    if not panels:
        return Markup()
    shown = [a for a in ANALYTES if any(r["analyte"] == a for p in panels for r in p["results"])]
    days = [result["day"] for panel in panels for result in panel["results"]]
    first, last = min(days, default=0), max(days, default=0)
    bands = Markup("").join(
        _band(analyte, number * (BAND + GAP), panels, first, last)
        for number, analyte in enumerate(shown)
    )
    height = len(shown) * (BAND + GAP)
    return Markup(
        '<svg class="case" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(WIDTH, height, WIDTH, height, "; ".join(map(panel_text, panels)), bands)


def panel_text(panel: Mapping[str, Any]) -> str:
    """`day 28: IgG 10 normal, IgA 2 normal, IgM 0.3 low`, with where it was measured."""
    results = ", ".join(map(_result_text, panel["results"]))
    beside = [f"laboratory {panel['laboratory']}"] if panel["laboratory"] else []
    beside += [f"facility {panel['facility']}"] if panel["facility"] else []
    if panel["subclasses"]:
        names = (f"{s[0]} low" if s[1:] else s[0] for s in panel["subclasses"])
        beside.append(f"subclasses {', '.join(names)}")
    where = f" ({'; '.join(beside)})" if beside else ""
    return f"day {panel['day']}: {results or 'nothing'}{where}"


def _result_text(result: Mapping[str, Any]) -> str:
    apart = f" from day {result['day']}" if result["is_borrowed"] else ""
    value = quantity(result["value"], result["comparator"])
    return f"{NAME[result['analyte']]} {value} {wording('class', result['class_name'])}{apart}"


def _band(analyte: str, top: int, panels: Panels, first: int, last: int) -> Markup:
    """One isotype: the scale with its normal part, and a dot for each result."""
    normal = top + BAND - (HEIGHT["normal"] + 1) * STEP
    parts = [
        Markup('<text x="0" y="{}">{}</text>').format(top + BAND / 2 + 4, NAME[analyte]),
        Markup('<rect class="all" x="{}" y="{}" width="{}" height="{}"/>').format(
            LEFT, top, WIDTH - LEFT, BAND
        ),
        Markup('<rect class="normal" x="{}" y="{}" width="{}" height="{}"/>').format(
            LEFT, normal, WIDTH - LEFT, STEP
        ),
    ]
    for panel in panels:
        for result in panel["results"]:
            if result["analyte"] == analyte:
                parts.append(_dot(result, top, first, last))
    return Markup("").join(parts)


def _dot(result: Mapping[str, Any], top: int, first: int, last: int) -> Markup:
    room = WIDTH - LEFT - 16
    share = (result["day"] - first) / (last - first) if last > first else 0.0
    level = HEIGHT.get(result["class_name"])
    height = BAND / 2 if level is None else BAND - level * STEP - STEP / 2
    kind = "beside" if result["is_borrowed"] else "unknown" if level is None else "own"
    return Markup('<circle class="{}" cx="{}" cy="{}" r="3"/>').format(
        kind, round(LEFT + 8 + room * share, 1), round(top + height, 1)
    )
