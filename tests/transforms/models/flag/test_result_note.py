"""What the checks say against a result that a flag rests on."""

import pytest

from tests.warehouse.drawn_mart import MODELS
from tests.warehouse_in_memory import core, rows
from transforms.course.fold_output import STEP
from warehouse.build_models import build_models


def noted(observations: str, *prepare: str) -> dict[str, str]:
    """quality_note by patient, where every result of everybody is cited."""
    con = core(observations)
    con.execute("CREATE SCHEMA flag")
    con.register("step", STEP.empty_table())
    con.execute("CREATE TABLE flag.step AS FROM step")
    con.execute(
        "INSERT INTO flag.step BY NAME SELECT measurement_id AS igm_measurement_id "
        "FROM core.measurement"
    )
    for statement in prepare:
        con.execute(statement)
    build_models(con, MODELS, {"flag.result_note"})
    return dict(
        rows(
            con,
            "SELECT patient_id, quality_note FROM flag.result_note JOIN core.measurement "
            "USING (measurement_id) ORDER BY ALL",
        )
    )


ONE = """
patient_id | analyte | collected_at        | observation_value | units
ann        | igm     | 2024-01-10 08:00:00 | 0.9               | g/L
"""


def test_a_result_against_which_nothing_speaks_has_no_note():
    assert noted(ONE) == {}


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("resulted_at", "2024-01-09 10:00:00", "dated before its collection"),
        ("administrative_sex", "X", "the sex is not known here"),
        ("birth_date", "1980-01-01", "the birth date is a 1 January"),
    ],
)
def test_what_is_odd_about_the_result_itself(column, cell, said):
    header, row = ONE.strip().splitlines()
    assert said in noted(f"{header} | {column}\n{row} | {cell}")["ann"]


def test_a_day_without_a_time_is_not_before_its_collection():
    header, row = ONE.strip().splitlines()
    assert noted(f"{header} | resulted_at\n{row} | 2024-01-10 00:00:00") == {}


SHIFT = (
    "INSERT INTO level.median_shift BY NAME SELECT facility, analyte, "
    "date_trunc('month', collected_at)::DATE AS month, false AS is_new_batch, "
    "{ratio} AS ratio, '{suspicion}' AS suspicion FROM core.measurement"
)


@pytest.mark.parametrize(
    ("ratio", "suspicion", "said"),
    [
        (1.18, "step", "stands +18 % off its earlier level: perhaps a new method"),
        (0.7, "step", "stands -30 % off"),
        (98.6, "unit_swap", "stands 98.6 times its earlier level: a unit may have changed"),
    ],
)
def test_a_step_of_the_assay_is_noted_on_the_course(ratio, suspicion, said):
    prepare = ("DELETE FROM level.median_shift", SHIFT.format(ratio=ratio, suspicion=suspicion))
    assert said in noted(ONE, *prepare)["ann"]


def test_a_quiet_month_is_not_noted():
    prepare = ("DELETE FROM level.median_shift", SHIFT.format(ratio=1.02, suspicion="none"))
    assert noted(ONE, *prepare) == {}


def test_several_notes_are_one_text_and_each_is_said_once():
    note = (
        "INSERT INTO run.delivery_note SELECT facility, source_sha256, '{}', false "
        "FROM core.measurement"
    )
    told = noted(ONE, note.format("too few"), note.format("too few"), note.format("too late"))
    assert told == {"ann": "of its whole delivery: too few; of its whole delivery: too late"}


def test_a_file_that_was_let_through_says_by_whom():
    release = (
        "INSERT INTO run.release BY NAME SELECT facility, source_sha256, 'j.doe' AS released_by, "
        "TIMESTAMP '2024-02-01 10:00:00' AS released_at FROM core.measurement"
    )
    assert noted(ONE, release) == {
        "ann": "its file failed a critical check and was let through by j.doe on 2024-02-01"
    }


def test_a_change_by_a_hundred_under_one_unit_is_noted():
    series = """
    analyte | collected_at        | observation_value | units | message_number
    igm     | 2024-01-10 08:00:00 | 0.11              | g/L   | 1
    igm     | 2024-02-10 08:00:00 | 11.1              | g/L   | 2
    """
    (note,) = noted(series).values()
    assert "a unit may have slipped" in note


@pytest.mark.parametrize(
    ("igg", "igm", "is_noted"),
    [
        ("1.2", "8.0", True),  # each where the other is expected
        ("1.2", "3.0", False),
        ("8.0", "1.2", False),
        ("0.8", "87", False),
    ],
)
def test_igg_and_igm_that_stand_for_each_other_are_noted_and_used(igg, igm, is_noted):
    pair = f"""
    analyte | collected_at        | observation_value | message_number
    igg     | 2024-01-10 08:00:00 | {igg}             | 1
    igm     | 2024-01-10 08:00:00 | {igm}             | 1
    """
    (count,) = [
        "were they exchanged" in note
        for note in noted(
            pair,
            "INSERT INTO flag.step BY NAME SELECT measurement_id AS igg_measurement_id "
            "FROM core.measurement",
        ).values()
    ] or [False]
    assert count == is_noted
