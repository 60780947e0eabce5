"""A small invented region as a published generation: tables drawn by hand, Parquet out.

`region/*.csv` hold who was tested, what was found and what the course made of it. Here they are
only laid out as warehouse/dictionary.csv says.
"""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).with_name("region")
DICTIONARY = Path(__file__).resolve().parents[2] / "warehouse" / "dictionary.csv"
RUN_ID, AS_OF, RULE_VERSION = "20261120-4f0e9a77c1d2", date(2026, 11, 20), "2026.1"
AUTHORITY = "REGION"
ANALYTES = ("igg", "iga", "igm", "ige")
INDEX = {"hyper_igm": "igg", "selective_igm_deficiency": "igm"}
TYPE = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
}
PARSE = {
    "DATE": date.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
    "INTEGER": int,
    "BIGINT": int,
    "DOUBLE": float,
    "BOOLEAN": "true".__eq__,
    "VARCHAR": str,
    "VARCHAR[]": lambda text: text.split("|"),
}
Rows = list[dict[str, Any]]


def drawn(name: str) -> Rows:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{k: v or None for k, v in row.items()} for row in csv.DictReader(file)]


def region() -> dict[str, Rows]:
    """schema.table -> rows; every cell still text, as drawn."""
    people = {row["patient"]: _person(row) for row in drawn("patient")}
    measurements = _measurements(people)
    flags = [_flag(people, row) for row in drawn("flag")]
    steps = _evidence(people, measurements)
    return {
        "core.patient": list(people.values()),
        "core.measurement": measurements,
        "core.exposure": [_of(people, row) for row in drawn("exposure")],
        "core.unusable": [_placed(_of(people, r), n) for n, r in enumerate(drawn("unusable"))],
        "core.superseded": [_placed(_of(people, r), n) for n, r in enumerate(drawn("superseded"))],
        "flag.patient_flag": flags,
        "flag.evidence": steps,
        "flag.transition": [_transition(flag) for flag in flags] + _withdrawn(),
        "mart.cohort": flags,
        "mart.worklist": [flag for flag in flags if flag["ask"]],
        "mart.watched": [flag for flag in flags if flag["watched_as"]],
        "mart.source_message": [
            row | {"message_control_id": f"RS{row['message_number']:0>6}"} for row in measurements
        ],
        "mart.requester": _requesters(measurements),
        "mart.review": [_of(people, row) for row in drawn("review")],
        "mart.request": [_of(people, row) for row in drawn("request")],
        "mart.facility": drawn("facility"),
        "mart.verdict_outcome": drawn("precision"),
        "mart.funnel": drawn("funnel"),
        "mart.waiting_share": drawn("waiting"),
        "mart.unmeasured": drawn("not_measured"),
        **{
            f"quality.{name}": drawn(name)
            for name in (
                "canary",
                "freshness",
                "conservation",
                "check_result",
                "check_history",
                "flag_rate",
                "identity",
                "release",
                "rule_review",
                "unmapped_code",
                "unmapped_exposure",
                "unit_shift",
                "unusable_reason",
                "unmeasured",
                "waiting_share",
            )
        },
        "quality.exposure_feed": [_listed(row, "faults") for row in drawn("exposure_feed")],
        "quality.screening": [_listed(row, "screening_faults") for row in drawn("screening")],
        "quality.feed_daily": _feed_daily(),
    }


def write_generation(folder: Path, tables: dict[str, Rows] | None = None) -> Path:
    """The region, with `tables` in place of its own, as a generation's folder; the rest is empty."""
    empty = {name: [] for name in columns() if not name.startswith("raw.")}
    for name, rows in {**empty, **region(), **(tables or {})}.items():
        path = folder / f"{name.replace('.', '/')}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(arrow(name, rows), path)
    clock = {"run_id": RUN_ID, "as_of": AS_OF.isoformat(), "rule_version": RULE_VERSION}
    (folder / "manifest.json").write_text(json.dumps({**clock, "tables": {}}), encoding="utf-8")
    return folder


def arrow(name: str, rows: Rows) -> pa.Table:
    """Rows as warehouse/dictionary.csv types them; a column not drawn is NULL."""
    given = {"run_id": RUN_ID, "as_of": AS_OF, "rule_version": RULE_VERSION}
    return pa.table(
        {
            column: pa.array(
                [_cell(row.get(column, given.get(column)), kind) for row in rows], TYPE[kind]
            )
            for column, kind in columns()[name]
        }
    )


@cache
def columns() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    with DICTIONARY.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pair = (row["column"], row["type"])
            found.setdefault(f"{row['schema']}.{row['table']}", []).append(pair)
    return found


def _cell(value: Any, kind: str) -> Any:
    return PARSE[kind](value) if isinstance(value, str) else value


def _listed(row: dict, column: str) -> dict:
    """With a list where nothing is drawn."""
    return row | {column: row[column] or []}


def _person(row: dict) -> dict:
    return row | {"patient_key": f"key-{row['patient']}", "assigning_authority": AUTHORITY}


def _of(people: dict, row: dict) -> dict:
    return people[row["patient"]] | row


def _placed(row: dict, number: int) -> dict:
    return row | {
        "source_name": "2026/results-11.hl7",
        "message_number": str(900 + number),
        "position": str(number + 1),
        "measurement_id": f"held:{number}",
    }


