"""How long a course goes on: the forms of TQ-3 (HL7 2.5.1, 4.3.3) and of CQ, and what is none."""

import pytest

from transforms.parse.hl7.duration import LONGEST_DAYS, duration_days


@pytest.mark.parametrize(
    ("stated", "days"),
    [
        ("S30", 1),
        ("M30", 1),
        ("H12", 1),
        ("H24", 1),
        ("H25", 2),
        ("D14", 14),
        ("W2", 14),
        ("L1", 31),  # 30.4375 days, rounded up
        ("L12", 366),
        ("14D", 14),
        ("2W", 14),
        ("30M", 1),  # beside its number M is minutes
        ("d14", 14),
        ("D 14", 14),
        ("14 days", 14),
        ("D7.5", 8),
    ],
)
def test_tq_3(stated, days):
    assert duration_days(stated) == days


@pytest.mark.parametrize(
    ("stated", "days"),
    [
        ("14^D", 14),
        ("14^d^^UCUM", 14),
        ("14^d&day&UCUM", 14),
        ("14&D", 14),
        ("14^day", 14),
        ("1^Days", 1),
        ("2^W", 14),
        ("2^wk", 14),
        ("6^MO", 183),
        ("6^M", 183),
        ("6^L", 183),
        ("1^a", 366),
        ("36^h", 2),
        ("36^H", 2),
        ("90^MIN", 1),
        ("90^min", 1),
        ("3^S", 1),
        ("2^Wochen", 14),
        ("1.5^wk", 11),
    ],
)
def test_a_number_and_its_unit(stated, days):
    assert duration_days(stated) == days


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "14",
        "INDEF",
        "X3",
        "T5",
        "PRN",
        "until gone",
        "D",
        "D0",
        "D-3",
        "0^D",
        "14^x",
        "x^D",
        "^D",
        "D99999999999999999999",
        "9999^a",
        '""',
        "١٤^D",
    ],
)
def test_no_length(stated):
    assert duration_days(stated) is None


def test_what_is_done_once_takes_no_days():
    assert duration_days("ONCE") == 0


def test_a_century_is_no_length():
    assert duration_days(f"D{LONGEST_DAYS}") == LONGEST_DAYS
    assert duration_days(f"D{LONGEST_DAYS + 1}") is None
