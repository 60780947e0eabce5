"""The drawn hospital of `make bench-burden`, how its lines are counted, and a few weeks of it."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from benchmarks.burden import hospital
from benchmarks.burden.count import counts
from benchmarks.burden.nights import nights
from igwatch.base.paths import ROOT
from tests.table import table

PANELS, YEARS, SEED = 2_000, 1, 7
DRAWN = hospital.panels(PANELS, YEARS, SEED)


def test_healthy_adults_are_as_wide_as_mayos_central_95_percent():
    adults = np.array(
        [
            panel.level
            for panel in DRAWN
            if panel.person.kind == "healthy" and panel.person.birth_date < date(2003, 1, 1)
        ]
    )
    igg, iga, igm = np.log(adults).T
    # ln of the table's limits: 7.67-15.9, 0.61-3.56 and 0.37-2.86 g/L
    assert np.exp([igg.mean(), iga.mean(), igm.mean()]) == pytest.approx(
        [11.04, 1.47, 1.03], rel=0.06
    )
    assert [igg.std(), iga.std(), igm.std()] == pytest.approx([0.186, 0.450, 0.522], rel=0.08)


def test_the_shares_are_those_of_a_general_hospital():
    ill = hospital.table("illness")
    share: dict[str, float] = {}
    for row in ill:
        share[row["source"].split(":")[0]] = float(row["share"])
    assert sum(float(row["share"]) for row in ill) == pytest.approx(0.28)
    assert all(0.45 <= float(row["in_feed"]) <= 0.75 for row in ill)
    reactive = sum(float(row["share"]) for row in ill if row["illness"].startswith("reactive"))
    assert reactive == pytest.approx(0.09)
    visitors = {panel.person for panel in DRAWN if not panel.person.rule_id}
    assert len(visitors) == PANELS * YEARS
    n_ill = sum(person.kind != "healthy" for person in visitors)
    assert n_ill / len(visitors) == pytest.approx(0.28, abs=0.04)


def test_there_are_as_many_true_patients_whatever_the_hospitals_size():
    found = {panel.person.id for panel in hospital.panels(50, 1, 3) if panel.person.rule_id}
    assert len(found) == sum(int(row["patients"]) for row in hospital.table("true_patient"))


def test_the_same_seed_gives_the_same_files(tmp_path):
    for name in ("once", "again"):
        hospital.write_weeks(hospital.panels(100, 1, 5), tmp_path / name)
    once, again = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in _files(tmp_path / name)}
        for name in ("once", "again")
    )
    assert once == again
    assert len(once) == 2 * hospital.YEAR_WEEKS + 1


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_nobodys_cause_is_told_before_their_first_panel(tmp_path):
    hospital.write_weeks(hospital.panels(500, 1, 5), tmp_path)
    seen: set[str] = set()
    for results in sorted((tmp_path / "results").iterdir()):
        seen |= {row["patient_id"] for row in _rows(results)}
        told = tmp_path / "exposures" / results.name.replace("results", "exposures")
        assert {row["patient_id"] for row in _rows(told)} <= seen


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_last_weeks_all_have_a_night_and_those_before_one_in_so_many():
    assert nights(12, counted=3, stride=4) == [4, 8, 9, 10, 11, 12]


# what each line asks, week by week; - is not on the list
LINES = """
patient | rule_id                  | 1          | 2              | 3              | 4                | came
P1      | selective_igm_deficiency | -          | repeat_due     | repeat_due     | repeat_overdue   | 2 new
P2      | selective_igm_deficiency | repeat_due | repeat_due     | persistent     | persistent       | 3 changed
P3      | hyper_igm                | urgent     | -              | urgent         | urgent           | 3 returned
P4      | hyper_igm                | high       | high           | -              | -                |
P5      | selective_igm_deficiency | -          | -              | repeat_overdue | repeat_due       | 3 new; 4 changed
P6      | hyper_igm                | -          | -              | -              | resolved         |
"""


def test_a_line_comes_once_and_overdue_only_sorts_it_anew(tmp_path):
    found = _counted(tmp_path, LINES, ignores_overdue=True)
    asked = sum(len((row["came"] or "").split("; ")) for row in table(LINES) if row["came"])
    # three counted weeks of a hospital that is half as large as the one that is told of
    assert found["entries_per_week"] == pytest.approx(asked * 2 / 3)
    assert found["spread"] == pytest.approx(1.959964 * asked**0.5 * 2 / 3)
    assert {(row["ask"], row["per_week"] * 3 / 2) for row in found["entries"]} == {
        ("repeat_due", 2), ("persistent", 1), ("urgent", 1), ("repeat_overdue", 1), ("resolved", 1)
    }  # fmt: skip
    assert {(row["ask"], row["open_lines"]) for row in found["open"][4]} == {
        ("repeat_overdue", 2), ("persistent", 2), ("urgent", 2), ("repeat_due", 2), ("resolved", 2)
    }  # fmt: skip


def test_in_2026_1_overdue_comes_too(tmp_path):
    found = _counted(tmp_path, LINES, ignores_overdue=False)
    assert found["entries_per_week"] == pytest.approx(6 * 2 / 3)


STATES = """
patient | rule_id                  | 1            | 2                | 3            | 4
T-lost  | hyper_igm                | definite     | definite         | excluded     | excluded
T-kept  | hyper_igm                | candidate*   | definite*        | definite*    | definite*
T-back  | selective_igm_deficiency | persistent*  | persistent*      | resolved*    | resolved
T-young | selective_igm_deficiency | candidate    | candidate        | repeat_due*  | lapsed
"""


def test_a_true_patient_whom_the_list_loses_is_told(tmp_path):
    words = {
        "definite": "definite_pattern",
        "excluded": "excluded_secondary",
        "lapsed": "indeterminate",
    }
    kept = tmp_path / "kept"
    for week in range(1, 5):
        cells = [(r["patient"], r["rule_id"], r[str(week)] or "") for r in table(STATES)]
        states = [(p, rule, words.get(s.strip("*"), s.strip("*"))) for p, rule, s in cells]
        lines = [(p, rule, "x") for p, rule, s in cells if s.endswith("*") or s == "definite"]
        _keep(kept, week, lines, states)
    truth = [(r["patient"], "kind", r["rule_id"]) for r in table(STATES)]
    found = _count(tmp_path, kept, truth, ignores_overdue=True)
    left = [
        (r["patient_id"], r["left_week"], r["states"], r["is_recovered"]) for r in found["left"]
    ]
    assert left == [
        ("T-back", 4, "selective_igm_deficiency resolved", True),
        ("T-lost", 3, "hyper_igm excluded_secondary", False),
    ]
    assert found["reached"] == [{"kind": "kind", "patients": 4, "on_the_list": 4}]
    assert found["entries_per_week"] == 0  # drawn patients are no part of the hospital's sum


def _counted(tmp_path: Path, drawn: str, ignores_overdue: bool) -> dict:
    kept = tmp_path / "kept"
    for week in range(1, 5):
        asked = [(r["patient"], r["rule_id"], r[str(week)]) for r in table(drawn)]
        _keep(kept, week, [line for line in asked if line[2] != "-"], [])
    truth = [(r["patient"], "healthy", "") for r in table(drawn)]
    return _count(tmp_path, kept, truth, ignores_overdue)


def _count(tmp_path: Path, kept: Path, truth: list[tuple], ignores_overdue: bool) -> dict:
    (kept / "withheld.txt").write_text("0", encoding="utf-8")
    path = tmp_path / "truth.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("patient_id", "kind", "rule_id"), *truth])
    half = int(hospital.assumed("reference_panels") / 2)
    return counts(kept, path, half, weeks=4, counted=3, ignores_overdue=ignores_overdue)


def _keep(kept: Path, week: int, lines: list[tuple], states: list[tuple]) -> None:
    """A night's files as benchmarks/burden/nights.py writes them."""
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE line (week INT, patient_id TEXT, rule_id TEXT, status TEXT, ask TEXT)"
        )
        con.execute(
            "CREATE TABLE state (week INT, patient_id TEXT, rule_id TEXT, status TEXT, urgent BOOL)"
        )
        for patient, rule, ask in lines:
            con.execute("INSERT INTO line VALUES ($1, $2, $3, $4, $4)", [week, patient, rule, ask])
        for patient, rule, status in states:
            con.execute(
                "INSERT INTO state VALUES ($1, $2, $3, $4, FALSE)", [week, patient, rule, status]
            )
        for name in ("line", "state"):
            (kept / name).mkdir(parents=True, exist_ok=True)
            con.execute(f"COPY {name} TO '{kept / name / f'{week:04}.parquet'}'")


