"""A patient's course as SVG: isotypes over time on their limits, exposures, states (Altair).

A chart's specification depends only on which lanes it has, so each kind is compiled to Vega once
and a patient's rows are put into it: a few tens of milliseconds for each plot.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

from reports.course_plot_rows import INK, PANEL, PLAIN, WIDTH, course_rows
from reports.patient import PLOTTED_ANALYTES, Patient
from reports.safe_text import day
from reports.svg import slim
from reports.wording import wording

Layers = alt.LayerChart | alt.FacetChart

LANE, GAP = 17, 14
# The first date names its year; the others only what differs from the one before
DATES = (
    "utcFormat(datum.value, utcdate(datum.value) > 1 ? '%-d %b' : utcmonth(datum.value) > 0"
    " ? '%b' : '%Y') + (datum.index == 0 && utcmonth(datum.value) > 0"
    " ? utcFormat(datum.value, ' %Y') : '')"
)
MARGIN = {"left": 94, "right": 14, "top": 8, "bottom": 22}
CHART = {
    "$schema": alt.SCHEMA_URL,
    "spacing": GAP,
    "bounds": "flush",
    "padding": MARGIN,
    "autosize": "none",
    "resolve": {"scale": {"x": "shared"}},
    "config": {
        "view": {"stroke": None},
        "axis": {
            "labelColor": PLAIN,
            "labelFontSize": 11,
            "domain": False,
            "tickColor": "#b7c1c7",
        },
    },
}


def course_svg(patient: Patient) -> Markup | None:
    """The plot of a patient, None where there is no result with a number to draw."""
    analytes = tuple(a for a in PLOTTED_ANALYTES if patient.series.get(a))
    if not analytes:
        return None
    rows = course_rows(patient, analytes)
    vega = _vega(analytes, bool(rows["exposure"]))
    data = [
        {"name": d["name"], "values": rows[d["name"]]} if d["name"] in rows else d
        for d in vega["data"]
    ]
    size = {"width": WIDTH, "height": _height(len(analytes), len(rows["exposure"]), patient)}
    drawn = vl_convert.vega_to_svg(vega | size | {"data": data})
    return slim(drawn, _label(patient, analytes))


def _label(patient: Patient, analytes: tuple[str, ...]) -> str:
    """What the plot shows, for those who do not see it."""
    first = min(patient.series[a][0]["collected_at"] for a in analytes)
    names = ", ".join(wording("analyte", a) for a in analytes)
    is_partial = patient.is_thinned or patient.is_large
    told = "not every result is drawn" if is_partial else "every point is in the table below"
    return f"{names} from {day(first)} to {day(patient.as_of)}; {told}"


def _height(n_panels: int, n_exposures: int, patient: Patient) -> int:
    n_gaps = n_panels + (n_exposures > 0)
    return n_panels * PANEL + n_gaps * GAP + (n_exposures + len(patient.flags)) * LANE


@cache
def _vega(analytes: tuple[str, ...], has_exposures: bool) -> dict[str, Any]:
    lanes = [_lane_spec("exposure", "#7d8b94", 0.32)] if has_exposures else []
    chart = CHART | {"vconcat": [*map(_panel_spec, analytes), *lanes, _lane_spec("state", None, 1)]}
    return vl_convert.vegalite_to_vega(chart)


# Altair checks each part against Vega-Lite's schema, which takes its time: once for each part
@cache
def _panel_spec(analyte: str) -> dict[str, Any]:
    return _bare(_panel(analyte))


@cache
def _lane_spec(data: str, colour: str | None, opacity: float) -> dict[str, Any]:
    return _bare(_lane(data, colour, opacity))


def _bare(chart: Layers) -> dict[str, Any]:
    """A chart's specification without what only the whole plot has."""
    return {
        key: value for key, value in chart.to_dict().items() if key not in ("$schema", "config")
    }


def _time(name: str, axis: alt.Axis | None = None) -> alt.X:
    return alt.X(f"{name}:T", axis=axis, scale=alt.Scale(type="utc", nice=False))


def _of(data: str, analyte: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(data)).transform_filter(alt.datum.analyte == analyte)


