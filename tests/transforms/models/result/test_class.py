"""Classes at and on both sides of each limit (rules 9.1, with PRU Exeter and Mayo)."""

import pytest

from tests.warehouse_in_memory import core, one_patient_each, rows

# analyte, value, birth date, class; collected on 2024-01-10
CASES = [
    # adult IgM: Mayo's 0.37 is taken as 0.40 from 18 years; PRU 0.50
    ("igm", "0.19", "1989-01-05", "very_low"),
    ("igm", "0.20", "1989-01-05", "low"),
    ("igm", "0.39", "1989-01-05", "low"),
    ("igm", "0.40", "1989-01-05", "borderline_low"),
    ("igm", "0.49", "1989-01-05", "borderline_low"),
    ("igm", "0.50", "1989-01-05", "normal"),
    ("igm", "1.90", "1989-01-05", "normal"),
    ("igm", "1.91", "1989-01-05", "borderline_high"),
    ("igm", "2.86", "1989-01-05", "borderline_high"),
    ("igm", "2.87", "1989-01-05", "high"),
    ("igm", "<0.40", "1989-01-05", "low"),
    ("igm", "<0.41", "1989-01-05", "censored_unresolved"),
    ("igm", "<0.20", "1989-01-05", "very_low"),
    ("igm", ">2.86", "1989-01-05", "high"),
    ("igm", ">2.0", "1989-01-05", "censored_unresolved"),
    # IgG: very low below 2.0 under 4 years, below 3.0 from 4 years
    ("igg", "1.99", "2022-01-10", "very_low"),
    ("igg", "2.00", "2022-01-10", "low"),
    ("igg", "2.99", "2018-01-10", "very_low"),
    ("igg", "3.00", "2018-01-10", "low"),
    ("igg", "2.50", "2020-01-11", "low"),  # the last day below 4 years
    ("igg", "2.50", "2020-01-10", "very_low"),
    ("iga", "<0.07", "1989-01-05", "very_low"),
    ("iga", "0.07", "1989-01-05", "low"),
    # 11 months, IgM: PRU 0.60 against Mayo 0.40
    ("igm", "0.39", "2023-02-08", "low"),
    ("igm", "0.50", "2023-02-08", "borderline_low"),
]


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    con = core(
        one_patient_each("analyte | observation_value | birth_date", (c[:-1] for c in CASES))
    )
    return dict(rows(con, "SELECT patient_id, class FROM core.measurement"))


@pytest.mark.parametrize("n", range(len(CASES)), ids=lambda n: " ".join(CASES[n]))
def test_class(found, n):
    assert found[f"p{n}"] == CASES[n][-1]


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("190", "mg/dL", "normal"),  # 190 x 0.01 is a little above 1.9 in binary: still the limit
        ("191", "mg/dL", "borderline_high"),
        ("40", "mg/dL", "borderline_low"),
        ("39", "mg/dL", "low"),
    ],
)
def test_a_limit_is_the_limit_in_every_unit(value, unit, expected):
    con = core(f"analyte | observation_value | units\nigm | {value} | {unit}")
    assert rows(con, "SELECT class FROM core.measurement") == [(expected,)]


def test_a_result_without_a_birth_date_is_measured_and_not_classed():
    con = core("analyte | observation_value | birth_date\nigm | 0.1 | ")
    assert rows(con, "SELECT class, age_days FROM core.measurement") == [("not_classed", None)]


def test_the_birth_date_last_stated_holds_for_all_results():
    con = core("""
    analyte | observation_value | birth_date | message_at          | message_number
    igm     | 0.30              | 1989-01-05 | 2024-01-10 09:00:00 | 1
    igm     | 0.30              | 1998-01-05 | 2024-03-10 09:00:00 | 2
    """)
    assert rows(con, "SELECT DISTINCT birth_date::VARCHAR FROM core.measurement") == [
        ("1998-01-05",)
    ]


def test_collected_before_birth_is_unusable():
    con = core("analyte | observation_value | birth_date\nigm | 0.3 | 2025-01-05")
    assert rows(con, "SELECT reason_code FROM core.unusable") == [("collected_before_birth",)]
