"""What goes wrong with single reports, each kind as dirt.csv lists it.

A kind of dirt turns one report into what is sent instead: (nights later, report), in the order of
sending.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np

from samples.data_file import rows
from samples.feed import Feed, Report
from samples.order import Result

HOSTILE = "=cmd() <script>alert(1)</script> |&^~\\"
NOT_A_NUMBER = "haemolysed"
UNKNOWN_UNIT = "rel.units"
OTHER_UNITS = {"g/L": "mg/dL", "mg/dL": "g/L"}
Sent = list[tuple[int, Report]]


@dataclass(frozen=True)
class Dirt:
    """One kind; `keeps_status`: whether the patient's states are the same as without it."""

    kind: str
    keeps_status: bool


@lru_cache
def kinds(feed_format: str) -> tuple[tuple[Dirt, ...], np.ndarray]:
    """The kinds that a format can have, and the cumulative share of each."""
    fitting = [row for row in rows("dirt") if feed_format in row["formats"].split()]
    weights = np.array([float(row["weight"]) for row in fitting])
    listed = tuple(Dirt(r["kind"], r["keeps_status"] == "true") for r in fitting)
    return listed, np.cumsum(weights / weights.sum())


def kind_at(feed: Feed, draw: float) -> Dirt:
    """The kind that a uniform draw in [0, 1) falls on."""
    listed, cumulative = kinds(feed.format)
    return listed[min(int(np.searchsorted(cumulative, draw, side="right")), len(listed) - 1)]


def sent_instead(kind: str, report: Report, later_at: datetime) -> Sent:
    """What is sent instead of `report`; `later_at` is when the next night's version is sent."""
    return KINDS[kind](report, later_at)


def _with_igm(report: Report, **changes: str) -> Report:
    results = (r._replace(**changes) if r.test == "igm" else r for r in report.results)
    return report._replace(results=tuple(results))


def _with_status(report: Report, status: str) -> Report:
    return report._replace(results=tuple(r._replace(status=status) for r in report.results))


def _igm(report: Report) -> Result:
    return next(result for result in report.results if result.test == "igm")


def _wrong_igm(report: Report) -> Report:
    """The same report with a quarter of its IgM: what was sent before it was put right."""
    quarter = float(_igm(report).value.lstrip("<")) / 4
    return _with_igm(report, value=f"{quarter:.3g}", abnormal_flag="L")


def _sent_again(report: Report, suffix: str, at: datetime) -> Report:
    return report._replace(control_id=f"{report.order_number}-{suffix}", sent_at=at)


def _contradicted(report: Report, _: datetime) -> Sent:
    return [(0, _with_igm(report, units=OTHER_UNITS[_igm(report).units]))]


def _preliminary(report: Report, _: datetime) -> Sent:
    early = _sent_again(_wrong_igm(report), "P", report.sent_at - timedelta(minutes=30))
    return [(0, _with_status(early, "P")), (0, report)]


def _corrected(report: Report, later_at: datetime) -> Sent:
    right = _with_status(_sent_again(report, "C", later_at), "C")
    return [(0, _wrong_igm(report)), (1, right)]


def _withdrawn(report: Report, later_at: datetime) -> Sent:
    wrong = _wrong_igm(report)._replace(order_number=f"{report.order_number}W")
    gone = _with_status(_sent_again(wrong, "W2", later_at), "W")
    return [(0, report), (0, _sent_again(wrong, "W1", report.sent_at)), (1, gone)]


def _with_titre(report: Report, _: datetime) -> Sent:
    titre = Result("cmv_igm", "0.3", "index", "0-0.9", "N", "F")
    return [(0, report._replace(results=(*report.results, titre)))]


KINDS = {
    "text_value": lambda r, _: [(0, _with_igm(r, value=NOT_A_NUMBER, abnormal_flag=""))],
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
