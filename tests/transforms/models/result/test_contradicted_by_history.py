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
        ("igm", ["1.10", "112", "1.15"], []),  # implausible in itself: above 30 g/L
        ("igm", ["0.11", "11.1", "0.12"], ["11.1"]),
        ("igm", ["0.011", "1.1"], ["0.011", "1.1"]),  # of two neither is believed
        ("igm", ["0.011", "1.3"], []),  # 118 is not 100
        ("igg", ["0.8", "8.0"], []),  # replacement; the unit is the same
        ("igm", ["0.30", "0.32", "0.31"], []),
    ],
)
def test_a_unit_that_slipped_shows_in_the_persons_other_results(analyte, values, expected):
    drawn = "\n".join(
        f"{analyte} | {value} | g/L | 2024-0{n}-10 08:00:00 | {n}"
        for n, value in enumerate(values, 1)
    )
    assert held(drawn) == expected


def test_a_ratio_of_ten_counts_between_different_units():
    assert held(
        "igg | 11 | g/L | 2024-01-10 08:00:00 | 1\n"
        "igg | 110 | mg/dL | 2024-02-10 08:00:00 | 2\n"
        "igg | 10.8 | g/L | 2024-03-10 08:00:00 | 3"
    ) == ["110"]
