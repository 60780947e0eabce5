"""What the checks say against a result that a flag rests on."""

import pytest

from tests.warehouse.drawn_mart import MODELS
from tests.warehouse_in_memory import core, patients, rows
from transforms.course.fold_output import STEP
from warehouse.build_models import build_models

COLUMNS = "analyte | collected_at        | observation_value | units"
RESULT = "igm     | 2024-01-10 08:00:00 | 0.9               | g/L"
ONE = f"{COLUMNS}\n{RESULT}"
ODD = [
    ("resulted_at", "2024-01-09 10:00:00", "dated before its collection"),
    ("administrative_sex", "X", "the sex is not known here"),
    ("birth_date", "1980-01-01", "the birth date is a 1 January"),
]
# ratio of the month's median to the earlier one, what is suspected, what is said
SHIFTS = [
    (1.18, "step", "stands +18 % off its earlier level: perhaps a new method"),
    (0.7, "step", "stands -30 % off"),
    (98.6, "unit_swap", "stands 98.6 times its earlier level: a unit may have changed"),
    (0.0103, "possible_unit_swap", "this feed's few results of this test stands 0.0103 times"),
]
QUIET = (1.02, "none")
# IgG and IgM of one moment, and whether they look exchanged
PAIRS = [
    ("1.2", "8.0", True),  # each where the other is expected
    ("1.2", "3.0", False),
    ("8.0", "1.2", False),
    ("0.8", "87", False),
]
SLIPPED = """
    analyte | collected_at        | observation_value | units | message_number
    igm     | 2024-01-10 08:00:00 | 0.11              | g/L   | 1
    igm     | 2024-02-10 08:00:00 | 11.1              | g/L   | 2
"""


def pair(igg: str, igm: str) -> str:
    return f"""
        analyte | collected_at        | observation_value | message_number
        igg     | 2024-01-10 08:00:00 | {igg}             | 1
        igm     | 2024-01-10 08:00:00 | {igm}             | 1
    """


def sent() -> dict[str, str]:
    """What is sent of each patient."""
    shifted = [f"median {ratio}" for ratio, *_ in [*SHIFTS, QUIET]]
    return {
        **dict.fromkeys(["nothing", "delivery", "release", *shifted], ONE),
        **{column: f"{COLUMNS} | {column}\n{RESULT} | {cell}" for column, cell, _ in ODD},
        "day alone": f"{COLUMNS} | resulted_at\n{RESULT} | 2024-01-10 00:00:00",
        "slipped": SLIPPED,
        **{f"{igg} and {igm}": pair(igg, igm) for igg, igm, _ in PAIRS},
    }


CITED = """
INSERT INTO flag.step BY NAME
SELECT
    if(analyte = 'igm', measurement_id, NULL) AS igm_measurement_id,
    if(analyte = 'igg', measurement_id, NULL) AS igg_measurement_id
FROM core.measurement
"""
SHIFT = """
INSERT INTO level.median_shift BY NAME
SELECT
    facility, analyte, date_trunc('month', collected_at)::DATE AS month, false AS is_new_batch,
    {ratio} AS ratio, '{suspicion}' AS suspicion
FROM core.measurement
WHERE facility = 'median {ratio}'
"""
NOTE = """
INSERT INTO run.delivery_note
SELECT facility, source_sha256, '{}', false FROM core.measurement WHERE facility = 'delivery'
"""
RELEASE = """
INSERT INTO run.release BY NAME
SELECT
    facility, source_sha256, 'j.doe' AS released_by,
    TIMESTAMP '2024-02-01 10:00:00' AS released_at
FROM core.measurement
WHERE facility = 'release'
"""


@pytest.fixture(scope="module")
def noted() -> dict[str, str]:
    """quality_note by patient, each at a facility of the same name; every result is cited."""
    con = core([row | {"facility": row["patient_id"]} for row in patients(sent())])
    con.execute("CREATE SCHEMA flag")
    con.con.register("step", STEP.empty_table())
    con.execute("CREATE TABLE flag.step AS FROM step")
    con.execute(CITED)
    con.execute("DELETE FROM level.median_shift WHERE starts_with(facility, 'median')")
    for ratio, suspicion, *_ in [*SHIFTS, QUIET]:
        con.execute(SHIFT.format(ratio=ratio, suspicion=suspicion))
    for note in ("too few", "too few", "too late"):
        con.execute(NOTE.format(note))
    con.execute(RELEASE)
    build_models(con, MODELS, {"flag.result_note"})
    return dict(
        rows(
            con,
            "SELECT patient_id, quality_note FROM flag.result_note JOIN core.measurement "
            "USING (measurement_id) ORDER BY ALL",
        )
    )


def test_a_result_against_which_nothing_speaks_has_no_note(noted):
    assert "nothing" not in noted


@pytest.mark.parametrize(("column", "cell", "said"), ODD)
def test_what_is_odd_about_the_result_itself(noted, column, cell, said):
    assert said in noted[column]


def test_a_day_without_a_time_is_not_before_its_collection(noted):
    assert "day alone" not in noted


@pytest.mark.parametrize(("ratio", "suspicion", "said"), SHIFTS)
def test_a_step_of_the_assay_is_noted_on_the_course(noted, ratio, suspicion, said):
    assert said in noted[f"median {ratio}"]


def test_a_quiet_month_is_not_noted(noted):
    assert f"median {QUIET[0]}" not in noted


def test_several_notes_are_one_text_and_each_is_said_once(noted):
    told = "of its whole delivery: too few; of its whole delivery: too late"
    assert noted["delivery"] == told


def test_a_file_that_was_let_through_says_by_whom(noted):
    told = "its file failed a critical check and was let through by j.doe on 2024-02-01"
    assert noted["release"] == told


def test_a_change_by_a_hundred_under_one_unit_is_noted(noted):
    assert "a unit may have slipped" in noted["slipped"]


@pytest.mark.parametrize(("igg", "igm", "is_noted"), PAIRS)
def test_igg_and_igm_that_stand_for_each_other_are_noted_and_used(noted, igg, igm, is_noted):
    assert ("were they exchanged" in noted.get(f"{igg} and {igm}", "")) == is_noted
