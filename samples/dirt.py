"""What goes wrong with single reports, each kind as dirt.csv lists it.

A kind turns one report into what is sent for it: (nights later, report), in order of sending.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np

from samples.data_file import rows
from samples.feed import Feed, Line, Report

HOSTILE = "=cmd() <script>alert(1)</script> |&^~\\"
WORD = "haemolysed"
UNKNOWN_UNIT = "rel.units"
OTHER_UNITS = {"g/L": "mg/dL", "mg/dL": "g/L"}
Sent = list[tuple[int, Report]]


@dataclass(frozen=True)
class Dirt:
    """One kind; keeps_status: the patient's states are what they are without it."""

    kind: str
    fate: str
    keeps_status: bool


@lru_cache
def kinds(feed_format: str) -> tuple[tuple[Dirt, ...], np.ndarray]:
    """The kinds that can befall a format, and the cumulative share of each."""
    fitting = [row for row in rows("dirt") if feed_format in row["formats"].split()]
    weights = np.array([float(row["weight"]) for row in fitting])
    listed = tuple(Dirt(r["kind"], r["fate"], r["keeps_status"] == "true") for r in fitting)
    return listed, np.cumsum(weights / weights.sum())


def chosen(feed: Feed, draw: float) -> Dirt:
    """The kind that a uniform draw in [0, 1) falls on."""
    listed, cumulative = kinds(feed.format)
    return listed[min(int(np.searchsorted(cumulative, draw, side="right")), len(listed) - 1)]


def dirtied(kind: str, report: Report, later_at: datetime) -> Sent:
    """What is sent instead of `report`; `later_at` is when the next night's version is sent."""
    return KINDS[kind](report, later_at)


def _with_igm(report: Report, **changes: str) -> Report:
    lines = [x._replace(**changes) if x.test == "igm" else x for x in report.lines]
    return report._replace(lines=tuple(lines))


def _with_status(report: Report, status: str) -> Report:
    return report._replace(lines=tuple(x._replace(status=status) for x in report.lines))


def _another_igm(report: Report) -> Report:
    """The same report with a quarter of its IgM: what was there before it was put right."""
    igm = next(line for line in report.lines if line.test == "igm")
    quarter = float(igm.value.lstrip("<")) / 4
    return _with_igm(report, value=f"{quarter:.3g}", flag="L")


def _again(report: Report, suffix: str, at: datetime) -> Report:
    return report._replace(control_id=f"{report.order_number}-{suffix}", sent_at=at)


def _contradicted(report: Report, _: datetime) -> Sent:
    igm = next(line for line in report.lines if line.test == "igm")
    return [(0, _with_igm(report, units=OTHER_UNITS[igm.units]))]


def _preliminary(report: Report, _: datetime) -> Sent:
    early = _again(_another_igm(report), "P", report.sent_at - timedelta(minutes=30))
    return [(0, _with_status(early, "P")), (0, report)]


def _corrected(report: Report, later_at: datetime) -> Sent:
    right = _with_status(_again(report, "C", later_at), "C")
    return [(0, _another_igm(report)), (1, right)]


def _withdrawn(report: Report, later_at: datetime) -> Sent:
    wrong = _another_igm(report)._replace(order_number=f"{report.order_number}W")
    gone = _with_status(_again(wrong, "W2", later_at), "W")
    return [(0, report), (0, _again(wrong, "W1", report.sent_at)), (1, gone)]


def _with_titre(report: Report, _: datetime) -> Sent:
    titre = Line("cmv_igm", "0.3", "index", "0-0.9", "N", "F")
    return [(0, report._replace(lines=(*report.lines, titre)))]


KINDS = {
    "text_value": lambda r, _: [(0, _with_igm(r, value=WORD, flag=""))],
    "unknown_unit": lambda r, _: [(0, _with_igm(r, units=UNKNOWN_UNIT))],
    "missing_unit": lambda r, _: [(0, _with_igm(r, units="", reference_range=""))],
    "unit_contradicts_range": _contradicted,
    "bad_date": lambda r, _: [(0, r._replace(has_bad_date=True))],
    "no_identifier": lambda r, _: [(0, r._replace(patient_id=""))],
    "cut_off": lambda r, _: [(0, r._replace(is_cut=True))],
    "not_serum": lambda r, _: [(0, r._replace(specimen="csf"))],
    "unmapped_code": lambda r, _: [(0, _with_igm(r, test="igm_unmapped"))],
    "titre": _with_titre,
    "preliminary": _preliminary,
    "corrected": _corrected,
    "withdrawn": _withdrawn,
    "resent": lambda r, _: [(0, r), (1, r)],
    "hostile_comment": lambda r, _: [(0, r._replace(comment=HOSTILE))],
}
