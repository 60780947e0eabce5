"""The rows that a patient's course plot draws: limits, results, exposures and states.

What is drawn is decided here, where a test can read it; course_plot only says how.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import sqrt

from reports.flag_line import Flag, Row
from reports.patient import LIMITS, MOST_POINTS, Patient, changes
from reports.safe_text import quantity, safe_text
from reports.thinned import thinned
from reports.wording import wording

WIDTH, PANEL = 640, 78
SHORTEST = timedelta(days=90)
MOST_LABELS, MOST_EXPOSURES = 10, 6
LABEL_APART, LETTER = 12, 6.2

LOW, HIGH, PLAIN, WHITE, INK = "#0b5cad", "#b4460f", "#56636b", "#fff", "#1d2a33"
# class -> fill and outline: filled where the class is decided, hollow where it is not
COLOUR = {
    "very_low": (LOW, LOW),
    "low": (LOW, LOW),
    "borderline_low": (WHITE, LOW),
    "normal": (PLAIN, PLAIN),
    "borderline_high": (WHITE, HIGH),
    "high": (HIGH, HIGH),
}
STATE_FILL = {
    "definite_pattern": "#c9d6e8",
    "persistent": "#dbe5f1",
    "repeat_overdue": "#f6dfb8",
    "repeat_due": "#f9ebcf",
    "candidate": "#e8eef5",
    "resolved": "#dcebdf",
}
SHAPE = {"<": "triangle-down", "<=": "triangle-down", ">": "triangle-up", ">=": "triangle-up"}


def plot_period(patient: Patient, analytes: tuple[str, ...]) -> tuple[datetime, datetime]:
    """From before the first result to the clock of the run, SHORTEST at least."""
    days = [patient.series[a][0]["collected_at"] for a in analytes]
    last = max(_midnight(patient.as_of), *(patient.series[a][-1]["collected_at"] for a in analytes))
    first = min([*days, last - SHORTEST])
    return first - (last - first) / 25, last + (last - first) / 50


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _plot_time(at: datetime) -> int:
    """Milliseconds as if local time were UTC: the plot's clock is the facility's own."""
    return int((at - datetime(1970, 1, 1)) / timedelta(milliseconds=1))


def course_rows(patient: Patient, analytes: tuple[str, ...]) -> dict[str, list[Row]]:
    """Data set of the plot -> its rows."""
    first, last = plot_period(patient, analytes)
    rows: dict[str, list[Row]] = {"limit": [], "result": [], "panel": [], "tick": []}
    for analyte in analytes:
        results = thinned(patient.series[analyte], MOST_POINTS, patient.has_changed)
        unit = "kU/L" if analyte == "ige" else "g/L"
        rows["panel"].append(
            {"analyte": analyte, "name": wording("analyte", analyte), "unit": unit}
        )
        rows["limit"] += _limit_rows(analyte, results, first, last)
        rows["result"] += [_result_row(patient, row, len(results)) for row in results]
        rows["tick"] += _tick_rows(analyte, results)
    rows["exposure"] = list(_exposure_rows(patient, first, last))
    rows["state"] = [
        row
        for number, flag in enumerate(patient.flags)
        for row in _state_rows(number, flag, first, last)
    ]
    return rows


def _limit_rows(analyte: str, results: list[Row], first: datetime, last: datetime) -> Iterator[Row]:
    edges = [(first, results[0]), *((r["collected_at"], r) for r in results), (last, results[-1])]
    for at, row in edges:
        limits = {name: row[name] for name in LIMITS}
        if limits["upper_limit_max"] is not None:
            # IgE has no lower limit: its band begins at nothing
            limits = {name: value or 0 for name, value in limits.items()}
        yield {"analyte": analyte, "at": _plot_time(at), **limits}


def _result_row(patient: Patient, row: Row, n_results: int) -> Row:
    fill, stroke = COLOUR.get(row["class"], (WHITE, PLAIN))
    text = quantity(row["value"], row["value_comparator"])
    return {
        "analyte": row["analyte"],
        "at": _plot_time(row["collected_at"]),
        "value": row["value"],
        "shape": SHAPE.get(row["value_comparator"], "circle"),
        "fill": fill,
        "stroke": stroke,
        "is_counted": patient.is_counted(row),
        "label": text if n_results <= MOST_LABELS else "",
    }


def _tick_rows(analyte: str, results: list[Row]) -> Iterator[Row]:
    """The limits of the last result, printed at the left; the lower ones only if they fit."""
    last = results[-1]
    tops = [last["upper_limit_max"] or 0, *(row["value"] for row in results)]
    height_per_root = PANEL / sqrt(max(tops) or 1)
    upper, lower = _middle(last, "upper"), _middle(last, "lower")
    if upper is not None:
        yield {"analyte": analyte, "value": upper, "label": limit_text(last, "upper")}
    fits = upper is None or (sqrt(upper) - sqrt(lower or 0)) * height_per_root >= LABEL_APART
    if lower is not None and fits:
        yield {"analyte": analyte, "value": lower, "label": limit_text(last, "lower")}


def _middle(row: Row, end: str) -> float | None:
    low, high = row[f"{end}_limit_min"], row[f"{end}_limit_max"]
    return None if low is None or high is None else (sqrt(low) + sqrt(high)) ** 2 / 4


def limit_text(row: Row, end: str) -> str:
    """The lower or the upper limits of the tables in use: 0.4–0.5, or 0.4 where they agree."""
    ends = (quantity(row[f"{end}_limit_min"]), quantity(row[f"{end}_limit_max"]))
    return "–".join(dict.fromkeys(text for text in ends if text))


def _exposure_rows(patient: Patient, first: datetime, last: datetime) -> Iterator[Row]:
    number = 0
    for row in patient.exposures:
        start = _midnight(row["start_date"]) if row["start_date"] else first
        end = _midnight(row["active_until"]) if row["active_until"] else last
        if start > last or end < first or number >= MOST_EXPOSURES:
            continue
        began = "◂ " if start < first else ""
        yield {
            "row": number,
            "at": _plot_time(max(start, first)),
            "to": _plot_time(min(end, last)),
            "label": began + safe_text(row["name"], 60),
            "name": "" if number else "Exposures",
        }
        number += 1


def _state_rows(number: int, flag: Flag, first: datetime, last: datetime) -> Iterator[Row]:
    """The states that the dated results made, and today's; a state is named where its name fits."""
    made = _state_changes(flag)
    lane = {"row": number, "name": wording("rule_short", flag.rule_id), "label": "", "fill": PLAIN}
    yield {**lane, "at": _plot_time(first), "to": _plot_time(first)}
    for (at, status), (to, _) in zip(made, [*made[1:], (last, "")], strict=True):
        at = max(at, first)
        width = WIDTH * ((to - at) / (last - first))
        text = wording("status", status)
        yield {
            **lane,
            "name": "",
            "at": _plot_time(at),
            "to": _plot_time(to),
            "fill": STATE_FILL.get(status, "#ebeef0"),
            "label": text if len(text) * LETTER < width else "",
        }


def _state_changes(flag: Flag) -> list[tuple[datetime, str]]:
    """When each state began, oldest first, the newest of very many; none before the first
    evidence."""
    made = [(step["collected_at"], step["status_after"]) for step in changes(flag.steps)]
    return _with_passing_of_time(flag, made)[-MOST_POINTS:]


def _with_passing_of_time(
    flag: Flag, made: list[tuple[datetime, str]]
) -> list[tuple[datetime, str]]:
    """The changes with those that time alone made: due and overdue on their dates, others today."""
    if not made or made[-1][1] == flag.status:
        return made
    due, overdue = flag.repeat_due_on, flag.repeat_overdue_on
    if due and flag.status in ("repeat_due", "repeat_overdue"):
        made = [*made, (_midnight(due), "repeat_due")]
    if overdue and flag.status == "repeat_overdue":
        return [*made, (_midnight(overdue), "repeat_overdue")]
    if made[-1][1] == flag.status:
        return made
    return [*made, (_midnight(flag.as_of), flag.status)]
