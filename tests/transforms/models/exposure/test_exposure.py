"""Exposures: what was cancelled is taken back, what was stopped has an end, the last order stands."""

from datetime import date

from tests.warehouse_in_memory import core, rows

NONE = "facility | analyte\n"
HEADER = """
    kind | code | start_date | end_date | order_number | order_status | message_at
"""


def standing(sent: str, as_of: date = date(2026, 1, 1), query: str = "") -> list[tuple]:
    """code, first and last day of the exposures that stand."""
    con = core(NONE, exposure=HEADER + sent, as_of=as_of)
    query = query or "SELECT code, start_date::VARCHAR, end_date::VARCHAR FROM core.exposure"
    return rows(con, f"{query} ORDER BY ALL")


RITUXIMAB = "    medication | L01FA01 | 2024-01-10 | | 17 | | 2024-01-09 10:00:00\n"
CANCELLED = "    medication | | | | 17 | withdrawn | 2024-01-09 12:00:00\n"
STANDS = [("L01FA01", "2024-01-10", None)]


def test_a_cancelled_order_is_no_exposure():
    assert standing(RITUXIMAB) == STANDS
    assert standing(RITUXIMAB + CANCELLED) == []
    assert standing(CANCELLED + RITUXIMAB) == []


def test_what_was_taken_back_is_listed_with_what_took_it_back():
    query = "SELECT position, withdrawn_by_position FROM exposure.withdrawn"
    assert standing(RITUXIMAB + CANCELLED, query=query) == [(1, 2)]


def test_an_order_that_is_placed_again_stands():
    again = RITUXIMAB.replace("2024-01-09 10", "2024-01-09 13")
    assert standing(RITUXIMAB + CANCELLED + again) == STANDS


def test_another_order_and_another_patient_are_left_alone():
    assert standing(RITUXIMAB + CANCELLED.replace("| 17 |", "| 18 |")) == STANDS
    other = "patient_id | kind | order_number | order_status | message_at\n"
    con = core(
        NONE,
        exposure=other + "ann | medication | 17 | | 2024-01-09 10:00:00\n"
        "bea | medication | 17 | withdrawn | 2024-01-09 12:00:00",
    )
    assert rows(con, "SELECT count(*) FROM core.exposure") == [(1,)]


def test_a_cancel_after_the_clock_is_not_seen():
    late = CANCELLED.replace("2024-01-09", "2024-02-09")
    assert standing(RITUXIMAB + late, as_of=date(2024, 2, 1)) == STANDS
    assert standing(RITUXIMAB + late, as_of=date(2024, 2, 9)) == []


def test_what_starts_on_the_day_of_the_clock_is_seen_and_what_starts_the_day_after_is_not():
    assert standing(RITUXIMAB, as_of=date(2024, 1, 10)) == STANDS
    assert standing(RITUXIMAB, as_of=date(2024, 1, 9)) == []


def test_a_withdrawal_without_a_time_came_after_what_it_withdraws():
    undated = CANCELLED.replace("2024-01-09 12:00:00", "")
    assert standing(undated + RITUXIMAB) == []


def test_a_withdrawal_without_a_number_takes_back_the_same_code_of_the_same_day():
    said = "    diagnosis | B20 | 2023-01-01 | | | {} | 2024-01-0{} 10:00:00\n"
    assert standing(said.format("", 1) + said.format("withdrawn", 2)) == []
    other_day = said.format("withdrawn", 2).replace("2023-01-01", "2023-01-02")
    assert standing(said.format("", 1) + other_day) == [("B20", "2023-01-01", None)]


def test_a_stop_ends_the_order_and_is_no_exposure_of_its_own():
    stop = "    medication | L01FA01 | | 2024-03-01 | 17 | stopped | 2024-03-01 09:00:00\n"
    assert standing(RITUXIMAB + stop) == [("L01FA01", "2024-01-10", "2024-03-01")]
    assert standing(stop) == [("L01FA01", None, "2024-03-01")]


def test_a_stop_by_number_alone_ends_what_was_ordered():
    stop = "    medication | | | 2024-03-01 | 17 | stopped | 2024-03-01 09:00:00\n"
    assert standing(RITUXIMAB + stop) == [("L01FA01", "2024-01-10", "2024-03-01")]


def test_of_an_order_sent_again_the_last_stands_from_its_first_day():
    again = "    medication | L01FA01 | 2024-02-10 | 2024-04-01 | 17 | | 2024-02-09 10:00:00\n"
    once = [("L01FA01", "2024-01-10", "2024-04-01")]
    assert standing(RITUXIMAB + again) == standing(again + RITUXIMAB) == once


def test_doses_without_an_order_number_all_stand():
    doses = RITUXIMAB.replace("| 17 |", "| |") + RITUXIMAB.replace("| 17 |", "| |").replace(
        "2024-01-10", "2024-02-10"
    )
    assert len(standing(doses)) == 2
