"""Where a patient stands in the report, and what each result was read as."""

from datetime import date, timedelta

import pytest

from reports.flag_line import RESOLVED_IN_SIGHT
from reports.generation import open_generation
from reports.patient import load_patients, section_keys
from tests.reports.region import AS_OF, write_generation


def test_the_sections_of_a_report_in_order_of_urgency():
    assert section_keys() == [
        "urgent",
        "severe",
        "falling",
        "definite_pattern",
        "repeat_overdue",
        "repeat_due",
        "persistent",
        "broad",
        "indeterminate",
        "resolved",
        "candidate",
        "known",
        "dismissed",
        "set_aside",
    ]


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("boy", "urgent"),
        ("paul", "urgent"),
        ("anna", "definite_pattern"),
        ("bert", "repeat_overdue"),
        ("cora", "repeat_due"),
        ("dora", "persistent"),
        ("emil", "candidate"),
        ("gerd", "indeterminate"),
        ("ines", "resolved"),
        ("vera", "dismissed"),
        ("mats", "known"),
        ("hana", "set_aside"),
        ("nora", "set_aside"),
        ("jost", "set_aside"),
        ("kaya", "set_aside"),
        ("lina", "set_aside"),
    ],
)
def test_where_a_patient_stands(patients, name, section):
    assert patients[name].section == section


@pytest.mark.parametrize(
    ("ask", "section"),
    [
        ("urgent", "urgent"),
        ("immediate", "severe"),
        ("high", "severe"),
        ("route_was", "severe"),
        ("was_selective", "falling"),
        ("broad_deficiency", "broad"),
        ("cd40l_or_genes", "indeterminate"),
        ("replacement_question", "indeterminate"),
    ],
)
def test_what_a_flag_asks_decides_where_it_stands(patients, ask, section):
    flag = patients["bert"].lead
    flag.status, flag.ask = "not_higm_pattern", ask
    assert flag.section == section


@pytest.mark.parametrize(
    ("days_ago", "section"),
    [
        (0, "resolved"),
        (RESOLVED_IN_SIGHT.days, "resolved"),
        (RESOLVED_IN_SIGHT.days + 1, "set_aside"),
    ],
)
def test_a_resolved_flag_goes_out_of_sight(patients, days_ago, section):
    flag = patients["ines"].lead
    flag.changed_on = AS_OF - timedelta(days=days_ago)
    assert flag.section == section


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("gerd", "igm_high_behind_gate"),
        ("hana", "igm_unresolved"),
        ("olga", "igm_low_incomplete"),
        ("rita", "time"),
        ("anna", None),
    ],
)
def test_what_would_settle_an_indeterminate_state(patients, name, key):
    assert patients[name].lead.settled_by == key


def test_a_reason_that_nobody_worded_is_settled_by_a_new_panel(patients):
    flag = patients["gerd"].lead
    flag.steps[0]["reason_code"] = flag.steps[1]["reason_code"] = "something_new"
    flag.steps[2]["reason_code"] = "something_new"
    assert flag.settled_by == "other"
    flag.steps.clear()
    assert flag.settled_by == "other"


def test_urgent_patients_new_ones_first_then_by_the_date_of_the_repeat(patients):
    assert patients["boy"].number == 1
    assert patients["paul"].number == 2


def test_what_changed_tonight_is_new(patients):
    assert {name for name, patient in patients.items() if patient.is_new} == {"boy", "emil"}


def test_a_result_is_counted_for_the_rule_that_it_is_the_index_of(patients):
    anna = patients["anna"]
    counted = [
        (row["analyte"], row["collected_at"].date()) for row in anna.results if anna.is_counted(row)
    ]
    assert counted == [
        ("igm", date(2026, 1, 10)),
        ("igm", date(2026, 4, 20)),
        ("igm", date(2026, 8, 5)),
    ]


def test_two_rules_read_the_same_panel(patients):
    kaya = patients["kaya"]
    read = {
        (flag.rule_id, row["analyte"]) for row in kaya.results for flag, _ in kaya.index_steps(row)
    }
    assert read == {("hyper_igm", "igg"), ("selective_igm_deficiency", "igm")}


def test_limits_are_shown_where_they_change(patients):
    collections = list(patients["anna"].by_collection_time())
    assert [sorted(c.limits) for c in collections] == [["iga", "igg", "igm"], [], ["ige"]]


@pytest.mark.parametrize(
    ("class_", "interpretation", "differs"),
    [
        ("low", "L", False),
        ("very_low", "L", False),
        ("low", "N", True),
        ("normal", "H", True),
        ("borderline_low", "L", False),
        ("high", None, False),
        ("censored_unresolved", "L", False),
    ],
)
def test_the_laboratory_may_interpret_otherwise(patients, class_, interpretation, differs):
    row = {"class": class_, "laboratory_interpretation": interpretation}
    assert patients["anna"].differs_from_laboratory(row) is differs


def test_each_sample_of_a_linked_person_says_what_number_it_was_sent_under(tmp_path):
    """Of nobody else does any sample say so, nor of a person whom merges made one."""
    alias = {"assigning_authority": "SOUTH", "patient_id": "S-1"}
    rows = [
        alias | {"patient_key": "key-boy", "joined_by": "link"},
        alias | {"patient_key": "key-anna", "joined_by": "merge"},
    ]
    opened = open_generation(write_generation(tmp_path / "g", {"core.patient_alias": rows}))
    told = {
        patient.patient_key: {
            row["linked_id"] for sample in patient.by_collection_time() for row in sample.linked
        }
        for row in opened.rows("clinic")
        for patient in load_patients(opened, row["clinic"])
    }
    assert told.pop("key-boy") == {"0100234"}
    assert "key-anna" in told
    assert set().union(*told.values()) == set()