@pytest.mark.heavy
def test_a_few_weeks_of_a_tiny_hospital_go_through_the_whole_night(tmp_path):
    """All weeks up to the first panel of an infant with the disease, played in two nights."""
    drawn = hospital.panels(300, 1, SEED)
    first = next(panel for panel in drawn if panel.person.kind == "higm_infant")
    weeks = first.day // hospital.WEEK_DAYS + 1
    hospital.write_weeks(
        [panel for panel in drawn if panel.day < weeks * hospital.WEEK_DAYS], tmp_path / "feed"
    )
    script = ROOT / "benchmarks" / "burden" / "nights.py"
    given = [ROOT, tmp_path / "feed", tmp_path / "out"]
    words = ["--feed", "complete", "--counted", "1", "--stride", "99"]
    subprocess.run([sys.executable, script, *given, *words], check=True, capture_output=True)
    found = counts(tmp_path / "out", tmp_path / "feed" / "truth.csv", 300, weeks, 1, True)
    assert found["withheld"] == 0
    assert found["left"] == []
    urgent = duckdb.sql(
        f"SELECT DISTINCT patient_id FROM '{tmp_path}/out/line/{weeks:04}.parquet' "
        "WHERE ask = 'urgent'"
    ).fetchall()
    assert first.person.id in {patient for (patient,) in urgent}
