"""result.hidden_detection_limit: a limit of detection sent as a plain number says "at most this"."""

import pytest

from tests.warehouse_in_memory import core, rows


def many(n_at_floor: int, n_above: int, floor: str = "0.25") -> str:
    values = [floor] * n_at_floor + [f"{0.6 + n / 1000:.3f}" for n in range(n_above)]
    return "patient_id | analyte | observation_value | message_number\n" + "\n".join(
        f"p{n} | igm | {value} | {n + 1}" for n, value in enumerate(values)
    )


@pytest.mark.parametrize(
    ("n_at_floor", "n_above", "floor", "expected"),
    [
        (12, 300, "0.45", "censored_unresolved"),  # at most 0.45: above 0.40, so not decided
        (12, 300, "0.40", "borderline_low"),  # not above the lower limit: as it stands
        (12, 300, "0.25", "low"),
        (9, 200, "0.45", "borderline_low"),  # too few to be sure
        (10, 200, "0.45", "censored_unresolved"),  # as few as may be
        (12, 388, "0.45", "censored_unresolved"),  # 3 % of 400
        (12, 389, "0.45", "borderline_low"),  # under 3 %
    ],
)
def test_a_floor_sent_as_a_number_is_at_most_that(n_at_floor, n_above, floor, expected):
    con = core(many(n_at_floor, n_above, floor))
    assert rows(
        con,
        f"SELECT DISTINCT class, value_comparator FROM core.measurement "
        f"WHERE value_source_value = '{floor}'",
    ) == [(expected, None)]
