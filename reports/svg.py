"""Vega's SVG cut down to what is drawn: no roles, classes, empty groups or spare decimals.

A page may hold a hundred plots, and Vega's own SVG is three times as long as what it draws.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from markupsafe import Markup, escape

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = frozenset({"path", "rect", "line", "text"})
# The only attributes that leave this file: none of them can load or run anything
SHAPE = ("d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "transform")
PAINT = ("fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "opacity")
KEPT = frozenset((*SHAPE, *PAINT, "text-anchor", "font-size", "font-weight"))
DEFAULT = {
    "opacity": "1",
    "font-size": "11px",
    "stroke-width": "1",
    "x2": "0",
    "y2": "0",
    "transform": "translate(0,0)",
    "text-anchor": "start",
    "fill-opacity": "1",
    "stroke-opacity": "1",
}
DECIMAL = re.compile(r"-?\d+\.\d+")
TRANSLATE = re.compile(r"translate\((-?[\d.e-]+),(-?[\d.e-]+)\)")
# Vega draws a circle as two arcs: "M3.5,0A3.5,3.5,0,1,1,-3.5,0A3.5,3.5,0,1,1,3.5,0"
CIRCLE = re.compile(r"M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0")


def slim(svg: str, label: str) -> Markup:
    """The same drawing as one inline <svg role=img> with this label, a third of the size."""
    root = ElementTree.fromstring(svg)
    width, height = root.get("width"), root.get("height")
    drawn = "".join(_drawn(child, 0.0, 0.0) for child in root)
    return Markup(
        '<svg class="course" viewBox="0 0 {} {}" role="img" aria-label="{}" '
        'fill="none" font-size="11">{}</svg>'
    ).format(width, height, label, Markup(drawn))


def _drawn(node: ElementTree.Element, x: float, y: float) -> str:
    """The node as SVG text; the offsets of the groups around it are added up on the way."""
    name = node.tag.removeprefix(SVG)
    moved = TRANSLATE.match(node.get("transform", ""))
    if name == "g":
        if moved:
            x, y = x + float(moved[1]), y + float(moved[2])
        return "".join(_drawn(child, x, y) for child in node)
    if name not in DRAWN or _is_empty(node):
        return ""
    attributes = {key: value for key, value in node.attrib.items() if key in KEPT}
    rest = TRANSLATE.sub("", attributes.pop("transform", ""), count=1).strip()
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    if circle := CIRCLE.fullmatch(attributes.get("d", "")):
        name = "circle"
        attributes["d"] = ""
        attributes |= {"cx": f"{x}", "cy": f"{y}", "r": circle[1]}
    elif x or y:
        attributes["transform"] = f"translate({x},{y}){rest}"
    return _element(name, attributes, node.text or "")


def _is_empty(node: ElementTree.Element) -> bool:
    """Nothing to see: Vega's backgrounds, hidden foregrounds, and texts without a word."""
    name = node.tag.removeprefix(SVG)
    is_painted = node.get("fill", "none") != "none" or node.get("stroke", "none") != "none"
    if node.get("display") == "none" or not is_painted:
        return True
    return not (node.text if name == "text" else node.get("d", "drawn"))


def _element(name: str, attributes: dict[str, str], text: str) -> str:
    written = "".join(
        f' {key}="{escape(DECIMAL.sub(_rounded, value))}"'
        for key, value in attributes.items()
        if value and DEFAULT.get(key) != value
    )
    if name == "text":
        return f"<text{written}>{escape(text)}</text>"
    return f"<{name}{written}/>"


def _rounded(number: re.Match[str]) -> str:
    text = f"{float(number[0]):.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
