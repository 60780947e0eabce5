"""A facility's own rules: signed, dated, of known parameters, and named on every flag."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

import transforms
from tests.conformance.case import EXPOSURES, PANEL, drawn_exposures, drawn_panels, knowledge, on
from transforms.course import follow
from transforms.knowledge.schema import FACILITY_RULE
from transforms.parse.facility.own_rules import (
    COLUMNS,
    OverrideError,
    read_overrides,
)

SIGNED = {
    "rule_id": "selective_igm_deficiency",
    "parameter": "persistent_span_days",
    "value": "60",
    "unit": "d",
    "version": "3",
    "source_id": "LOCAL",
    "certainty": "A",
    "authored_by": "a doctor",
    "checked_by": "another doctor",
    "reviewed_on": "2024-01-01",
    "next_review_on": "2025-01-01",
    "note": "",
}


def written(folder, *rows):
    lines = [",".join(COLUMNS), *(",".join(row[c] for c in COLUMNS) for row in rows)]
    (folder / "north.rules.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(folder):
    return read_overrides(folder, "north", knowledge()["rule_parameter"])


def test_a_signed_override_moves_the_flag_and_stands_in_its_version(tmp_path):
    written(tmp_path, SIGNED)
    row = {"panels": "0 N/N/L; 60 N/N/L", "as_of": "61"}
    assert flagged(row, FACILITY_RULE.empty_table()) == [("candidate", "2026.2")]
    assert flagged(row, read(tmp_path)) == [("persistent", "2026.2+north:3")]
    elsewhere = {"panels": "0 N/N/L !south; 60 N/N/L !south", "as_of": "61"}
    assert flagged(elsewhere, read(tmp_path)) == [("candidate", "2026.2")]


def test_the_facility_of_the_newest_result_decides(tmp_path):
    written(tmp_path, SIGNED)
    moved = {"panels": "0 N/N/L !south; 60 N/N/L", "as_of": "61"}
    assert flagged(moved, read(tmp_path)) == [("persistent", "2026.2+north:3")]


def flagged(row, overrides):
    facilities = [{"facility": name, "exposure_feed": "complete", "reference_set": "MAYO"}
                  for name in ("north", "south")]  # fmt: skip
    flags = follow(
        pa.Table.from_pylist(list(drawn_panels(row)), PANEL),
        pa.Table.from_pylist(list(drawn_exposures(row)), EXPOSURES),
        pa.table({"patient_key": ["ann"]}),
        pa.Table.from_pylist(facilities),
        knowledge() | {"facility_rule": overrides},
        on(row["as_of"]),
    ).patient_flag.to_pylist()
    return [(flag["status"], flag["rule_version"]) for flag in flags]


def test_without_a_file_nothing_is_overridden(tmp_path):
    assert read(tmp_path).num_rows == 0


REFUSED = [
    ({"parameter": "persistant_span_days"}, "line 2: .* has no parameter persistant_span_days"),
    ({"rule_id": "*"}, "line 2: \\* has no parameter persistent_span_days"),
    ({"rule_id": "*", "parameter": "panel_window_days"}, "one for the whole site"),
    ({"unit": "h"}, "unit of persistent_span_days must be d"),
    ({"checked_by": ""}, "checked_by must be filled"),
    ({"authored_by": " "}, "authored_by must be filled"),
    ({"next_review_on": ""}, "next_review_on must be filled"),
    ({"reviewed_on": "1.1.2024"}, "must be dates"),
    ({"value": "sixty"}, "must be a number"),
    ({"value": "-1"}, "must not be negative"),
    ({"value": "nan"}, "must not be negative"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_what_is_not_signed_or_not_known_is_refused_in_one_line(tmp_path, change, message):
    written(tmp_path, SIGNED | change)
    with pytest.raises(OverrideError, match=message) as refused:
        read(tmp_path)
    assert str(refused.value).startswith("north.rules.csv")
    assert "\n" not in str(refused.value)


def test_a_parameter_twice_or_two_versions_are_refused(tmp_path):
    written(tmp_path, SIGNED, SIGNED)
    with pytest.raises(OverrideError, match="stands twice"):
        read(tmp_path)
    written(tmp_path, SIGNED, SIGNED | {"parameter": "lapse_days", "version": "4"})
    with pytest.raises(OverrideError, match="more than one version"):
        read(tmp_path)


def test_another_header_is_refused(tmp_path):
    (tmp_path / "north.rules.csv").write_text("parameter;value\n")
    with pytest.raises(OverrideError, match="header must be rule_id,parameter,value"):
        read(tmp_path)


# mart.funnel asks only of the whole population whether a test was repeated at all
READ_BY_A_MART = {"min_interval_days"}


def test_what_the_models_read_is_one_for_the_whole_site():
    models = Path(transforms.__file__).parent / "models"
    read = {
        name
        for path in models.glob("*/*.sql")
        for name in re.findall(r"parameter = '(\w+)'", path.read_text(encoding="utf-8"))
    }
    site_wide = {
        r["parameter"] for r in knowledge()["rule_parameter"].to_pylist() if r["is_site_wide"]
    }
    assert read - READ_BY_A_MART <= site_wide
