"""The states to expect: of people and nights that exist, and every state among them."""

from __future__ import annotations

from itertools import groupby

from samples.cast import FACILITIES, NIGHTS, cast_orders, published_orders
from samples.data_file import rows

STATUSES = {
    *("candidate", "repeat_due", "repeat_overdue", "persistent", "definite_pattern", "resolved"),
    *("indeterminate", "excluded_secondary", "not_selective", "not_higm_pattern"),
    *("not_assessable", "no_evidence"),
}
HIGM_ONLY, SELECTIVE_ONLY = {"not_higm_pattern"}, {"not_selective", "not_assessable"}


def statuses(rule_id: str) -> set[str]:
    return {row["status"] for row in rows("expected") if row["rule_id"] == rule_id}


def test_every_state_occurs_in_the_rules_that_have_it():
    assert statuses("selective_igm_deficiency") == STATUSES - HIGM_ONLY
    assert statuses("hyper_igm") == STATUSES - SELECTIVE_ONLY


def test_everyone_expected_is_tested_before_that_night():
    tested = [*cast_orders(), *published_orders()]
    first = {}
    for order in tested:
        first[order.patient.id] = min(order.night, first.get(order.patient.id, order.night))
    for row in rows("expected"):
        night = [n.isoformat() for n in NIGHTS].index(row["as_of"]) + 1
        assert night >= first[row["patient_id"]], row


def test_authority_and_facility_are_those_of_the_feed():
    facility = {o.patient.id: o.patient.facility for o in [*cast_orders(), *published_orders()]}
    for row in rows("expected"):
        assert row["facility"] == facility[row["patient_id"]]
        assert row["assigning_authority"] == FACILITIES[row["facility"]].AUTHORITY


def test_one_state_for_each_patient_rule_and_night():
    keys = [(r["patient_id"], r["rule_id"], r["as_of"]) for r in rows("expected")]
    assert len(keys) == len(set(keys))


def test_definite_selective_deficiency_needs_a_feed_of_exposures():
    selective = [r for r in rows("expected") if r["rule_id"] == "selective_igm_deficiency"]
    definite = {r["facility"] for r in selective if r["status"] == "definite_pattern"}
    assert definite == {"lakeside", "riverside"}


def test_at_least_thirty_patients_and_many_that_change():
    by_course = groupby(rows("expected"), key=lambda r: (r["patient_id"], r["rule_id"]))
    changing = [key for key, group in by_course if len({r["status"] for r in group}) > 1]
    assert len({row["patient_id"] for row in rows("expected")}) >= 30
    assert len(changing) >= 25
