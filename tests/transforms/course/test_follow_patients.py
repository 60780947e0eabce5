"""What follow takes and gives: tables of the dictionary, whatever the order of the rows."""

import csv
import random
from datetime import date, datetime

import pyarrow as pa
import pytest

from igwatch.base.paths import DICTIONARY
from tests.conformance.case import (
    EXPOSURES,
    PANEL,
    drawn_exposures,
    drawn_panels,
    followed,
    knowledge,
)
from transforms.course import PATIENT_FLAG, STEP, follow
from transforms.knowledge.drawn_case import Case, read_cases

CASES = list(read_cases())
ONE_OF_EACH = {
    "age": "35y",
    "panels": "0 N/N/L; 100 N/N/L !south; 190 N/-/L",
    "exposures": "possible antipsychotic 300..",
    "as_of": "200",
}


def follow_rows(panels, exposures, as_of=date(2024, 12, 1)):
    patient = {"patient_key": "ann", "patient_id": "a", "assigning_authority": "N"}
    return follow(
        pa.Table.from_pylist(panels, PANEL),
        pa.Table.from_pylist(exposures, EXPOSURES),
        pa.Table.from_pylist([{**patient, "sex": "F", "birth_date": date(1989, 1, 5)}]),
        pa.Table.from_pylist(
            [{"facility": "north", "exposure_feed": "complete", "reference_set": "A+B"}]
        ),
        knowledge(),
        as_of,
    )


def test_nothing_in_nothing_out():
    courses = follow_rows([], [])
    assert courses.patient_flag.schema == PATIENT_FLAG
    assert courses.step.schema == STEP
    assert (courses.patient_flag.num_rows, courses.step.num_rows) == (0, 0)


def test_the_flag_table_is_that_of_the_dictionary():
    types = {"VARCHAR": pa.string(), "INTEGER": pa.int32(), "DATE": pa.date32()}
    types |= {
        "TIMESTAMP": pa.timestamp("us"),
        "BOOLEAN": pa.bool_(),
        "VARCHAR[]": pa.list_(types["VARCHAR"]),
    }
    with DICTIONARY.open(encoding="utf-8", newline="") as file:
        declared = [
            (row["column"], types[row["type"]])
            for row in csv.DictReader(file)
            if (row["schema"], row["table"]) == ("flag", "patient_flag")
            and row["column"] not in ("seen_at", "run_id", "data_to")
        ]
    assert [(field.name, field.type) for field in PATIENT_FLAG] == declared


def test_one_flag_row_in_full():
    (flag,) = followed(ONE_OF_EACH).patient_flag.to_pylist()
    assert flag == {
        "patient_key": "ann",
        "patient_id": "ann",
        "assigning_authority": "NORTH",
        "facility": "south",
        "sex": "F",
        "birth_date": date(1989, 1, 10),
        "rule_id": "selective_igm_deficiency",
        "status": "persistent",
        "grade": "partial",
        "status_reason": "2 low IgM over 100 days with IgG and IgA not low; definite needs 3 over "
        "180 days; the last result was incomplete",
        "n_counted": 2,
        "span_days": 100,
        "first_evidence_at": datetime(2024, 1, 10, 8),
        "last_evidence_at": datetime(2024, 7, 18, 8),
        "repeat_due_on": date(2024, 7, 18),  # 90 days after the last counted, the later of both
        "repeat_overdue_on": date(2025, 1, 17),
        "urgent": False,
        "urgent_since": None,
        "alarming": False,
        "severity": None,
        "severity_since": None,
        "settled_by": None,
        "is_broad_deficiency": False,
        "was_selective": False,
        "capped_by": [],
        "causes": [],
        "unreviewed_drugs": [],
        "routes": [],
        "missing": ["infections", "igg_subclasses", "vaccine_response", "b_and_t_cells"],
        "rule_version": "2026.2",
        "reference_set": "MAYO",
        "as_of": date(2024, 7, 28),
    }


