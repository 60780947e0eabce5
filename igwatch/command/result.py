"""What a night came to: who is flagged and why, the sums, and where things lie."""

from __future__ import annotations

from typing import Any

import duckdb
from rich.markup import escape

from igwatch.command.screen import dicts, screen, show_rows
from igwatch.home import Home
from igwatch.pipeline import Night

FLAGGED = """
SELECT
    f.patient_id, f.facility, f.rule_id, f.status, f.grade, f.urgent, f.n_counted, f.span_days,
    f.repeat_due_on, f.status_reason
FROM flag.patient_flag AS f
INNER JOIN mart.worklist AS w USING (patient_key, rule_id)
ORDER BY w.priority, f.rule_id, f.patient_id
"""
TESTED = """
SELECT count(DISTINCT patient_key) FILTER (WHERE analyte = 'igm'), any_value(run_id)
FROM core.measurement
"""
SHOWN = ("urgent", "candidate", "repeat_due", "repeat_overdue", "persistent", "definite_pattern")


def read_live(home: Home) -> dict[str, Any]:
    """The live generation in short, as plain data."""
    with duckdb.connect(str(home.catalogue), read_only=True) as con:
        flags = dicts(con.execute(FLAGGED))
        tested, run_id = con.execute(TESTED).fetchone()
    return {
        "run_id": run_id,
        "flags": flags,
        "tested_igm": tested,
        "catalogue": str(home.catalogue),
        "quality_catalogue": str(home.quality_catalogue),
        "reports": sorted(str(path) for path in home.reports.glob("latest*.html")),
    }


def read_result(home: Home, night: Night) -> dict[str, Any]:
    """The same of the night just run, with its sums."""
    return read_live(home) | {
        "conservation": night.conservation,
        "withheld": list(night.withheld),
        "new_files": night.landing.n_new,
        "left_for_next_time": night.landing.n_left,
        "not_taken": [{"file": str(o.path), "why": o.why} for o in night.landing.overlooked],
        "reports": [str(path) for path in night.reports],
    }


def show_result(result: dict[str, Any]) -> None:
    """The same, for a person."""
    watched = [f for f in result["flags"] if f["status"] in SHOWN or f["urgent"]]
    rest = len(result["flags"]) - len(watched)
    show_rows(
        f"Flagged, run {result['run_id']}",
        watched,
        ("patient_id", "facility", "rule_id", "status", "urgent", "repeat_due_on", "status_reason"),
        empty="nobody",
    )
    screen.print(f"and {rest} resolved, excluded, indeterminate or not selective, in the report")
    show_sums(result.get("conservation", []))
    if result["tested_igm"]:
        per_thousand = 1000 * len(watched) / result["tested_igm"]
        screen.print(f"{per_thousand:.1f} flags per 1,000 patients tested for IgM")
    for file in result.get("not_taken", []):
        screen.print(f"not taken: {escape(file['file'])}: {escape(file['why'])}", soft_wrap=True)
    for facility in result.get("withheld", []):
        screen.print(f"[bold red]withheld:[/] the new files of {facility} failed a critical check")
    screen.print(
        f"catalogue {result['catalogue']}\nfor dashboards {result['quality_catalogue']}",
        soft_wrap=True,
    )
    for path in result["reports"]:
        screen.print(f"report {path}", soft_wrap=True)


def show_sums(rows: list[dict[str, Any]]) -> None:
    """read = measured + superseded + not immunoglobulin + unusable + quarantined, per facility."""
    outcomes = (
        "read",
        "measured",
        "superseded",
        "not_immunoglobulin",
        "unusable",
        "quarantined",
        "used",
    )
    table: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        cells = table.setdefault(
            (row["unit"], row["facility"]),
            {"facility": row["facility"], "unit": row["unit"], **dict.fromkeys(outcomes)},
        )
        cells[row["outcome"]] = row["n"]
    order = ("file", "message", "result")
    rows = sorted(
        table.values(),
        key=lambda r: (
            order.index(r["unit"]) if r["unit"] in order else len(order),
            r["unit"],
            r["facility"],
        ),
    )
    show_rows("Where everything read ended", rows, ("facility", "unit", *outcomes))
