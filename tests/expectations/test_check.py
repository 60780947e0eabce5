"""What the answers come to: not evaluated, nothing to evaluate, verdicts, what may be shown."""

import csv
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from expectations.check import (
    CheckResult,
    check_frames,
    check_result_table,
    unbalanced,
    worst_severity,
)
from expectations.suite import SuiteError, load_suites
from tests.expectations.good import AS_OF, good_frame
from tests.shown import SHOWN
from tests.table import table

ROOT = Path(__file__).resolve().parents[2]


def check(suite: str, frame: pd.DataFrame) -> list[CheckResult]:
    return check_frames({suite: frame}, "north", AS_OF)


def result(**changed) -> CheckResult:
    passed = {
        "suite": "core.measurement",
        "facility": "north",
        "expectation": "expect_x",
        "column_name": "sex",
        "severity": "warning",
        "success": True,
        "n_evaluated": 10,
        "n_unexpected": 0,
        "why": "because",
        "as_of": AS_OF,
    }
    return CheckResult(**passed | changed)


def test_a_missing_column_is_not_evaluated_and_the_others_are():
    results = check("core.measurement", good_frame("core.measurement").drop(columns="age_days"))
    not_evaluated = [r for r in results if not r.success and r.n_evaluated == 0]
    assert {r.column_name for r in not_evaluated} == {"age_days"}
    assert {r.n_unexpected for r in not_evaluated} == {None}
    assert all(r.success for r in results if r.column_name != "age_days")


def test_a_missing_column_of_a_condition_is_not_evaluated():
    results = check("core.panel", good_frame("core.panel").drop(columns="index_analyte"))
    failed = {r.column_name for r in results if not r.success}
    assert failed == {
        "index_analyte",
        'measurement_id, igm_measurement_id where index_analyte == "igm"',
        'measurement_id, igg_measurement_id where index_analyte == "igg"',
    }


def test_words_where_a_number_belongs_fail_and_stop_nothing():
    frame = good_frame("core.measurement")
    frame["value_g_per_l"] = ["haemolysed", "0.2", None, "2.0"]
    results = check("core.measurement", frame)
    assert {r.column_name for r in results if not r.success} == {"value_g_per_l"}


@pytest.mark.parametrize("suite", ["quality.unit_shift", "quality.freshness", "raw.source_file"])
def test_nothing_to_evaluate_fails_unless_the_suite_allows_for_it(suite):
    results = check(suite, good_frame(suite).iloc[:0])
    assert {r.success for r in results} == {load_suites()[suite].may_be_empty}
    assert {r.n_evaluated for r in results} == {0}


def test_a_table_without_columns_fails_even_where_it_may_be_empty():
    results = check("flag.patient_flag", pd.DataFrame())
    assert {r.success for r in results} == {False}


def test_a_column_of_nothing_but_empty_cells_fails_unless_the_line_allows_for_it():
    frame = good_frame("core.measurement")
    frame["series"] = None
    frame["value_comparator"] = None
    results = {(r.column_name, r.expectation): r for r in check("core.measurement", frame)}
    series = results["series", "expect_column_values_to_be_in_set"]
    comparator = results["value_comparator", "expect_column_values_to_be_in_set"]
    assert (series.success, series.n_evaluated) == (False, 0)
    assert (comparator.success, comparator.n_evaluated) == (True, 0)


def test_empty_cells_are_not_counted_as_evaluated():
    results = check("quality.freshness", good_frame("quality.freshness"))
    n_evaluated = {r.column_name: r.n_evaluated for r in results}
    assert n_evaluated == {"days_silent": 1, "is_withheld": 2}


def test_a_table_without_a_suite_is_an_error():
    with pytest.raises(SuiteError, match=r"no suite for core\.thing"):
        check("core.thing", pd.DataFrame())


def test_the_verdict_is_the_worst_of_each_facility():
    results = [
        result(),
        result(success=False),
        result(success=False, severity="critical"),
        result(facility="south"),
        result(facility="east", success=False),
        result(facility=None),
    ]
    assert worst_severity(results) == {
        "north": "critical",
        "south": "ok",
        "east": "warning",
        "*": "ok",
    }


@pytest.mark.parametrize(
    ("facility", "n_evaluated", "n_unexpected", "shown"),
    [
        (None, 22, 13, (20, 15)),
        (None, 7, 7, (None, None)),
        (None, 12, 12, (10, None)),  # a line that fails tells of one: twelve may be eight more
        ("north", 1000, 30, (None, 30)),  # how many a facility delivered is told once
        (None, 1000, 0, (1000, None)),
        (None, 0, None, (0, None)),  # not evaluated
    ],
)
def test_counts_are_rounded_and_small_ones_hidden(facility, n_evaluated, n_unexpected, shown):
    line = result(
        facility=facility, success=False, n_evaluated=n_evaluated, n_unexpected=n_unexpected
    )
    (row,) = check_result_table([line], SHOWN).to_pylist()
    assert (row["n_evaluated"], row["n_unexpected"]) == shown


def test_nothing_to_evaluate_is_told_as_any_other_line_that_holds():
    (row,) = check_result_table([result(facility=None, n_evaluated=0)], SHOWN).to_pylist()
    assert (row["success"], row["n_evaluated"]) == (True, None)


def test_the_columns_are_those_of_the_dictionary():
    with (ROOT / "warehouse" / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        columns = [
            r["column"]
            for r in csv.DictReader(file)
            if (r["schema"], r["table"]) == ("quality", "check_result")
        ]
    assert [*check_result_table([], SHOWN).schema.names, "run_id", "data_to"] == columns


def test_unbalanced_names_what_does_not_add_up():
    drawn = table("""
        facility | unit    | outcome  | n  | balance
        north    | result  | read     | 10 | 0
        north    | result  | measured | 7  | 0
        north    | result  | unusable | 3  | 0
        south    | result  | read     | 10 | 1
        south    | result  | measured | 9  | 1
        south    | message | read     | 4  | -2
        south    | message | used     | 4  | -2
        """)
    sums = [row | {"n": int(row["n"]), "balance": int(row["balance"])} for row in drawn]
    assert unbalanced(sums) == [
        {"facility": "south", "unit": "message", "n_read": 4, "n_accounted_for": 4, "balance": -2},
        {"facility": "south", "unit": "result", "n_read": 10, "n_accounted_for": 9, "balance": 1},
    ]


def test_a_night_of_another_clock_fails():
    results = check_frames(
        {"flag.patient_flag": good_frame("flag.patient_flag")}, None, date(2024, 3, 9)
    )
    assert {r.column_name for r in results if not r.success} == {"as_of", "last_evidence_at"}