def _flag(people: dict, row: dict) -> dict:
    order = ("definite_pattern", "repeat_overdue", "repeat_due", "persistent", "candidate")
    place = order.index(row["status"]) + 2 if row["status"] in order else 7
    priority = 1 if row["urgent"] == "true" else place
    return _of(people, row) | {
        "routes": row["routes"] or [],
        "missing": row["missing"] or [],
        "priority": str(priority),
        "reference_set": "PRU_EXETER+MAYO",
    }


def _transition(flag: dict) -> dict:
    return flag | {
        "from_status": flag["previous_status"],
        "to_status": flag["status"],
        "as_of": flag["changed_on"],
        "published_run_id": "earlier",
    }


def _withdrawn() -> Rows:
    return [
        row
        | {"patient_key": "key-gone", "assigning_authority": AUTHORITY, "to_status": "no_evidence"}
        for row in drawn("withdrawn")
    ]


def _measurements(people: dict) -> Rows:
    limits = {(row["limits"], row["analyte"]): row for row in drawn("limit")}
    rows = []
    for number, panel in enumerate(drawn("panel"), start=1):
        person = people[panel["patient"]]
        verdicts = dict(zip(ANALYTES, panel["own_verdict"].split("|"), strict=False))
        for place, analyte in enumerate(ANALYTES, start=1):
            if panel[analyte]:
                limit = limits[person["limits"], analyte]
                rows.append(
                    person
                    | limit
                    | _result(person, panel, analyte, limit)
                    | {
                        "laboratory_interpretation": verdicts.get(analyte),
                        "message_number": str(number),
                        "position": str(number * 4 + place),
                    }
                )
    return rows


def _requesters(measurements: Rows) -> Rows:
    """Who asked for the results of a sample."""
    asked = {(row["patient"], row["collected_at"]): row for row in drawn("requester")}
    return [
        measured | asked[sample]
        for measured in measurements
        if (sample := (measured["patient"], measured["collected_at"])) in asked
    ]


def _result(person: dict, panel: dict, analyte: str, limit: dict) -> dict:
    sent = panel[analyte]
    number, is_bound = float(sent.lstrip("<>")), sent[0] in "<>"
    unit = "kU/L" if analyte == "ige" else panel["unit"]
    value = number / 100 if unit == "mg/dL" else number
    born = date.fromisoformat(person["birth_date"])
    return {
        "measurement_id": f"{panel['patient']}:{panel['collected_at']}:{analyte}",
        "collected_at": panel["collected_at"],
        "series": "total",
        "status": "final",
        "age_days": str((datetime.fromisoformat(panel["collected_at"]).date() - born).days),
        "value_source_value": sent,
        "unit_source_value": unit,
        "value_comparator": sent[0] if is_bound else None,
        "value_as_number": str(number),
        "value_kiu_per_l" if analyte == "ige" else "value_g_per_l": str(value),
        "class": _class(value, is_bound, limit),
        "laboratory": panel["laboratory"],
        "source_name": f"2026/{person['facility']}-results.hl7",
        "source_sha256": "ab" * 32,
        "reference_set": "PRU_EXETER+MAYO",
    }


def _class(value: float, is_bound: bool, limit: dict) -> str:
    low, high = float(limit["lower_limit_min"] or 0), float(limit["upper_limit_max"])
    if value < low / 3:
        return "very_low"
    if value < low:
        return "low"
    if is_bound:
        return "censored_unresolved"
    if value < float(limit["lower_limit_max"] or 0):
        return "borderline_low"
    return "high" if value > high else "normal"


def _evidence(people: dict, measurements: Rows) -> Rows:
    rows, numbers = [], {}
    for step in drawn("step"):
        who = step["patient"], step["rule_id"]
        numbers[who] = numbers.get(who, 0) + 1
        panel = [
            m
            for m in measurements
            if (m["patient"], m["collected_at"]) == (who[0], step["collected_at"])
        ]
        rows += [
            m | step | {"event_number": str(numbers[who]), "role": _role(m, step)} for m in panel
        ]
    return rows


def _role(measurement: dict, step: dict) -> str:
    return "index" if measurement["analyte"] == INDEX[step["rule_id"]] else "context"


def _feed_daily() -> Rows:
    """Four weeks of three feeds; the last of them falls silent."""
    return [
        {
            "facility": facility,
            "day": date.fromordinal(AS_OF.toordinal() - back).isoformat(),
            "n_messages": str(size + back % 7),
            "n_results": str(3 * size + back % 5),
            "n_measured": str(2 * size),
            "n_unusable": None,
        }
        for facility, size, silent in (
            ("riverside", 120, 0),
            ("northgate", 40, 1),
            ("lakeside", 25, 8),
        )
        for back in range(silent, 28)
    ]


def crowd(n_patients: int) -> dict[str, Rows]:
    """The region's tables with so many patients in one clinic: its own, copied with new names."""
    tables = {name: rows for name, rows in region().items() if not name.startswith("quality.")}
    n_own = len({row["patient_key"] for row in tables["mart.cohort"]})
    copies = range(-(-n_patients // n_own))
    return {
        name: [_copy(row, copy) for copy in copies for row in rows]
        if "patient_key" in rows[0]
        else rows
        for name, rows in tables.items()
    }


def _copy(row: dict, number: int) -> dict:
    new = {
        "patient_key": f"{row['patient_key']}-{number}",
        "patient_id": f"{number:04}{row.get('patient_id')}",
        "clinic": "Riverside Immunology",
    }
    if row.get("measurement_id"):
        new["measurement_id"] = f"{row['measurement_id']}-{number}"
    return row | new