def test_every_step_says_when_a_repeat_is_due_after_it():
    """90 days after the first low; of the persistent pattern 180 after the first and 90 after the
    last, the later of both. A result without IgA decides nothing and leaves that day as it was."""
    steps = followed(ONE_OF_EACH).step.to_pylist()
    due = [(s["event_on"], s["repeat_due_on"]) for s in steps if s["measurement_id"]]
    of_igg = [(day, None) for day in (date(2024, 1, 10), date(2024, 4, 19), date(2024, 7, 18))]
    of_igm = [
        (date(2024, 1, 10), date(2024, 4, 9)),
        (date(2024, 4, 19), date(2024, 7, 18)),
        (date(2024, 7, 18), date(2024, 7, 18)),
    ]
    assert sorted(due, key=str) == sorted([*of_igg, *of_igm], key=str)


def test_the_facility_is_that_of_the_result_that_decided():
    row = ONE_OF_EACH | {"as_of": "150"}
    (flag,) = followed(row).patient_flag.to_pylist()
    assert (flag["facility"], flag["reference_set"]) == ("south", "MAYO")


def test_every_step_names_its_result_and_its_panel():
    steps = followed(ONE_OF_EACH).step.to_pylist()
    mine = [s for s in steps if s["rule_id"] == "selective_igm_deficiency"]
    assert [(s["event_number"], s["event"], s["measurement_id"]) for s in mine] == [
        (1, "low", "0:igm"),
        (2, "low", "1:igm"),
        (3, "incomplete", "2:igm"),
    ]
    assert mine[2]["igg_measurement_id"] == "2:igg"
    assert mine[2]["iga_measurement_id"] is None


def test_time_is_a_step_without_a_result_and_only_where_it_changed_the_state():
    steps = followed({"panels": "0 N/N/L", "as_of": "100"}).step.to_pylist()
    assert [
        (s["event"], s["status_after"], s["measurement_id"])
        for s in steps
        if s["rule_id"] != "hyper_igm"
    ] == [
        ("low", "candidate", "0:igm"),
        ("time", "repeat_due", None),
    ]


def test_the_order_of_rows_makes_no_difference():
    row = {
        "age": "6y",
        "panels": "0 L/L/N; 20 L/L/H; 60 N/N/L; 90 L/N/N; 150 L/L/H; 200 BL/L/L",
        "exposures": "possible antiepileptic 50..70+30; acute_illness acute_illness 60",
    }
    panels, exposures = list(drawn_panels(row)), list(drawn_exposures(row))
    expected = follow_rows(panels, exposures)
    rng = random.Random(7)
    for _ in range(20):
        rng.shuffle(panels)
        rng.shuffle(exposures)
        found = follow_rows(panels, exposures)
        assert found.patient_flag.equals(expected.patient_flag)
        assert found.step.equals(expected.step)


@pytest.mark.parametrize(("igm", "status"), [("0.575", "resolved"), ("0.574", "indeterminate")])
def test_a_normal_result_at_the_guard_is_plainly_normal(igm, status):
    """1.25 x 0.46 is 0.575; in binary the product comes out a little above it."""
    drawn = drawn_panels({"panels": f"0 N/N/L; 100 N/N/N:{igm}"})
    (flag,) = follow_rows(
        [p | {"lower_limit_max": 0.46} for p in drawn], []
    ).patient_flag.to_pylist()
    assert flag["status"] == status


def test_patients_do_not_touch_each_other():
    row = {"panels": "0 N/N/L; 100 N/N/L", "exposures": None}
    panels = list(drawn_panels(row))
    others = [
        p | {"patient_key": "bea", "measurement_id": "b" + p["measurement_id"]} for p in panels[2:]
    ]
    flags = follow_rows([*panels, *others], []).patient_flag.to_pylist()
    assert [(f["patient_key"], f["status"]) for f in flags] == [
        ("ann", "persistent"),
        ("bea", "repeat_overdue"),
    ]


@pytest.mark.parametrize("case", CASES[::7], ids=lambda c: c.name)
def test_the_last_step_ends_in_the_state_shown(case: Case):
    courses = followed(case.row)
    shown = {f["rule_id"]: f["status"] for f in courses.patient_flag.to_pylist()}
    last = {s["rule_id"]: s["status_after"] for s in courses.step.to_pylist()}
    assert {rule: shown.get(rule, "no_evidence") for rule in last} == last
