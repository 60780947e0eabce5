"""What a night came to: who is flagged and why, the sums, and where things lie."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
from rich.markup import escape

from igwatch.base.sql import one_row, rows
from igwatch.command.terminal import HIDDEN, screen, show_rows
from igwatch.night.link_report import link_lines
from igwatch.night.pipeline import NightResult
from igwatch.site.clinic_group import kept_faults
from igwatch.site.home import Home
from reports.wording import wording

FLAGGED = """
SELECT
    f.patient_id, f.assigning_authority, f.facility, f.rule_id, f.status, f.grade, f.urgent,
    f.n_counted, f.span_days, f.repeat_due_on, f.status_reason,
    coalesce(w.is_new, false) AS is_new
FROM flag.patient_flag AS f
LEFT JOIN mart.worklist AS w USING (patient_key, rule_id)
ORDER BY w.priority NULLS LAST, f.rule_id, f.patient_id
"""
SUMS = "SELECT facility, unit, outcome, n FROM quality.conservation ORDER BY ALL"
TESTED = """
SELECT count(DISTINCT patient_key) FILTER (WHERE analyte = 'igm'), any_value(run_id)
FROM core.measurement
"""
WITHHELD = "SELECT facility FROM quality.freshness WHERE is_withheld ORDER BY facility"
UNITS = ("file", "message", "result", "exposure", "merge", "review")
OUTCOMES = (
    "read",
    "measured",
    "superseded",
    "not_immunoglobulin",
    "unusable",
    "quarantined",
    "used",
)
SHOWN = ("urgent", "candidate", "repeat_due", "repeat_overdue", "persistent", "definite_pattern")


def read_live(home: Home) -> dict[str, Any]:
    """The live generation in short, as plain data; small counts are hidden (None)."""
    with duckdb.connect(str(home.catalogue), read_only=True) as con:
        flags = rows(con, FLAGGED).to_pylist()
        sums = rows(con, SUMS).to_pylist()
        tested, run_id = one_row(con, TESTED)
        withheld = [facility for (facility,) in con.execute(WITHHELD).fetchall()]
        links = link_lines(con, home)
    return {
        "run_id": run_id,
        "flags": flags,
        "tested_igm": tested,
        "withheld": withheld,
        "links_refused": links,
        "conservation": sums,
        "catalogue": str(home.catalogue),
        "quality_catalogue": str(home.quality_catalogue),
        "reports": sorted(str(path) for path in home.reports.glob("latest*.html")),
    }


def read_result(home: Home, night: NightResult, names_files: bool) -> dict[str, Any]:
    """The same of the night just run, with its sums in full; `names_files` not taken."""
    return read_live(home) | {
        "conservation": night.conservation,
        "withheld": sorted({*night.withheld, *(fault.facility for fault in night.faults)}),
        "failed_checks": list(night.withheld),
        "faults": [asdict(fault) for fault in night.faults],
        "clinic_groups": kept_faults(home),
        "new_files": night.landing.n_new,
        "files_read_again": night.landing.n_reread,
        "left_for_next_time": night.landing.n_unsettled,
        "not_taken": [
            {"file": o.shown if names_files else _nameless(o.shown, home.inbox), "why": o.why}
            for o in night.landing.overlooked
        ],
        "reports": [str(path) for path in night.reports],
    }


def _nameless(file: str, inbox: Path) -> str:
    """A path of the inbox as what is kept may hold it: a file's name may be a patient's number."""
    path = Path(file)
    within = path.relative_to(inbox).parts[:-1] if path.is_relative_to(inbox) else ()
    return "/".join(("inbox", *within[:1], "…"))


def show_result(result: dict[str, Any]) -> None:
    """The same, for a person."""
    _show_flags(result)
    show_sums(result["conservation"])
    for file in result.get("not_taken", []):
        screen.print(f"not taken: {escape(file['file'])}: {escape(file['why'])}", soft_wrap=True)
    show_faults(result.get("faults", []))
    for line in result["links_refused"]:
        screen.print(f"[bold red]joins nobody:[/] {escape(line)}", soft_wrap=True)
    for facility in result.get("failed_checks", result["withheld"]):
        screen.print(
            f"[bold red]withheld:[/] the new files of {escape(facility)} failed a critical check, "
            "the others went through; reports/checks/index.html says which. Mend the feed or its "
            f"mapping, or: igwatch release {escape(facility)} --why ...",
            soft_wrap=True,
        )
    for clinic, why in result.get("clinic_groups", {}).items():
        screen.print(
            f"[bold red]no folder:[/] clinic_group of {escape(clinic)} gives nobody a right: {why}",
            soft_wrap=True,
        )
    places = {
        "catalogue": [result["catalogue"]],
        "for dashboards": [result["quality_catalogue"]],
        "report": result["reports"],
    }
    for name, paths in places.items():
        for path in paths:
            screen.print(f"{name:15}{escape(path)}", soft_wrap=True)


def show_faults(faults: list[dict[str, Any]]) -> None:
    """A line for each thing that keeps new files of a facility out, with the mend."""
    for fault in faults:
        screen.print(
            f"[bold red]withheld:[/] {escape(fault['facility'])}: {escape(fault['text'])}",
            soft_wrap=True,
        )


def _show_flags(result: dict[str, Any]) -> None:
    watched = [f for f in result["flags"] if f["status"] in SHOWN or f["urgent"]]
    shown = [
        {
            "patient": f["patient_id"],
            "facility": f["facility"],
            "pattern": wording("rule_short", f["rule_id"]),
            "state": wording("status", f["status"]) + (" URGENT" if f["urgent"] else ""),
            "repeat due": f["repeat_due_on"],
            "why": f["status_reason"],
        }
        for f in watched
    ]
    show_rows(f"Flagged, run {result['run_id']}", shown, tuple(shown[0]) if shown else (), "nobody")
    others = Counter(f["status"] for f in result["flags"] if f not in watched)
    if others:
        counted = ", ".join(
            f"{n} {wording('status', status)}" for status, n in others.most_common()
        )
        screen.print(f"also in the reports: {counted}")
    if result["tested_igm"]:
        per_thousand = 1000 * len(watched) / result["tested_igm"]
        changed = sum(flag["is_new"] for flag in watched)
        screen.print(
            f"{per_thousand:.1f} flags per 1,000 patients tested for IgM, "
            f"{changed} of {len(watched)} new or changed on this night"
        )


def show_sums(sums: list[dict[str, Any]]) -> None:
    """read = measured + superseded + not immunoglobulin + unusable + quarantined, per facility.

    A count that is hidden because it is small shows as a dot.
    """
    table: dict[tuple[int, str], dict[str, Any]] = {}
    for row in sums:
        cells = table.setdefault(
            (UNITS.index(row["unit"]), row["facility"]),
            {"facility": row["facility"], "unit": row["unit"], **dict.fromkeys(OUTCOMES)},
        )
        cells[row["outcome"]] = HIDDEN if row["n"] is None else row["n"]
    show_rows(
        "Where everything read ended",
        [table[key] for key in sorted(table)],
        ("facility", "unit", *OUTCOMES),
    )
    if any(HIDDEN in cells.values() for cells in table.values()):
        screen.print(
            f"{HIDDEN} is few or none, hidden where others see it; igwatch verify shows it"
        )
