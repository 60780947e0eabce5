"""Rounding silences no check: those that decide read what was counted, not what is shown."""

from datetime import date

import pytest

from expectations.check import check_frames
from expectations.suite import load_suites
from tests.transforms.models.quality.conftest import Fresh
from tests.transforms.models.quality.test_unit_shift import LEVELS, SOURCES, results

AS_OF = date(2024, 4, 1)
N = 104


@pytest.fixture
def fresh():
    warehouse = Fresh()
    yield warehouse
    warehouse.con.close()


def failed(fresh, *tables: str) -> set[tuple[str, str]]:
    frames = {name: fresh.con.sql(f"FROM {name}").to_arrow_table().to_pandas() for name in tables}
    assert {load_suites()[name].checked for name in tables} == {"flag"}
    found = check_frames(frames, None, AS_OF)
    return {(line.suite, line.severity) for line in found if not line.success}


@pytest.mark.parametrize(
    ("n_lost", "faults"), [(0, set()), (1, {("tally.conservation", "critical")})]
)
def test_one_lost_row_is_critical_although_no_shown_count_changes(fresh, n_lost, faults):
    file = {"facility": "north", "source_sha256": "a"}
    fresh.add("raw.source_file", [file | {"content": "results", "n_messages": 1, "n_results": N}])
    fresh.add("result.disposition", [file | {"disposition": "measured"}] * (N - n_lost))
    fresh.build("tally.message", "tally.file", "tally.conservation", "quality.conservation")
    assert failed(fresh, "tally.conservation", "quality.conservation") == faults
    shown = fresh.read("FROM quality.conservation WHERE unit = 'result' AND outcome = 'measured'")
    assert [row["n"] for row in shown] == [105]


def test_a_swapped_unit_of_a_month_that_is_not_shown_is_told(fresh):
    """Twelve results of two patients: quality.unit_shift has no such month."""
    fresh.lay("run.source", SOURCES)
    few = results("2024-02", 12, 100.0)
    fresh.add("core.measurement", results("2024-01", 100, 1.0))
    fresh.add("core.measurement", [row | {"patient_key": f"k{n % 2}"} for n, row in enumerate(few)])
    fresh.build(*(f"level.{name}" for name in LEVELS), "quality.unit_shift")
    assert len(fresh.read("FROM quality.unit_shift")) == 1
    assert failed(fresh, "level.month_shift") == {("level.month_shift", "warning")}


def test_a_published_table_is_asked_only_what_rounding_leaves_as_it_is():
    """Of a count in a published table no suite asks more than that it is none of a few."""
    asked = {
        (expectation.type, expectation.column_name)
        for suite in load_suites().values()
        if suite.table.startswith("quality.")
        for expectation in suite.expectations
        if (expectation.column_name or "").startswith(("n_", "share", "median", "ratio"))
        and expectation.type != "expect_column_values_to_not_be_in_set"
    }
    assert asked == {
        ("expect_column_values_to_be_between", "n_lists_held"),
        ("expect_column_values_to_be_between", "n_overdue"),
    }
