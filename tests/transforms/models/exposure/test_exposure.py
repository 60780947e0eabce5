"""Exposures: what was cancelled is taken back, what was stopped has an end, the last order stands."""

from datetime import date

import pytest

from tests.warehouse_in_memory import Warehouse, by_patient, core, patients, rows

NONE = "facility | analyte\n"
HEADER = """
    kind | code | start_date | end_date | placer_order_number | statements | message_at
"""
RITUXIMAB = "    medication | L01FA01 | 2024-01-10 | | 17 | | 2024-01-09 10:00:00\n"
CANCELLED = "    medication | | | | 17 | ORC-1 CA | 2024-01-09 12:00:00\n"
LATE = CANCELLED.replace("2024-01-09", "2024-02-09")
PLACED_AGAIN = RITUXIMAB.replace("2024-01-09 10", "2024-01-09 13")
UNDATED = CANCELLED.replace("2024-01-09 12:00:00", "")
STOP = "    medication | L01FA01 | | 2024-03-01 | 17 | ORC-1 DC | 2024-03-01 09:00:00\n"
STOP_BY_NUMBER = "    medication | | | 2024-03-01 | 17 | ORC-1 DC | 2024-03-01 09:00:00\n"
RENEWED = "    medication | L01FA01 | 2024-02-10 | 2024-04-01 | 17 | | 2024-02-09 10:00:00\n"
HIV = "    diagnosis | B20 | 2023-01-01 | | | | 2024-01-01 10:00:00\n"
NO_HIV = "    diagnosis | B20 | 2023-01-01 | | | DG1-21 D | 2024-01-02 10:00:00\n"
NO_HIV_OF_2_JANUARY = NO_HIV.replace("2023-01-01", "2023-01-02")
DOSE = RITUXIMAB.replace("| 17 |", "| |")
# patient -> what was sent
SENT = {
    "ordered": RITUXIMAB,
    "cancelled": RITUXIMAB + CANCELLED,
    "cancelled, sent before the order": CANCELLED + RITUXIMAB,
    "placed again": RITUXIMAB + CANCELLED + PLACED_AGAIN,
    "another order cancelled": RITUXIMAB + CANCELLED.replace("| 17 |", "| 18 |"),
    "cancel without a time": UNDATED + RITUXIMAB,
    "diagnosis withdrawn": HIV + NO_HIV,
    "diagnosis of another day withdrawn": HIV + NO_HIV_OF_2_JANUARY,
    "stopped": RITUXIMAB + STOP,
    "stopped and never ordered": STOP,
    "stopped by number": RITUXIMAB + STOP_BY_NUMBER,
    "renewed": RITUXIMAB + RENEWED,
    "renewed, sent before the order": RENEWED + RITUXIMAB,
    "doses": DOSE + DOSE.replace("2024-01-10", "2024-02-10"),
    "ann": RITUXIMAB,
    "bea": "medication | | | | 17 | ORC-1 CA | 2024-01-09 12:00:00",
}
CODE_AND_DAYS = (
    "code, e.start_date::VARCHAR, if(e.end_known_by = 'limit', NULL, e.end_date)::VARCHAR"
)
SENT_AS = "raw.exposure AS s USING (facility, source_sha256, position)"
STANDS = [("L01FA01", "2024-01-10", None)]


def sent_until(as_of: date, sent: dict[str, str]) -> Warehouse:
    drawn = patients({name: HEADER + exposures for name, exposures in sent.items()})
    return core(NONE, exposure=drawn, as_of=as_of)


def standing_in(con: Warehouse) -> dict[str, list[tuple]]:
    """Patient -> code, first and last day of the exposures that stand."""
    found = f"SELECT s.patient_id, e.{CODE_AND_DAYS} FROM core.exposure AS e INNER JOIN {SENT_AS}"
    return by_patient(con, f"{found} ORDER BY ALL")


@pytest.fixture(scope="module")
def warehouse():
    return sent_until(date(2026, 1, 1), SENT)


@pytest.fixture(scope="module")
def standing(warehouse):
    return standing_in(warehouse)


def test_a_cancelled_order_is_no_exposure(standing):
    assert standing["ordered"] == STANDS
    assert standing["cancelled"] == []
    assert standing["cancelled, sent before the order"] == []


def test_what_was_taken_back_is_listed_with_what_took_it_back(warehouse):
    found = rows(
        warehouse,
        "SELECT s.statements, w.patient_id, w.statements FROM exposure.withdrawn AS e "
        "INNER JOIN raw.exposure AS s ON s.position = position_of(e.exposure_number) "
        "INNER JOIN raw.exposure AS w ON w.position = position_of(e.withdrawn_by) WHERE s.patient_id = 'cancelled'",
    )
    assert found == [(None, "cancelled", "ORC-1 CA")]


def test_an_order_that_is_placed_again_stands(standing):
    assert standing["placed again"] == STANDS


def test_another_order_and_another_patient_are_left_alone(standing):
    assert standing["another order cancelled"] == STANDS
    assert standing["ann"] == [("L01FA01", "2024-01-10", None)]
    assert standing["bea"] == []


def test_a_cancel_after_the_clock_is_not_seen():
    sent = {"ann": RITUXIMAB + LATE}
    assert standing_in(sent_until(date(2024, 2, 1), sent))["ann"] == STANDS
    assert standing_in(sent_until(date(2024, 2, 9), sent))["ann"] == []


def test_what_starts_on_the_day_of_the_clock_is_seen_and_what_starts_the_day_after_is_not():
    sent = {"ann": RITUXIMAB}
    assert standing_in(sent_until(date(2024, 1, 10), sent))["ann"] == STANDS
    assert standing_in(sent_until(date(2024, 1, 9), sent))["ann"] == []


def test_a_withdrawal_without_a_time_came_after_what_it_withdraws(standing):
    assert standing["cancel without a time"] == []


def test_a_withdrawal_without_a_number_takes_back_the_same_code_of_the_same_day(standing):
    assert standing["diagnosis withdrawn"] == []
    assert standing["diagnosis of another day withdrawn"] == [("B20", "2023-01-01", None)]


def test_a_stop_ends_the_order_and_is_no_exposure_of_its_own(standing):
    assert standing["stopped"] == [("L01FA01", "2024-01-10", "2024-03-01")]
    assert standing["stopped and never ordered"] == [("L01FA01", None, "2024-03-01")]


def test_a_stop_by_number_alone_ends_what_was_ordered(standing):
    assert standing["stopped by number"] == [("L01FA01", "2024-01-10", "2024-03-01")]


def test_of_an_order_sent_again_the_last_stands_from_its_first_day(standing):
    once = [("L01FA01", "2024-01-10", "2024-04-01")]
    assert standing["renewed"] == standing["renewed, sent before the order"] == once


def test_doses_without_an_order_number_all_stand(standing):
    assert len(standing["doses"]) == 2
