"""Patients drawn as one line each: panels and exposures over days, and the states they must reach.

The format is told in README.md of this folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.table import table
from transforms.course import Courses, follow
from transforms.knowledge import load_knowledge

DAY_0 = date(2024, 1, 10)
ANALYTES = ("igg", "iga", "igm", "ige")
CLASSES = {
    "VL": "very_low",
    "L": "low",
    "BL": "borderline_low",
    "N": "normal",
    "BH": "borderline_high",
    "H": "high",
    "C": "censored_unresolved",
    "X": "not_classed",
    "-": None,
}
VALUES = {
    "igg": {"VL": 1.0, "L": 4.0, "BL": 6.5, "N": 10.0, "BH": 16.0, "H": 20.0, "C": 8.0, "X": 9.0},
    "iga": {"VL": 0.05, "L": 0.3, "BL": 0.7, "N": 2.0, "BH": 3.0, "H": 5.0, "C": 1.0, "X": 2.0},
    "igm": {"VL": 0.1, "L": 0.3, "BL": 0.45, "N": 1.0, "BH": 2.5, "H": 4.0, "C": 0.6, "X": 1.0},
    "ige": {"L": 1.0, "N": 50.0, "H": 500.0, "X": 50.0},
}
IGM_LOWER_LIMITS = (0.40, 0.50)
IGE_UPPER_LIMIT = 100.0
ISOTYPE = re.compile(r"(\()?([A-Z]+|-)(?::([<>]=?)?([0-9.]+))?\)?")
EXPOSURE = re.compile(r"(\w+) (\w+) (-?\d+|\?)?(\.\.)?(-?\d+)?(?:\+(\d+))?(?: \[([\w|]+)\])?")
BOTH = "hyper_igm|selective_igm_deficiency"
RULES = ("selective_igm_deficiency", "hyper_igm")


@dataclass(frozen=True)
class Case:
    """One line of a table below one sentence of the rules."""

    section: str
    sentence: str
    row: dict[str, str | None]

    @property
    def name(self) -> str:
        return f"{self.section} {self.row['case']}"


@cache
def knowledge() -> dict[str, pa.Table]:
    return load_knowledge()


def read_cases(folder: Path) -> Iterator[Case]:
    """Every case of every table of the folder, under the sentence of its heading."""
    for path in sorted(folder.glob("[0-9]*.md")):
        sections = path.read_text(encoding="utf-8").split("\n## ")[1:]
        for number, section in enumerate(sections, start=1):
            sentence, _, body = section.partition("\n")
            drawn = "\n".join(line for line in body.splitlines() if "|" in line)
            for row in table(drawn):
                yield Case(f"{path.name[:2]}.{number}", sentence, row)


def followed(row: dict[str, str | None]) -> Courses:
    """The course of the drawn patient."""
    age_days, as_of = _days(row.get("age") or "35y"), on(row["as_of"])
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


def on(day: str) -> date:
    return DAY_0 + timedelta(days=int(day))


def _days(age: str) -> int | None:
    if age == "?":
        return None
    number, unit = re.fullmatch(r"([0-9.]+)(d|y)", age).groups()
    return int(float(number) * {"d": 1, "y": 365.25}[unit])


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
    age_days = _days(row.get("age") or "35y")
    for place, drawn in enumerate((row["panels"] or "").split(";")):
        if not drawn.strip():
            continue
        day, isotypes, *marks = drawn.split()
        context, indexes = _isotypes(isotypes, place)
        laboratory = next((m[1:] for m in marks if m[0] == "@"), "lab1")
        facility = next((m[1:] for m in marks if m[0] == "!"), "north")
        subclasses = next((m[1:].split(",") for m in marks if m[0] == "#"), [])
        for analyte in indexes:
            low_min, low_max = IGM_LOWER_LIMITS if analyte == "igm" else (6.0, 7.0)
            yield {
                **context,
                "measurement_id": context[f"{analyte}_measurement_id"],
                "index_analyte": analyte,
                "patient_key": "ann",
                "facility": facility,
                "laboratory": laboratory,
                "collected_at": datetime.combine(on(day), time(8)),
                "age_days": None if age_days is None else age_days + int(day),
                "sex": row.get("sex") or "F",
                "lower_limit_min": low_min,
                "lower_limit_max": low_max,
                "igg_subclasses": [f"igg{s[0]}" for s in subclasses],
                "low_igg_subclasses": [f"igg{s[0]}" for s in subclasses if s[1:] == "L"],
            }


def _isotypes(drawn: str, place: int) -> tuple[dict[str, Any], list[str]]:
    context: dict[str, Any] = {"ige_upper_limit_max": IGE_UPPER_LIMIT}
    indexes = []
    for analyte, text in zip(ANALYTES, drawn.split("/"), strict=False):
        borrowed, short, comparator, value = ISOTYPE.fullmatch(text).groups()
        class_ = CLASSES[short]
        if class_ is None:
            continue
        context[f"{analyte}_measurement_id"] = f"{place}:{analyte}"
        context[f"{analyte}_class"] = class_
        context[f"{analyte}_value"] = float(value or VALUES[analyte][short])
        context[f"{analyte}_comparator"] = comparator or ("<" if short == "C" else None)
        if not borrowed and analyte in ("igm", "igg"):
            indexes.append(analyte)
    return context, indexes


def drawn_exposures(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of core.exposure of a case."""
    for text in (row.get("exposures") or "").split(";"):
        if not text.strip():
            continue
        effect, group, start, dots, end, look_back, applies_to = EXPOSURE.fullmatch(
            text.strip()
        ).groups()
        end = end if dots else start
        ended = None if end in (None, "?") else on(end)
        yield {
            "patient_key": "ann",
            "effect": effect,
            "exposure_group": group,
            "applies_to": applies_to or BOTH,
            "lowers_igg": "hyper_igm" in (applies_to or BOTH),
            "lowers_igm": "selective_igm_deficiency" in (applies_to or BOTH),
            "start_date": None if start in (None, "?") else on(start),
            "end_date": ended,
            "active_until": ended and ended + timedelta(days=int(look_back or 0)),
        }


TEXT, NUMBER = pa.string(), pa.float64()
PANEL = pa.schema(
    [
        *((name, TEXT) for name in ("measurement_id", "index_analyte", "patient_key")),
        *((name, TEXT) for name in ("facility", "laboratory", "sex")),
        ("collected_at", pa.timestamp("us")),
        ("age_days", pa.int32()),
        *((f"{a}_measurement_id", TEXT) for a in ANALYTES),
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
        *((name, TEXT) for name in ("patient_key", "effect", "exposure_group", "applies_to")),
        *((name, pa.bool_()) for name in ("lowers_igg", "lowers_igm")),
        *((name, pa.date32()) for name in ("start_date", "end_date", "active_until")),
    ]
)
