"""How long an exposure is in force, and which isotypes it lowers: rules 2026.2, 3."""

import pytest

from tests.warehouse_in_memory import by_patient, core, patients

NONE = "facility | analyte\n"
HEADER = "kind | code | code_system | name | start_date | end_date | end_date_precision | message_number | message_at\n"

FOR_EVER = ["C91.0", "Z94.4", "B20", "D83.9", "C90.0"]
YEAR_AFTER = ["N04.9", "K50.0", "K90.4", "I89.0", "T31.2", "E43"]
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
# patient -> their exposures
SENT = {
    "acute infection": "diagnosis | B05.9 | ICD-10 | measles | 2024-05-01",
    "pregnancies": """
        diagnosis | Z33.1 | ICD-10 | | 2024-05-01
        diagnosis | O80   | ICD-10 | | 2023-08-01 | 2024-05-01
    """,
    "old diagnosis in a message": (
        "diagnosis | N04.9 | ICD-10 | | 2018-03-01 | | | 1 | 2024-05-01 10:00:00"
    ),
    "unread end of a diagnosis": "diagnosis | N04.9 | ICD-10 | | 2018-03-01 | | unread",
    "unread end of a medication": "medication | L01FA01 | ATC | | 2018-03-01 | | unread",
    "last day of the calendar": (
        "medication | N05AH02 | ATC | | 2015-01-01 | 9999-12-31 | | | 2024-05-01 10:00:00"
    ),
    "stop and its course": """
        medication | | | STOP rituximab | 2024-01-01
        medication | | | rituximab, stopped | 2024-01-01 | 2024-01-31
    """,
    "stop alone": "medication | | | STOP rituximab | 2024-01-01",
    "two drugs and a silent text": """
        medication | | | Rituximab, prednisolone 50 mg | 2024-01-01
        medication | | | tacrolimus and ciclosporin level | 2024-01-01
    """,
    "directions": "\n".join(f"{kind} | {code} | | | 2024-01-01" for kind, code, _ in DIRECTION),
}
IN_A_FILE = """
    kind      | code  | code_system | start_date | message_number | message_at | message_at_utc
    diagnosis | N04.9 | ICD-10      | 2018-03-01 |                | 2024-05-01 |
"""


@pytest.fixture(scope="module")
def of_patients():
    """Given columns of the exposures of each patient, in the order of sending."""
    diagnoses = {
        **{code: f"diagnosis | {code} | ICD-10 | | 2010-05-01" for code in FOR_EVER},
        **{code: f"diagnosis | {code} | ICD-10 | | 2024-05-01" for code in YEAR_AFTER},
        **{
            f"{code} with an end": f"diagnosis | {code} | ICD-10 | | 2024-05-01 | 2024-06-30"
            for code in YEAR_AFTER
        },
    }
    sent = {name: HEADER + drawn for name, drawn in {**SENT, **diagnoses}.items()}
    con = core(NONE, exposure=patients({**sent, "in a file": IN_A_FILE}))

    def of(columns: str) -> dict[str, list[tuple]]:
        sent = "raw.exposure AS s USING (facility, source_sha256, position)"
        query = f"SELECT s.patient_id, {columns} FROM core.exposure AS e INNER JOIN {sent}"
        return by_patient(con, f"{query} ORDER BY position, e.exposure_id")

    return of


@pytest.fixture(scope="module")
def in_force(of_patients):
    """Patient -> the last day in force of each exposure."""
    found = of_patients("e.active_until::VARCHAR")
    return {patient: [until for (until,) in days] for patient, days in found.items()}


@pytest.mark.parametrize("code", FOR_EVER)
def test_a_malignancy_a_transplantation_hiv_and_what_is_inborn_last_for_ever(in_force, code):
    assert in_force[code] == [None]


@pytest.mark.parametrize("code", YEAR_AFTER)
def test_loss_of_protein_burns_and_malnutrition_last_a_year_after_the_last_mention(in_force, code):
    """365 days after 2024-05-01 is 2025-05-01 (2024-02-29 lies before)."""
    assert in_force[code] == ["2025-05-01"]
    assert in_force[f"{code} with an end"] == ["2024-06-30"]


def test_an_acute_infection_lasts_ninety_days(in_force):
    """May has 31 days and June 30: 90 days after 2024-05-01 is 2024-07-30."""
    assert in_force["acute infection"] == ["2024-07-30"]


def test_pregnancy_lasts_half_a_year_after_its_end_or_its_last_mention(in_force):
    """180 days after 2024-05-01 is 2024-10-28."""
    assert in_force["pregnancies"] == ["2024-10-28", "2024-10-28"]


def test_a_message_that_states_an_old_diagnosis_mentions_it_again(in_force):
    """Nephrotic syndrome since 2018 in a message of 2024-05-01; a file states only its own day."""
    assert in_force["old diagnosis in a message"] == ["2025-05-01"]
    assert in_force["in a file"] == ["2019-03-01"]


def test_an_end_that_cannot_be_read_is_none(in_force):
    """A year after 2018-03-01, and for rituximab 730 days of looking back (2020-02-29 lies within)."""
    assert in_force["unread end of a diagnosis"] == ["2019-03-01"]
    assert in_force["unread end of a medication"] == ["2021-02-28"]


def test_the_last_day_of_the_calendar_is_no_end(in_force):
    """Still taken when the file came on 2024-05-01: five years more, and clozapine looks back one."""
    assert in_force["last day of the calendar"] == ["2030-04-30"]


def test_a_stop_is_an_exposure_only_with_the_course_that_it_ends(in_force, of_patients):
    """730 days after 2024-01-31 is 2026-01-30."""
    assert in_force["stop and its course"][1:] == ["2026-01-30"]
    assert of_patients("e.effect, e.exposure_id")["stop alone"] == [(None, None)]


def test_every_exposure_says_for_each_isotype_what_it_does(of_patients):
    found = of_patients("e.code, e.lowers_igg, e.lowers_iga, e.lowers_igm, e.raises_igm")
    words = ("igg", "iga", "igm", "raises")
    expected = [
        (code, *(None if said is None else word in said.split() for word in words))
        for _, code, said in DIRECTION
    ]
    assert found["directions"] == expected


def test_one_text_that_names_two_drugs_is_both_and_a_silent_one_is_one_row(of_patients):
    found = of_patients("position, e.exposure_id")["two drugs and a silent text"]
    first = found[0][0]
    assert found == [
        (first, "prednisolone_name"),
        (first, "rituximab_name"),
        (first + 1, None),
    ]
