"""A facility's own words: for a status, a unit, a sex; never another facility's."""

import pytest

from tests.warehouse_in_memory import core, rows

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


@pytest.mark.parametrize(("status", "reason"), STATUS)
def test_a_status_is_final_only_where_somebody_said_so(status, reason):
    drawn = f"analyte | observation_value | observation_result_status\nigm | 0.3 | {status}"
    con = core(drawn, local_words=WORDS)
    assert rows(con, "SELECT reason_code FROM result.disposition") == [(reason,)]


@pytest.mark.parametrize(("unit", "g_per_l"), [("2", 0.21), ("mg/dL", 0.21), ("1", None)])
def test_a_code_of_a_unit(unit, g_per_l):
    con = core(f"analyte | observation_value | units\nigm | 21 | {unit}", local_words=WORDS)
    measured = [(g_per_l,)] if g_per_l else []
    assert rows(con, "SELECT value_g_per_l FROM core.measurement") == measured


@pytest.mark.parametrize(("sent", "sex"), [("1", "F"), ("2", "U"), ("M", "M")])
def test_a_digit_is_a_sex_only_where_the_facility_said_which(sent, sex):
    drawn = f"analyte | observation_value | administrative_sex\nigm | 0.3 | {sent}"
    con = core(drawn, local_words=WORDS)
    assert rows(con, "SELECT sex FROM core.patient") == [(sex,)]
