"""A facility's own words: for a status, a unit, a sex; never another facility's."""

import pytest

from tests.warehouse_in_memory import by_patient, core, patients

WORDS = """
facility | topic  | as_sent         | meaning
north    | status | AUTH (VERIFIED) | F
north    | status | IN ERROR        | W
north    | unit   | 2               | mg/dl
north    | sex    | 1               | FEMALE
south    | status | OK              | F
south    | unit   | 1               | g/l
"""
STATUS = [
    ("Auth (Verified)", None),
    ("In Error", "status_withdrawn"),
    ("OK", "status_unknown"),
    ("F", None),
]


UNITS = [("2", 0.21), ("mg/dL", 0.21), ("1", None)]
SEXES = [("1", "F"), ("2", "U"), ("M", "M")]


@pytest.fixture(scope="module")
def warehouse():
    value = "analyte | observation_value"
    sent = {
        **{s: f"{value} | observation_result_status\nigm | 0.3 | {s}" for s, _ in STATUS},
        **{f"unit {unit}": f"{value} | units\nigm | 21 | {unit}" for unit, _ in UNITS},
        **{f"sex {sex}": f"{value} | administrative_sex\nigm | 0.3 | {sex}" for sex, _ in SEXES},
    }
    return core(patients(sent), local_words=WORDS)


@pytest.mark.parametrize(("status", "reason"), STATUS)
def test_a_status_is_final_only_where_somebody_said_so(warehouse, status, reason):
    of_patient = "result.disposition INNER JOIN core.patient USING (patient_key)"
    reasons = by_patient(warehouse, f"SELECT patient_id, reason_code FROM {of_patient}")
    assert reasons[status] == [(reason,)]


@pytest.mark.parametrize(("unit", "g_per_l"), UNITS)
def test_a_code_of_a_unit(warehouse, unit, g_per_l):
    measured = by_patient(warehouse, "SELECT patient_id, value_g_per_l FROM core.measurement")
    assert measured[f"unit {unit}"] == ([(g_per_l,)] if g_per_l else [])


@pytest.mark.parametrize(("sent", "sex"), SEXES)
def test_a_digit_is_a_sex_only_where_the_facility_said_which(warehouse, sent, sex):
    sexes = by_patient(warehouse, "SELECT patient_id, sex FROM core.patient")
    assert sexes[f"sex {sent}"] == [(sex,)]
