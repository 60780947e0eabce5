"""The drawn patients (transforms/knowledge/case) as rows for the fold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import pyarrow as pa

from transforms.course import Courses, follow
from transforms.knowledge import load_knowledge
from transforms.knowledge.drawn_case import (
    LOWERED,
    DrawnPanel,
    age_in_days,
    drawn,
    drawn_classes,
    drawn_limits,
)
from transforms.knowledge.drawn_case import drawn_exposures as exposures_of

DAY_0 = date(2024, 1, 10)
ANALYTES = ("igg", "iga", "igm", "ige")
VALUES = {
    analyte: {sign: float(row[analyte]) for sign, row in drawn_classes().items() if row[analyte]}
    for analyte in ANALYTES
}
IGM_LOWER_LIMITS = tuple(drawn_limits()["igm"].values())
IGG_LOWER_LIMITS = tuple(drawn_limits()["igg"].values())
IGE_UPPER_LIMIT = drawn_limits()["ige"]["upper_limit"]
RULES = ("selective_igm_deficiency", "hyper_igm")


@cache
def knowledge() -> dict[str, pa.Table]:
    return load_knowledge()


def followed(row: dict[str, str | None]) -> Courses:
    """The course of the drawn patient."""
    age_days, as_of = age_in_days(row.get("age") or "35y"), on(row["as_of"])
    facilities = {"complete": "complete", None: "complete", "none": "none"}
    feed = facilities[row.get("feed")]
    return follow(
        pa.Table.from_pylist(list(drawn_panels(row)), PANEL),
        pa.Table.from_pylist(list(drawn_exposures(row)), EXPOSURES),
        pa.Table.from_pylist([_patient(row, age_days)]),
        pa.Table.from_pylist(
            [
                {"facility": "north", "exposure_feed": feed, "reference_set": "PRU_EXETER+MAYO"},
                {"facility": "south", "exposure_feed": "none", "reference_set": "MAYO"},
            ]
        ),
        knowledge(),
        as_of,
    )


def on(day: str | int) -> date:
    return DAY_0 + timedelta(days=int(day))


def _patient(row: dict[str, Any], age_days: int | None) -> dict[str, Any]:
    birth = None if age_days is None else DAY_0 - timedelta(days=age_days)
    return {
        "patient_key": "ann",
        "patient_id": "ann",
        "assigning_authority": "NORTH",
        "sex": row.get("sex") or "F",
        "birth_date": birth,
    }


def drawn_panels(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of core.panel of a case."""
    age_days = age_in_days(row.get("age") or "35y")
    for place, panel in enumerate(drawn(row)):
        context = _context(panel, place)
        own = {result.analyte for result in panel.results if not result.is_borrowed}
        for analyte in (index for index in ("igg", "igm") if index in own):
            limits = IGM_LOWER_LIMITS if analyte == "igm" else IGG_LOWER_LIMITS
            yield {
                **context,
                "measurement_id": context[f"{analyte}_measurement_id"],
                "index_analyte": analyte,
                "patient_key": "ann",
                "facility": panel.facility or "north",
                "laboratory": panel.laboratory or "lab1",
                "collected_at": datetime.combine(on(panel.day), time(8)),
                "age_days": None if age_days is None else age_days + panel.day,
                "sex": row.get("sex") or "F",
                "lower_limit_min": limits[0],
                "lower_limit_max": limits[1],
                "igg_subclasses": [f"igg{s[0]}" for s in panel.subclasses],
                "low_igg_subclasses": [f"igg{s[0]}" for s in panel.subclasses if s[1:] == "L"],
            }


def _context(panel: DrawnPanel, place: int) -> dict[str, Any]:
    context: dict[str, Any] = {"ige_upper_limit_max": IGE_UPPER_LIMIT}
    for result in panel.results:
        context[f"{result.analyte}_measurement_id"] = f"{place}:{result.analyte}"
        context[f"{result.analyte}_collected_at"] = datetime.combine(on(result.day), time(8))
        context[f"{result.analyte}_class"] = result.class_name
        context[f"{result.analyte}_value"] = result.value
        context[f"{result.analyte}_comparator"] = result.comparator
    return context


def drawn_exposures(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of core.exposure of a case."""
    for exposure in exposures_of(row):
        yield {
            "patient_key": "ann",
            "effect": exposure.effect,
            "exposure_group": exposure.group,
            "name": exposure.group,
            **{f"lowers_{analyte}": analyte in exposure.lowers for analyte in LOWERED},
            "raises_igm": exposure.raises_igm,
            "start_date": _date(exposure.first_day),
            "end_date": _date(exposure.last_day),
            "active_until": _date(exposure.active_until),
        }


def _date(day: int | None) -> date | None:
    return None if day is None else on(day)


TEXT, NUMBER = pa.string(), pa.float64()
PANEL = pa.schema(
    [
        *((name, TEXT) for name in ("measurement_id", "index_analyte", "patient_key")),
        *((name, TEXT) for name in ("facility", "laboratory", "sex")),
        ("collected_at", pa.timestamp("us")),
        ("age_days", pa.int32()),
        *((f"{a}_measurement_id", TEXT) for a in ANALYTES),
        *((f"{a}_collected_at", pa.timestamp("us")) for a in ("igg", "iga", "igm")),
        *((f"{a}_value", NUMBER) for a in ANALYTES),
        *((f"{a}_comparator", TEXT) for a in ANALYTES),
        *((f"{a}_class", TEXT) for a in ANALYTES),
        ("ige_upper_limit_max", NUMBER),
        ("lower_limit_min", NUMBER),
        ("lower_limit_max", NUMBER),
        ("igg_subclasses", pa.list_(TEXT)),
        ("low_igg_subclasses", pa.list_(TEXT)),
    ]
)
EXPOSURES = pa.schema(
    [
        *((name, TEXT) for name in ("patient_key", "effect", "exposure_group", "code", "name")),
        *((f"lowers_{analyte}", pa.bool_()) for analyte in LOWERED),
        ("raises_igm", pa.bool_()),
        *((name, pa.date32()) for name in ("start_date", "end_date", "active_until")),
    ]
)
