"""result.contradicted_by_history: a unit that slipped shows beside the person's other results."""

import pytest

from tests.warehouse_in_memory import core, rows

SERIES = "analyte | observation_value | units | collected_at | message_number\n"


def held(drawn: str) -> list[str]:
    """The values that are held because the person's others say another unit, in order of time."""
    con = core(SERIES + drawn)
    return [
        value
        for (value,) in rows(
            con,
            "SELECT value_source_value FROM core.unusable "
            "WHERE reason_code = 'unit_contradicted_by_history' ORDER BY collected_at",
        )
    ]


@pytest.mark.parametrize(
    ("analyte", "values", "expected"),
    [
        ("igm", ["1.10 g/L", "112 g/l", "1.15 g/L"], ["112"]),
        ("igm", ["0.11 g/L", "11.1 g/l", "0.12 g/L"], ["11.1"]),
        ("igm", ["0.11 g/L", "11.1 g/L", "0.12 g/L"], []),  # the same text: a note
        ("igm", ["0.011 g/L", "1.1 g/l"], ["1.1"]),  # the earlier stands
        ("igm", ["0.011 g/L", "1.3 g/l"], []),  # 118 is not 100
        ("igg", ["0.8 g/L", "8.0 g/l"], []),  # ten times under one unit
        ("igm", ["0.30 g/L", "0.32 g/l", "0.31 g/L"], []),
        # a feed whose unit changed under its label: what agrees with what was held is held too
        ("igm", ["1.0 g/L", "1.1 g/L", "105 g/l", "106 g/l"], ["105", "106"]),
    ],
)
def test_a_unit_that_slipped_shows_in_the_persons_other_results(analyte, values, expected):
    drawn = "\n".join(
        f"{analyte} | {value.replace(' ', ' | ')} | 2024-0{n}-10 08:00:00 | {n}"
        for n, value in enumerate(values, 1)
    )
    assert held(drawn) == expected


def test_a_ratio_of_ten_counts_between_different_units():
    assert held(
        "igg | 11 | g/L | 2024-01-10 08:00:00 | 1\n"
        "igg | 110 | mg/dL | 2024-02-10 08:00:00 | 2\n"
        "igg | 10.8 | g/L | 2024-03-10 08:00:00 | 3"
    ) == ["110"]


SLIP = """
patient_id | birth_date | analyte | observation_value | units | collected_at        | message_number
{born}     | igg     | 0.11              | g/L   | 2024-01-10 08:00:00 | 1
{born}     | igg     | 10.9              | g/l   | 2024-06-10 08:00:00 | 2
"""
HELD = "SELECT value_source_value FROM core.unusable"
EXPOSURE = "kind | code | start_date | end_date\n"


@pytest.mark.parametrize(
    ("born", "exposure", "expected"),
    [
        ("ann | 2018-01-05", "diagnosis | I10 | 2024-02-01 |", ["10.9"]),
        ("ann | 2022-06-11", "diagnosis | I10 | 2024-02-01 |", []),  # the day before 2 years
        ("ann | 2018-01-05", "medication | J06BA02 | 2024-02-01 |", []),
        ("ann | 2018-01-05", "medication | J06BA02 | 2024-06-11 |", ["10.9"]),  # after both
        ("ann | 2018-01-05", "medication | L04AL01 | 2024-01-01 | 2024-02-01", []),  # lowers IgG
        ("ann | 2018-01-05", "diagnosis | D73.0 | 2024-01-01 |", ["10.9"]),  # lowers IgM
    ],
)
def test_what_explains_a_real_change_holds_nothing(born, exposure, expected):
    con = core(SLIP.format(born=born), exposure=EXPOSURE + exposure)
    assert [value for (value,) in rows(con, HELD)] == expected


def test_a_unit_that_is_missing_is_in_doubt():
    assert held(
        "igm | 0.11 | g/L | 2024-01-10 08:00:00 | 1\nigm | 11.1 g/L | | 2024-02-10 08:00:00 | 2"
    ) == ["11.1 g/L"]
