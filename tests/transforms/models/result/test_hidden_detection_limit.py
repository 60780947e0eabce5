"""result.hidden_detection_limit: a limit of detection sent as a plain number says "at most this"."""

import pytest

from tests.warehouse_in_memory import Row, core, rows

INFANT, ADULT = "2023-11-10", "1989-01-05"  # 61 days: PRU 0.15, Mayo 0.26; adults from 0.40
# results at the floor and above it, floor, birth date, class of those at the floor
FLOORS = [
    (12, 300, "0.25", INFANT, "censored_unresolved"),  # at most 0.25: above 0.15
    (12, 300, "0.15", INFANT, "borderline_low"),  # not above the lower limit: as it stands
    (12, 300, "0.25", ADULT, "low"),
    (12, 300, "0.39", INFANT, "censored_unresolved"),
    (12, 300, "0.40", INFANT, "normal"),  # inside every adult's interval: no floor
    (12, 300, "0.45", ADULT, "borderline_low"),
    (9, 200, "0.25", INFANT, "borderline_low"),  # too few to be sure
    (10, 200, "0.25", INFANT, "censored_unresolved"),  # as few as may be
    (12, 388, "0.25", INFANT, "censored_unresolved"),  # 3 % of 400
    (12, 389, "0.25", INFANT, "borderline_low"),  # under 3 %
]


def many(facility: str, n_at_floor: int, n_above: int, floor: str, born: str) -> list[Row]:
    """As many results as that of one facility, each of a patient of its own."""
    values = [floor] * n_at_floor + [f"{0.6 + n / 1000:.3f}" for n in range(n_above)]
    return [
        {
            "facility": facility,
            "patient_id": f"{facility}-{n}",
            "analyte": "igm",
            "observation_value": value,
            "birth_date": born,
            "message_number": str(n),
        }
        for n, value in enumerate(values, 1)
    ]


@pytest.fixture(scope="module")
def warehouse():
    """Every case at a facility of its own: a floor is one of a facility."""
    drawn: list[Row] = []
    for n, (n_at_floor, n_above, floor, born, _) in enumerate(FLOORS):
        drawn += many(f"f{n}", n_at_floor, n_above, floor, born)
    return core(drawn)


@pytest.mark.parametrize("n", range(len(FLOORS)), ids=lambda n: "-".join(map(str, FLOORS[n])))
def test_a_floor_sent_as_a_number_is_at_most_that(warehouse, n):
    *_, floor, _, expected = FLOORS[n]
    assert rows(
        warehouse,
        f"SELECT DISTINCT class, value_comparator FROM core.measurement "
        f"WHERE facility = 'f{n}' AND value_source_value = '{floor}'",
    ) == [(expected, None)]
