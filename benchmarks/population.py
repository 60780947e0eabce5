"""What the rules find in a simulated population, held against its truth and published figures.

    python -m benchmarks.population [PATIENTS] [--nights 3] [--seed 7] [--json]

The region is simulated, its feeds are read and followed as on any night; nothing is published. The
simulation draws its shares from the same papers, so this shows that the way from feed to flag loses
and invents nobody; it does not show that the rules are right about people.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from igwatch.command.terminal import show_rows
from igwatch.night import pipeline
from igwatch.site.home import Home, home_at
from igwatch.site.settings import Settings
from samples.simulate import LAST_NIGHT, simulate
from samples.truth import SIMULATED

PATTERN = "('candidate', 'repeat_due', 'repeat_overdue', 'persistent', 'definite_pattern')"
FOUND = """
CREATE OR REPLACE TEMP TABLE found AS
SELECT t.true_condition, t.expected_{rule} AS expected, coalesce(f.status, 'no_evidence') AS state
FROM truth AS t
LEFT JOIN flag.patient_flag AS f ON f.patient_id = t.patient_id
    AND f.assigning_authority = t.assigning_authority AND f.rule_id = '{rule}'
WHERE t.expected_{rule} IS NOT NULL
"""
# Of those whose state the truth foretells: a pattern is any state that asks for a repeat or more
AGAINST_TRUTH = """
SELECT '{rule}' AS rule_id, count(*) AS patients,
    count(*) FILTER (WHERE expected IN {pattern}) AS true_pattern,
    count(*) FILTER (WHERE state IN {pattern}) AS found_pattern,
    count(*) FILTER (WHERE state IN {pattern} AND expected IN {pattern})
        / nullif(true_pattern, 0) AS sensitivity,
    count(*) FILTER (WHERE state IN {pattern} AND expected IN {pattern})
        / nullif(found_pattern, 0) AS positive_predictive_value,
    1000 * found_pattern / count(*) AS positive_per_1000,
    count(*) FILTER (WHERE state = expected) / count(*) AS same_state
FROM found
"""
WRONG = """
SELECT true_condition, '{rule}' AS rule_id, expected, state AS found, count(*) AS patients
FROM found WHERE expected <> state GROUP BY ALL
ORDER BY patients DESC, true_condition, expected, found
"""
HIGM_IGM = """
WITH first_panel AS (
    SELECT t.patient_id, arg_min(p.igm_class, p.collected_at) AS class
    FROM truth AS t
    INNER JOIN core.patient AS c USING (patient_id, assigning_authority)
    INNER JOIN core.panel AS p ON p.patient_key = c.patient_key AND p.index_analyte = 'igg'
    WHERE t.true_condition LIKE 'higm%' AND p.igm_class IS NOT NULL GROUP BY ALL
)
SELECT count(*) AS n, avg((class IN ('normal', 'borderline_high'))::INTEGER) AS higm_normal_igm,
    avg((class IN ('low', 'very_low'))::INTEGER) AS higm_low_igm FROM first_panel
"""


def population(patients: int, nights: int, seed: int) -> dict[str, Any]:
    """The tables of a region of so many patients; seconds to minutes, by their number."""
    with TemporaryDirectory(prefix="igwatch-population-") as folder:
        truth = simulate(Path(folder) / "region", patients, nights, seed)
        home = delivered(Path(folder) / "region", home_at(Path(folder) / "home"))
        settings = Settings(settle_seconds=0)
        pipeline.land(home, settings)
        work = pipeline.build(home, settings, LAST_NIGHT)
        pipeline.course(work, settings)
        with duckdb.connect(str(work / "build.duckdb")) as con:
            con.register("truth", con.read_csv(str(truth.path), all_varchar=True))
            return _tables(con)


def delivered(region: Path, home: Home) -> Home:
    """Every night's files in the inbox at once; those of one name get their night before it."""
    home.prepare()
    for path in (region / "facility").iterdir():
        shutil.copy(path, home.facility)
    for path in sorted(region.glob("night-*/*/*")):
        inbox = home.inbox / path.parent.name
        inbox.mkdir(exist_ok=True)
        shutil.move(path, inbox / path.name)
    return home


def _tables(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    findings: dict[str, Any] = {name: [] for name in ("against_truth", "told_otherwise")}
    for rule in SIMULATED:
        words = {"rule": rule, "pattern": PATTERN}
        con.execute(FOUND.format(**words))
        findings["against_truth"] += _rows(con, AGAINST_TRUTH.format(**words))
        findings["told_otherwise"] += _rows(con, WRONG.format(**words))
    published = _published()
    findings["funnel"] = list(_funnel(con, published))
    findings["higm"] = list(_higm(con, published))
    return findings


def _funnel(con: duckdb.DuckDBPyConnection, published: dict[str, dict]) -> Iterator[dict[str, Any]]:
    """Each step as a share of what the paper took it of, else of the step before."""
    steps = _rows(con, "FROM mart.funnel ORDER BY step")
    counts = {row["name"]: row["n_patients"] for row in steps}
    before = None
    for name, n in counts.items():
        theirs = published.get(f"funnel_{name}", {})
        of = theirs.get("of", before)
        yield {
            "step": name,
            "patients": n,
            "of": of,
            "share": n / counts[of] if counts.get(of) else None,
            "published_share": theirs.get("value"),
            "source": theirs.get("source"),
        }
        before = name


def _higm(con: duckdb.DuckDBPyConnection, published: dict[str, dict]) -> Iterator[dict[str, Any]]:
    (found,) = _rows(con, HIGM_IGM)
    for figure in ("higm_normal_igm", "higm_low_igm"):
        theirs = published[figure]
        yield {
            "figure": figure.removeprefix("higm_").replace("_", " "),
            "patients": found["n"],
            "share": found[figure],
            "published_share": theirs["value"],
            "source": theirs["source"],
        }


def _published() -> dict[str, dict[str, Any]]:
    path = Path(__file__).with_name("published.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["figure"]: row | {"value": float(row["value"])} for row in csv.DictReader(file)}


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    return con.sql(query).to_arrow_table().to_pylist()


def show(findings: dict[str, Any]) -> None:
    """The tables for a person, shares to three places."""
    titles = {
        "against_truth": "Against the truth of the simulation",
        "told_otherwise": "States that differ from the truth",
        "funnel": "The funnel beside Janssen 2018",
        "higm": "IgM at the first panel of hyper-IgM patients",
    }
    for name, title in titles.items():
        rows = [{k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}
                for row in findings[name]]  # fmt: skip
        show_rows(title, rows, list(rows[0]) if rows else [], empty="none")
        print()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.population", description=__doc__)
    parser.add_argument("patients", nargs="?", type=int, default=20_000)
    parser.add_argument("--nights", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    findings = population(asked.patients, asked.nights, asked.seed)
    json.dump(findings, sys.stdout, indent=2) if asked.json else show(findings)


if __name__ == "__main__":
    main()
