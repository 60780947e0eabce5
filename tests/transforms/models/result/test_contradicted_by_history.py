"""result.contradicted_by_history: a unit that slipped shows beside the person's other results."""

import pytest

from tests.warehouse_in_memory import by_patient, core, patients

# what one patient has one month after the other, and what of it is held
SLIPPED = [
    ("igm", ["1.10 g/L", "112 g/l", "1.15 g/L"], ["112"]),
    ("igm", ["0.11 g/L", "11.1 g/l", "0.12 g/L"], ["11.1"]),
    ("igm", ["0.11 g/L", "11.1 g/L", "0.12 g/L"], []),  # the same text: a note
    ("igm", ["0.011 g/L", "1.1 g/l"], ["1.1"]),  # the earlier stands
    ("igm", ["0.011 g/L", "1.3 g/l"], []),  # 118 is not 100
    ("igg", ["0.8 g/L", "8.0 g/l"], []),  # ten times under one unit
    ("igm", ["0.30 g/L", "0.32 g/l", "0.31 g/L"], []),
    # a feed whose unit changed under its label: what agrees with what was held is held too
    ("igm", ["1.0 g/L", "1.1 g/L", "105 g/l", "106 g/l"], ["105", "106"]),
]
BORN, YOUNG = "2018-01-05", "2022-06-11"  # YOUNG is 2 the day after the second result
# birth date, exposure, and what is held of an IgG that is a hundred times the one before
EXPLAINED = [
    (BORN, "diagnosis | I10 | 2024-02-01 |", ["10.9"]),
    (YOUNG, "diagnosis | I10 | 2024-02-01 |", []),
    (BORN, "medication | J06BA02 | 2024-02-01 |", []),
    (BORN, "medication | J06BA02 | 2024-06-11 |", ["10.9"]),  # after both
    (BORN, "medication | L04AL01 | 2024-01-01 | 2024-02-01", []),  # lowers IgG
    (BORN, "diagnosis | D73.0 | 2024-01-01 |", ["10.9"]),  # lowers IgM
]
SERIES = "analyte | observation_value | units | collected_at | message_number\n"
SENT = {
    "ten times between two units": """
        analyte | observation_value | units | collected_at        | message_number
        igg     | 11                | g/L   | 2024-01-10 08:00:00 | 1
        igg     | 110               | mg/dL | 2024-02-10 08:00:00 | 2
        igg     | 10.8              | g/L   | 2024-03-10 08:00:00 | 3
    """,
    "a unit missing": """
        analyte | observation_value | units | collected_at        | message_number
        igm     | 0.11              | g/L   | 2024-01-10 08:00:00 | 1
        igm     | 11.1 g/L          |       | 2024-02-10 08:00:00 | 2
    """,
}


def monthly(analyte: str, values: list[str]) -> str:
    return SERIES + "\n".join(
        f"{analyte} | {value.replace(' ', ' | ')} | 2024-0{n}-10 08:00:00 | {n}"
        for n, value in enumerate(values, 1)
    )


def a_hundred_times(born: str) -> str:
    return f"""
        birth_date | analyte | observation_value | units | collected_at        | message_number
        {born}     | igg     | 0.11              | g/L   | 2024-01-10 08:00:00 | 1
        {born}     | igg     | 10.9              | g/l   | 2024-06-10 08:00:00 | 2
    """


@pytest.fixture(scope="module")
def held():
    """Patient -> the values that are held because the others say another unit, by time."""
    sent = {
        **SENT,
        **{" ".join(values): monthly(analyte, values) for analyte, values, _ in SLIPPED},
        **{born + exposure: a_hundred_times(born) for born, exposure, _ in EXPLAINED},
    }
    exposures = {
        born + exposure: f"kind | code | start_date | end_date\n{exposure}"
        for born, exposure, _ in EXPLAINED
    }
    con = core(patients(sent), exposure=patients(exposures))
    return by_patient(
        con,
        "SELECT patient_id, value_source_value, reason_code FROM core.unusable "
        "INNER JOIN core.patient USING (patient_key) ORDER BY collected_at",
    )


def of_history(values: list[str]) -> list[tuple]:
    return [(value, "unit_contradicted_by_history") for value in values]


@pytest.mark.parametrize(("analyte", "values", "expected"), SLIPPED)
def test_a_unit_that_slipped_shows_in_the_persons_other_results(held, analyte, values, expected):
    assert held[" ".join(values)] == of_history(expected)


def test_a_ratio_of_ten_counts_between_different_units(held):
    assert held["ten times between two units"] == of_history(["110"])


@pytest.mark.parametrize(("born", "exposure", "expected"), EXPLAINED)
def test_what_explains_a_real_change_holds_nothing(held, born, exposure, expected):
    assert held[born + exposure] == of_history(expected)


def test_a_unit_that_is_missing_is_in_doubt(held):
    assert held["a unit missing"] == of_history(["11.1 g/L"])
