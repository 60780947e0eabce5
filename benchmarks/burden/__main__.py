"""What the worklist asks of a clinic in a general hospital's years, week by week.

    python -m benchmarks.burden [--panels 10000] [--years 3] [--seed 7] [--processes 2] [--json]

A hospital is drawn (hospital.py) and its files go night by night through the whole pipeline but for
the pages (nights.py), with an exposure feed and without, in this release and in 2026.1. Nobody
gives a verdict. Figures are scaled to the hospital of assumption.csv, with the counts' own spread.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.burden import hospital
from benchmarks.burden.count import counts
from igwatch.base.paths import ROOT
from igwatch.command.terminal import screen, show_rows

OLD_COMMIT = "953d60f"
"""The last commit of rules 2026.1."""
NEW, OLD = "2026.2", "2026.1"
FEEDS = {"complete": "with a feed", "none": "without a feed"}
NIGHTS = Path(__file__).with_name("nights.py")


def main() -> None:
    """The command line."""
    given = argparse.ArgumentParser(prog="python -m benchmarks.burden", description=__doc__)
    given.add_argument("--panels", type=int, default=10_000, help="a year")
    given.add_argument("--years", type=int, default=3)
    given.add_argument("--seed", type=int, default=7)
    given.add_argument("--processes", type=int, default=2)
    given.add_argument("--counted", type=int, help="last weeks; all but the first year's")
    given.add_argument("--stride", type=int, default=4, help="before: a night in so many weeks")
    given.add_argument("--without-old", action="store_true", help="leave rules 2026.1 out")
    given.add_argument("--keep", type=Path, help="a folder; what it holds is not played again")
    given.add_argument("--json", action="store_true")
    asked = given.parse_args()
    if asked.keep:
        findings = burden(asked, asked.keep.absolute())
    else:
        with TemporaryDirectory(prefix="igwatch-burden-") as folder:
            findings = burden(asked, Path(folder))
    json.dump(findings, sys.stdout, indent=2) if asked.json else show(findings)


def burden(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Draw, play and count; by release and feed."""
    feed = folder / "feed"
    if not (feed / "truth.csv").exists():
        drawn = hospital.panels(asked.panels, asked.years, asked.seed)
        hospital.write_weeks(drawn, feed)
    weeks = len(list((feed / "results").iterdir()))
    counted = asked.counted or max(weeks - hospital.YEAR_WEEKS, 1)
    code = {NEW: ROOT} if asked.without_old else {NEW: ROOT, OLD: _release(folder / "release")}
    arms = [(rules, exposures) for rules in code for exposures in FEEDS]
    with ThreadPoolExecutor(asked.processes) as pool:
        list(
            pool.map(
                lambda arm: _play(code[arm[0]], feed, folder, arm, counted, asked.stride), arms
            )
        )
    found = {
        f"{rules} {FEEDS[exposures]}": counts(
            folder / rules / exposures,
            feed / "truth.csv",
            asked.panels,
            weeks,
            counted,
            ignores_overdue=rules == NEW,
        )
        for rules, exposures in arms
    }
    settings = {"panels": asked.panels, "years": asked.years, "seed": asked.seed}
    return {**settings, "weeks_counted": counted, "found": found}


def _release(folder: Path) -> Path:
    """The code of rules 2026.1, from the history of this repository."""
    if not folder.exists():
        archive = subprocess.run(
            ["git", "-C", str(ROOT), "archive", OLD_COMMIT], capture_output=True, check=False
        )
        if archive.returncode:
            sys.exit(f"commit {OLD_COMMIT} is not in this clone: run again with --without-old")
        folder.mkdir(parents=True)
        subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder


def _play(
    code: Path, feed: Path, folder: Path, arm: tuple[str, str], counted: int, stride: int
) -> None:
    """One release and feed, in a process of its own, unless it was played before."""
    rules, exposures = arm
    out = folder / rules / exposures
    if (out / "withheld.txt").exists():
        return
    name = f"{rules} {FEEDS[exposures]}"
    command = [sys.executable, str(NIGHTS), str(code), str(feed), str(out), "--feed", exposures]
    command += ["--counted", str(counted), "--stride", str(stride), "--name", name]
    subprocess.run(command, cwd=code, check=True)


def show(findings: dict[str, Any]) -> None:
    """The tables for a person."""
    of = hospital.assumed("reference_panels")
    screen.print(
        f"{findings['panels']:,} panels a year for {findings['years']} years, seed "
        f"{findings['seed']}; the last {findings['weeks_counted']} weeks counted, scaled to "
        f"{of:,.0f} panels a year; ± is 95 % of the count's own spread."
    )
    for name, found in findings["found"].items():
        print()
        title = (
            f"{name}: {found['entries_per_week']:.1f} ± {found['spread']:.1f} new entries a week "
            f"(without notes of recovery); {found['withheld']} deliveries withheld"
        )
        show_rows(title, [_rounded(row) for row in found["entries"]], _columns(found["entries"]))
        lost = [row for row in found["left"] if not row["is_recovered"]]
        back = [row for row in found["left"] if row["is_recovered"]]
        for title, rows in (
            ("left the list without a verdict", lost),
            ("said to have recovered", back),
        ):
            show_rows(f"{name}: true patients who {title}: {len(rows)}", rows, _columns(rows))
        show_rows(
            f"{name}: true patients on the list", found["reached"], _columns(found["reached"])
        )
        for week, rows in found["open"].items():
            total = sum(row["open_lines"] for row in rows)
            title = f"{name}: {total:,} lines open in week {week}, nobody having given a verdict"
            show_rows(title, rows, _columns(rows))


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(rows[0]) if rows else []


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {key: round(cell, 2) if isinstance(cell, float) else cell for key, cell in row.items()}


if __name__ == "__main__":
    main()
