"""Classes at and on both sides of each limit (rules 9.1, with PRU Exeter and Mayo)."""

import pytest

from tests.warehouse_in_memory import by_patient, core, patients, rows

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
    # an infant's IgG: below 91 days very low only where it is below Mayo's 1.00 too; then alone
    ("igg", "1.50", "2023-11-21", "borderline_low"),  # 50 days
    ("igg", "0.99", "2023-11-21", "very_low"),
    ("igg", "1.80", "2023-10-12", "borderline_low"),  # 90 days
    ("igg", "<1.50", "2023-10-12", "censored_unresolved"),
    ("igg", "1.80", "2023-10-11", "very_low"),  # 91 days
    ("igg", "2.00", "2023-10-11", "borderline_low"),  # PRU 2.1
    ("igg", "<2.00", "2023-10-11", "very_low"),
    ("igg", "<2.10", "2023-10-11", "censored_unresolved"),
    # what published hyper-IgM reaches, and the last that is believed
    ("igm", "87", "2021-01-01", "high"),
    ("igm", "150", "1989-01-05", "high"),
    # as low as an assay may go; before 6 months no such floor is known
    ("igm", "0.01", "1989-01-05", "very_low"),
    ("igm", "<0.009", "1989-01-05", "very_low"),
    ("igm", "0.009", "2023-08-10", "very_low"),
    ("iga", "0.005", "1989-01-05", "very_low"),
    ("iga", "<0.07", "1989-01-05", "very_low"),
    ("iga", "0.07", "1989-01-05", "low"),
    # 11 months, IgM: PRU 0.60 against Mayo 0.40
    ("igm", "0.39", "2023-02-08", "low"),
    ("igm", "0.50", "2023-02-08", "borderline_low"),
]


UNITS = [
    ("190", "mg/dL", "normal"),  # 190 x 0.01 is a little above 1.9 in binary: still the limit
    ("191", "mg/dL", "borderline_high"),
    ("40", "mg/dL", "borderline_low"),
    ("39", "mg/dL", "low"),
]
NO_VALUE = [
    ("igm", "0.009", "below_any_assay"),
    ("igm", "0", "below_any_assay"),
    ("iga", "0.004", "below_any_assay"),
    ("igm", "150.1", "implausible_value"),
]
# collected on 2024-01-10; limits of IgM from 16 years: Mayo 0.49, PRU 0.50; from 18: 0.40 and 0.50
BORN = [
    ("1989", "0.30", "low"),
    ("1989", "0.60", "normal"),
    ("198900", "0.30", "low"),
    ("198913", "0.30", "not_classed"),  # no month of any year
    ("1989-06", "0.30", "low"),
    ("19890000", "0.30", "low"),
    ("2006", "0.38", "low"),  # 17 or 18 years
    ("2006", "0.45", "not_classed"),  # low at 17, borderline at 18
    ("2006", "0.60", "normal"),
    ("2023", "0.30", "not_classed"),  # 9 days to a year
    ("2024", "0.30", "borderline_high"),  # 0 to 9 days: PRU 0.20, Mayo 1.22
    ("unknown", "0.30", "not_classed"),
]
SENT = {
    "no birth date": "analyte | observation_value | birth_date\nigm | 0.1 | ",
    "collected before birth": "analyte | observation_value | birth_date\nigm | 0.3 | 2025-01-05",
    "two birth dates": """
        analyte | observation_value | birth_date | message_at          | message_number
        igm     | 0.30              | 1989-01-05 | 2024-01-10 09:00:00 | 1
        igm     | 0.30              | 1998-01-05 | 2024-03-10 09:00:00 | 2
    """,
    "a whole date and a year": """
        analyte | observation_value | birth_date | birth_date_source_value | message_number
        igm     | 0.45              | 2004-01-05 | 20040105                | 1
        igm     | 0.45              |            | 2006                    | 2
    """,
}


def sent() -> dict[str, str]:
    """The results of every patient; one of a case table is named by the cells that it is sent."""
    value = "analyte | observation_value"
    year = "birth_date | birth_date_source_value"
    return {
        **SENT,
        **{f"{a} {v} {day}": f"{value} | birth_date\n{a} | {v} | {day}" for a, v, day, _ in CASES},
        **{f"{v} {unit}": f"{value} | units\nigm | {v} | {unit}" for v, unit, _ in UNITS},
        **{f"{a} {v}": f"{value}\n{a} | {v}" for a, v, _ in NO_VALUE},
        **{f"{born}: {v}": f"{value} | {year}\nigm | {v} | | {born}" for born, v, _ in BORN},
    }


@pytest.fixture(scope="module")
def warehouse():
    return core(patients(sent()))


@pytest.fixture(scope="module")
def classes(warehouse):
    return by_patient(warehouse, "SELECT patient_id, class FROM core.measurement")


@pytest.fixture(scope="module")
def reasons(warehouse):
    query = (
        "SELECT patient_id, reason_code FROM core.unusable JOIN core.patient USING (patient_key)"
    )
    return by_patient(warehouse, query)


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_class(classes, case):
    *cells, expected = case
    assert classes[" ".join(cells)] == [(expected,)]


@pytest.mark.parametrize(("value", "unit", "expected"), UNITS)
def test_a_limit_is_the_limit_in_every_unit(classes, value, unit, expected):
    assert classes[f"{value} {unit}"] == [(expected,)]


def test_a_result_without_a_birth_date_is_measured_and_not_classed(warehouse):
    query = "SELECT class, age_days FROM core.measurement WHERE patient_id = 'no birth date'"
    assert rows(warehouse, query) == [("not_classed", None)]


def test_the_birth_date_last_stated_holds_for_all_results(warehouse):
    query = "SELECT DISTINCT birth_date::VARCHAR FROM core.measurement"
    assert rows(warehouse, f"{query} WHERE patient_id = 'two birth dates'") == [("1998-01-05",)]


def test_collected_before_birth_is_unusable(reasons):
    assert reasons["collected before birth"] == [("collected_before_birth",)]


@pytest.mark.parametrize(("analyte", "value", "reason"), NO_VALUE)
def test_a_plain_number_that_no_assay_gives_is_no_value(reasons, analyte, value, reason):
    assert reasons[f"{analyte} {value}"] == [(reason,)]


@pytest.fixture(scope="module")
def bounded(warehouse):
    query = "SELECT patient_id, class, age_days, lower_limit_max IS NULL FROM core.measurement"
    return by_patient(warehouse, query)


@pytest.mark.parametrize(("born", "value", "expected"), BORN)
def test_a_year_of_birth_bounds_the_age(bounded, born, value, expected):
    assert bounded[f"{born}: {value}"] == [(expected, None, expected == "not_classed")]


def test_a_whole_birth_date_beats_a_year(classes):
    assert set(classes["a whole date and a year"]) == {("borderline_low",)}
