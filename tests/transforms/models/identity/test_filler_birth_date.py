"""A filler sent as birth date is left out of that person; everything else goes through."""

import pytest

from tests.warehouse_in_memory import core, rows

BORN = "SELECT birth_date::VARCHAR FROM core.patient"


@pytest.mark.parametrize(
    "filler", ["1900-01-01", "1899-12-30", "1899-12-31", "0001-01-01", "9999-12-31", "1903-05-06"]
)
def test_it_is_left_out_and_told(filler):
    con = core(f"analyte | observation_value | birth_date\nigm | 0.9 | {filler}")
    assert rows(con, BORN) == [(None,)]
    assert rows(con, "SELECT class, age_days FROM core.measurement") == [("not_classed", None)]
    assert rows(con, "SELECT patient_id FROM identity.filler_birth_date") == [("ann",)]


def test_a_true_one_of_another_message_stands():
    con = core("""
    analyte | observation_value | birth_date | message_at          | filler_order_number
    igm     | 0.9               | 1985-05-01 | 2024-01-10 09:00:00 | A1
    igm     | 0.8               | 1900-01-01 | 2024-03-10 09:00:00 | A2
    """)
    assert rows(con, BORN) == [("1985-05-01",)]


def test_a_patient_of_119_is_one():
    con = core("analyte | observation_value | birth_date\nigm | 0.9 | 1905-01-01")
    assert rows(con, BORN) == [("1905-01-01",)]