def _level(name: str) -> alt.Y:
    """A concentration: a square root keeps low values apart and high ones on the plot."""
    return alt.Y(f"{name}:Q", axis=None, scale=alt.Scale(type="sqrt", nice=False, zero=True))


def _panel(analyte: str) -> Layers:
    """One isotype: its limits, the line and points of its results, its name and limits at left."""
    base = _of("panel", analyte).mark_rule(color="#c9d1d5", strokeWidth=1)
    base = base.encode(x=alt.value(0), x2=alt.value(WIDTH), y=alt.value(PANEL))
    layers = (base, *_limit_bands(analyte), *_result_marks(analyte), *_left_texts(analyte))
    return alt.layer(*layers).properties(width=WIDTH, height=PANEL)


def _limit_bands(analyte: str) -> tuple[alt.Chart, ...]:
    """The range that any table calls normal, and inside it the one that all tables do."""
    limit = _of("limit", analyte)
    edge: dict[str, Any] = {"stroke": "#7f9a86", "strokeWidth": 0.8, "interpolate": "step-after"}
    outer = limit.mark_area(color="#eef1e6", **edge).encode(
        x=_time("at"), y=_level("lower_limit_min"), y2="upper_limit_max"
    )
    inner = limit.mark_area(color="#dfe9dc", **edge).encode(
        x=_time("at"), y=_level("lower_limit_max"), y2="upper_limit_min"
    )
    return outer, inner


def _result_marks(analyte: str) -> tuple[alt.Chart, ...]:
    """The results as line and points, rings around those that count, and their values."""
    result, at, level = _of("result", analyte), _time("at"), _level("value")
    line = result.mark_line(color="#9aa5ab", strokeWidth=1).encode(x=at, y=level)
    counted = result.transform_filter(alt.datum.is_counted)
    ring = counted.mark_point(size=170, color=INK, strokeWidth=1.2, opacity=1).encode(x=at, y=level)
    point = result.mark_point(size=46, opacity=1, strokeWidth=1.4).encode(
        x=at,
        y=level,
        shape=alt.Shape("shape:N", scale=None),
        fill=alt.Fill("fill:N", scale=None),
        stroke=alt.Stroke("stroke:N", scale=None),
    )
    label = result.mark_text(dy=-12, fontSize=11, color=INK).encode(x=at, y=level, text="label:N")
    return line, ring, point, label


def _left_texts(analyte: str) -> tuple[alt.Chart, ...]:
    """The isotype's name, its unit and its limits, left of the panel."""
    name, left = _of("panel", analyte), alt.value(-MARGIN["left"] + 2)
    title = name.mark_text(align="left", fontSize=13, fontWeight="bold", color=INK).encode(
        x=left, y=alt.value(7), text="name:N"
    )
    unit = name.mark_text(align="left", fontSize=11, color=PLAIN).encode(
        x=left, y=alt.value(22), text="unit:N"
    )
    limits = _of("tick", analyte).mark_text(align="right", fontSize=11, color="#4d6b56")
    ticks = limits.encode(x=alt.value(-5), y=_level("value"), text="label:N")
    return title, unit, ticks


def _lane(data: str, colour: str | None, opacity: float) -> Layers:
    """Bars over time, one row each, their names inside; the last lane carries the dates."""
    rows = alt.Chart(alt.NamedData(data))
    axis = None
    if data == "state":
        axis = alt.Axis(
            title=None, grid=False, tickCount=5, labelOverlap=False, labelLimit=0, labelExpr=DATES
        )
    y = alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0.12, paddingOuter=0))
    fill = alt.Fill("fill:N", scale=None) if colour is None else alt.value(colour)
    bar = rows.mark_rect(opacity=opacity).encode(x=_time("at", axis), x2="to", y=y, fill=fill)
    text = rows.mark_text(align="left", dx=4, fontSize=11, color=INK).encode(
        x=_time("at", axis), y=y, text="label:N"
    )
    name = rows.mark_text(align="left", fontSize=11, color=PLAIN).encode(
        x=alt.value(-MARGIN["left"] + 2), y=y, text="name:N"
    )
    return alt.layer(bar, text, name).properties(width=WIDTH, height=alt.Step(LANE))
