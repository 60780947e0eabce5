"""How long an exposure is in force, and which isotypes it lowers: rules 2026.2, 3."""

from datetime import date

import pytest

from tests.warehouse_in_memory import core, rows

NONE = "facility | analyte\n"
HEADER = "kind | code | code_system | name | start_date | end_date | end_date_precision | message_number | message_at\n"


def in_force(sent: str) -> list[str | None]:
    """The last day in force of each exposure, in the order of sending."""
    con = core(NONE, exposure=HEADER + sent, as_of=date(2026, 1, 1))
    query = "SELECT active_until::VARCHAR FROM core.exposure ORDER BY position"
    return [until for (until,) in rows(con, query)]


FOR_EVER = ["C91.0", "Z94.4", "B20", "D83.9", "C90.0"]
YEAR_AFTER = ["N04.9", "K50.0", "K90.4", "I89.0", "T31.2", "E43"]


@pytest.mark.parametrize("code", FOR_EVER)
def test_a_malignancy_a_transplantation_hiv_and_what_is_inborn_last_for_ever(code):
    assert in_force(f"diagnosis | {code} | ICD-10 | | 2010-05-01") == [None]


@pytest.mark.parametrize("code", YEAR_AFTER)
def test_loss_of_protein_burns_and_malnutrition_last_a_year_after_the_last_mention(code):
    """365 days after 2024-05-01 is 2025-05-01 (2024-02-29 lies before)."""
    assert in_force(f"diagnosis | {code} | ICD-10 | | 2024-05-01") == ["2025-05-01"]
    assert in_force(f"diagnosis | {code} | ICD-10 | | 2024-05-01 | 2024-06-30") == ["2024-06-30"]


def test_an_acute_infection_lasts_ninety_days():
    """May has 31 days and June 30: 90 days after 2024-05-01 is 2024-07-30."""
    assert in_force("diagnosis | B05.9 | ICD-10 | measles | 2024-05-01") == ["2024-07-30"]


def test_pregnancy_lasts_half_a_year_after_its_end_or_its_last_mention():
    """180 days after 2024-05-01 is 2024-10-28."""
    assert in_force(
        "diagnosis | Z33.1 | ICD-10 | | 2024-05-01\n"
        "diagnosis | O80 | ICD-10 | | 2023-08-01 | 2024-05-01"
    ) == ["2024-10-28", "2024-10-28"]


def test_a_message_that_states_an_old_diagnosis_mentions_it_again():
    """Nephrotic syndrome since 2018 in a message of 2024-05-01; a file states only its own day."""
    assert in_force("diagnosis | N04.9 | ICD-10 | | 2018-03-01 | | | 1 | 2024-05-01 10:00:00") == [
        "2025-05-01"
    ]
    con = core(NONE, exposure=HEADER + "diagnosis | N04.9 | ICD-10 | | 2018-03-01")
    con.execute("UPDATE raw.exposure SET message_number = NULL, message_at = '2024-05-01'")
    assert rows(con, "SELECT active_until::VARCHAR FROM core.exposure") == [("2019-03-01",)]


def test_an_end_that_cannot_be_read_leaves_the_exposure_in_force():
    unread = "diagnosis | N04.9 | ICD-10 | | 2018-03-01 | | unread"
    assert in_force(unread) == [None]
    assert in_force("medication | L01FA01 | ATC | | 2018-03-01 | | unread") == [None]


def test_the_last_day_of_the_calendar_is_no_end():
    assert in_force("medication | N05AH02 | ATC | | 2015-01-01 | 9999-12-31") == [None]


def test_a_stop_is_an_exposure_only_with_the_course_that_it_ends():
    """730 days after 2024-01-31 is 2026-01-30."""
    assert in_force(
        "medication | | | STOP rituximab | 2024-01-01\n"
        "medication | | | rituximab, stopped | 2024-01-01 | 2024-01-31"
    ) == [None, "2026-01-30"]
    con = core(NONE, exposure=HEADER + "medication | | | STOP rituximab | 2024-01-01")
    assert rows(con, "SELECT effect, exposure_id FROM core.exposure") == [(None, None)]


DIRECTION = [
    ("medication", "L01FA01", "igg igm"),
    ("medication", "H02AB06", "igg iga igm"),
    ("medication", "N03AB02", "igg iga raises"),
    ("medication", "L04AL01", "igg"),
    ("medication", "L01AA01", "igg iga igm"),
    ("medication", "J06BA02", ""),
    ("medication", "L04AZ99", ""),
    ("diagnosis", "N04.9", "igg iga igm raises"),
    ("diagnosis", "K75.4", "raises"),
    ("diagnosis", "M06.9", "raises"),
    ("diagnosis", "B58.9", "raises"),
    ("diagnosis", "D89.0", "raises"),
    ("diagnosis", "O80", "igg"),
    ("diagnosis", "D73.0", "igm"),
    ("diagnosis", "P35.0", "igg igm raises"),
    ("diagnosis", "I10", None),
]


def test_every_exposure_says_for_each_isotype_what_it_does():
    drawn = "".join(f"{kind} | {code} | | | 2024-01-01\n" for kind, code, _ in DIRECTION)
    con = core(NONE, exposure=HEADER + drawn)
    found = rows(
        con,
        "SELECT code, lowers_igg, lowers_iga, lowers_igm, raises_igm FROM core.exposure "
        "ORDER BY position",
    )
    words = ("igg", "iga", "igm", "raises")
    expected = [
        (code, *(None if said is None else word in said.split() for word in words))
        for _, code, said in DIRECTION
    ]
    assert found == expected


def test_one_text_that_names_two_drugs_is_both_and_a_silent_one_is_one_row():
    con = core(
        NONE,
        exposure=HEADER
        + "medication | | | Rituximab, prednisolone 50 mg | 2024-01-01\n"
        + "medication | | | tacrolimus and ciclosporin level | 2024-01-01",
    )
    found = rows(con, "SELECT position, exposure_id FROM core.exposure ORDER BY ALL")
    assert found == [(1, "prednisolone_name"), (1, "rituximab_name"), (2, None)]
