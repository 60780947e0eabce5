"""An order that is taken back takes back what it gave, though no result says so."""

import pytest

from tests.warehouse_in_memory import SharedWarehouse, rows

SHARED = SharedWarehouse()
COUNTING = "SELECT value_source_value FROM core.measurement ORDER BY 1"
RESULTS = """
analyte | placer_order_number | filler_order_number | universal_service_identifier | observation_value | collected_at | message_at | message_number
igm     | P1 | F1 | IGS | 0.35 | 2024-01-15 08:00:00 | 2024-01-15 12:00:00 | 1
"""
WITHDRAWAL = """
placer_order_number | filler_order_number | universal_service_identifier | collected_at | message_at | patient_id
"""
WITHDRAWALS = [
    ("   | F1 | IGS | 2024-01-15 08:00:00 | 2024-01-16 12:00:00 | ann", []),
    ("P1 |    |     |                     | 2024-01-16 12:00:00 | ann", []),
    ("P1 | F1 |     | 2024-01-16 11:00:00 | 2024-01-16 12:00:00 | ann", []),
    ("   | F1 | IGS | 2024-01-15 08:00:00 |                     | ann", []),
    # another number, code or patient; a number of the other kind; before the result came
    ("P1 | F2 | IGS | 2024-01-15 08:00:00 | 2024-01-16 12:00:00 | ann", ["0.35"]),
    ("   | P1 | IGS | 2024-01-15 08:00:00 | 2024-01-16 12:00:00 | ann", ["0.35"]),
    ("F1 |    | IGS | 2024-01-15 08:00:00 | 2024-01-16 12:00:00 | ann", ["0.35"]),
    ("   | F1 | FBC | 2024-01-15 08:00:00 | 2024-01-16 12:00:00 | ann", ["0.35"]),
    ("   | F1 | IGS | 2024-01-15 08:00:00 | 2024-01-16 12:00:00 | bea", ["0.35"]),
    ("   | F1 | IGS | 2024-01-15 08:00:00 | 2024-01-15 11:00:00 | ann", ["0.35"]),
]
TAKEN_BACK = {
    withdrawal: SHARED.draw(RESULTS, order_withdrawal=WITHDRAWAL + withdrawal)
    for withdrawal, _ in WITHDRAWALS
}


@pytest.mark.parametrize(("withdrawal", "counting"), WITHDRAWALS)
def test_what_an_order_taken_back_withdraws(withdrawal, counting):
    con = TAKEN_BACK[withdrawal]
    assert rows(con, COUNTING) == [(value,) for value in counting]
    told = rows(con, "SELECT reason_code, superseded_by FROM core.superseded")
    assert told == ([] if counting else [("withdrawn", None)])


OVER_MONTHS = SHARED.draw(
    RESULTS + "igm | P1 | F1 | IGS | 0.36 | 2024-07-15 08:00:00 | 2024-07-15 12:00:00 | 2",
    order_withdrawal=WITHDRAWAL + "P1 | F1 | IGS | 2024-07-15 08:00:00 | 2024-07-16 12:00:00 | ann",
)


def test_of_an_order_over_months_only_the_day_is_withdrawn():
    assert rows(OVER_MONTHS, COUNTING) == [("0.35",)]


CORRECTED = SHARED.draw(
    """
    analyte | filler_order_number | observation_value | observation_result_status | message_at | message_number
    igm     | F1 | 0.35 | F | 2024-01-15 12:00:00 | 1
    igm     | F1 | 0.95 | C | 2024-01-16 12:00:00 | 2
    """,
    order_withdrawal="filler_order_number | message_at | patient_id\n"
    "F1 | 2024-01-17 12:00:00 | ann",
)


def test_a_correction_is_withdrawn_too_and_what_it_replaced_does_not_come_back():
    assert rows(CORRECTED, COUNTING) == []
    assert rows(CORRECTED, "SELECT count(*) FROM result.disposition") == [(2,)]
