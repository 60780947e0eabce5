"""Persons: (authority, identifier), and who stands for whom after merges."""

import pytest

from tests.warehouse_in_memory import core, rows

RESULTS = """
patient_id | analyte | observation_value | collected_at        | message_number
a          | igm     | 0.30              | 2024-01-10 08:00:00 | 1
b          | igm     | 0.31              | 2024-02-10 08:00:00 | 2
c          | igm     | 0.32              | 2024-03-10 08:00:00 | 3
"""
MERGE = (
    "retired_assigning_authority | retired_id | surviving_assigning_authority | surviving_id "
    "| merged_at\n"
)


def persons(merge: str) -> list[list[str]]:
    """Who the three results belong to: the identifiers that are one person."""
    con = core(RESULTS, merge=MERGE + merge)
    return [
        sorted(ids)
        for (ids,) in rows(
            con, "SELECT list(patient_id) FROM core.measurement GROUP BY patient_key ORDER BY 1"
        )
    ]


def test_the_same_identifier_of_two_authorities_is_two_persons():
    con = core("""
    assigning_authority | analyte | observation_value | message_number
    NORTH               | igm     | 0.30              | 1
    SOUTH               | igm     | 0.31              | 2
    """)
    assert rows(con, "SELECT count(DISTINCT patient_key) FROM core.measurement") == [(2,)]


def test_a_chain_of_merges_is_followed_to_its_end():
    assert persons("NORTH | a | NORTH | b | 2024-04-01\nNORTH | b | NORTH | c | 2024-05-01") == [
        ["a", "b", "c"]
    ]


def test_merges_in_a_circle_join_nobody():
    assert persons("NORTH | a | NORTH | b | 2024-04-01\nNORTH | b | NORTH | a | 2024-05-01") == [
        ["a"],
        ["b"],
        ["c"],
    ]


def test_a_merge_into_itself_undoes_the_merge():
    assert persons("NORTH | a | NORTH | b | 2024-04-01\nNORTH | a | NORTH | a | 2024-05-01") == [
        ["a"],
        ["b"],
        ["c"],
    ]


def test_the_survivors_identifier_is_shown():
    con = core(RESULTS, merge=MERGE + "NORTH | a | NORTH | b | 2024-04-01")
    assert rows(con, "SELECT patient_id FROM core.patient ORDER BY 1") == [("b",), ("c",)]


def test_an_adt_message_states_birth_date_and_sex_too():
    con = core(
        "analyte | observation_value | birth_date | administrative_sex\nigm | 0.3 | |",
        patient="patient_id | birth_date | administrative_sex | message_at\n"
        "ann | 1989-01-05 | M | 2024-02-01 00:00:00",
    )
    assert rows(con, "SELECT sex, birth_date::VARCHAR FROM core.patient") == [("M", "1989-01-05")]


def refused(merge: str) -> list[tuple]:
    con = core(RESULTS, merge=MERGE + merge)
    assert rows(con, "SELECT count(*) FROM core.merge_refused WHERE reason IS NULL") == [(0,)]
    return rows(con, "SELECT patient_id, reason_code FROM core.merge_refused ORDER BY ALL")


def test_two_survivors_at_the_same_time_join_nobody_and_are_listed():
    contradictory = "NORTH | a | NORTH | b | 2024-04-01\nNORTH | a | NORTH | c | 2024-04-01"
    assert persons(contradictory) == [["a"], ["b"], ["c"]]
    assert refused(contradictory) == [("a", "merge_contradictory"), ("a", "merge_contradictory")]


def test_a_circle_is_listed():
    assert refused("NORTH | a | NORTH | b | 2024-04-01\nNORTH | b | NORTH | a | 2024-05-01") == [
        ("a", "merge_circle"),
        ("b", "merge_circle"),
    ]


def test_a_refused_merge_names_both_persons_whom_it_would_have_joined():
    con = core(
        RESULTS,
        merge=MERGE + "NORTH | a | NORTH | b | 2024-04-01\nNORTH | a | NORTH | c | 2024-04-01",
    )
    assert rows(
        con,
        "SELECT m.patient_id, s.patient_id FROM core.merge_refused AS r "
        "INNER JOIN core.patient AS m ON r.patient_key = m.patient_key "
        "INNER JOIN core.patient AS s ON r.surviving_patient_key = s.patient_key ORDER BY ALL",
    ) == [("a", "b"), ("a", "c")]


def test_the_same_merge_sent_twice_is_one():
    twice = "NORTH | a | NORTH | b | 2024-04-01\nNORTH | a | NORTH | b | 2024-04-01"
    assert persons(twice) == [["a", "b"], ["c"]]
    assert refused(twice) == []


def test_a_merge_after_the_clock_is_not_seen():
    assert persons("NORTH | a | NORTH | b | 2027-04-01") == [["a"], ["b"], ["c"]]


IDENTITY = "birth_date | administrative_sex | observation_value | collected_at | message_number | analyte\n"


def test_another_birth_date_and_sex_at_once_is_held_and_not_joined():
    con = core(
        IDENTITY
        + """
    1989-01-05 | F | 0.30 | 2024-01-10 08:00:00 | 1 | igm
    1989-01-05 | F | 0.31 | 2024-05-10 08:00:00 | 2 | igm
    2019-07-07 | M | 0.32 | 2024-07-10 08:00:00 | 3 | igm
    """
    )
    assert rows(con, "SELECT value_source_value FROM core.measurement ORDER BY 1") == [
        ("0.30",),
        ("0.31",),
    ]
    assert rows(con, "SELECT value_source_value, reason_code FROM core.unusable") == [
        ("0.32", "patient_identity_held")
    ]
    assert rows(con, "SELECT birth_date::VARCHAR, sex, n_birth_dates FROM core.patient") == [
        ("1989-01-05", "F", 1)
    ]


def test_of_two_equally_frequent_identities_neither_is_believed():
    con = core(
        IDENTITY
        + """
    1989-01-05 | F | 0.30 | 2024-01-10 08:00:00 | 1 | igm
    2019-07-07 | M | 0.32 | 2024-07-10 08:00:00 | 3 | igm
    """
    )
    assert rows(con, "SELECT reason_code FROM core.unusable") == [("patient_identity_held",)] * 2


def test_another_birth_date_alone_is_a_slip_that_is_counted():
    con = core(
        IDENTITY
        + """
    1989-01-05 | F | 0.30 | 2024-01-10 08:00:00 | 1 | igm
    1998-01-05 | F | 0.32 | 2024-07-10 08:00:00 | 3 | igm
    """
    )
    assert rows(con, "SELECT n_birth_dates, n_sexes FROM core.patient") == [(2, 1)]
    assert rows(con, "SELECT count(*) FROM core.measurement") == [(2,)]


def test_birth_dates_of_merged_identifiers_are_counted_together():
    con = core(
        """
        patient_id | birth_date | analyte | observation_value | message_number
        a          | 1989-01-05 | igm     | 0.30              | 1
        b          | 1989-01-05 | igm     | 0.31              | 2
        c          | 1989-05-01 | igm     | 0.32              | 3
        d          |            | igm     | 0.33              | 4
        """,
        merge=MERGE + "NORTH | a | NORTH | b | 2024-04-01\nNORTH | c | NORTH | b | 2024-04-02",
    )
    assert rows(con, "SELECT patient_id, n_birth_dates FROM core.patient ORDER BY 1") == [
        ("b", 2),
        ("d", 0),
    ]


def changed(identity: str, patient: str = "") -> tuple[list, list]:
    """Whoever holds a and new after a becomes new by A47 at noon, and the merges refused."""
    con = core(
        "analyte | observation_value | patient_id | collected_at | message_at\n" + identity,
        merge="event | retired_assigning_authority | retired_id | surviving_assigning_authority "
        "| surviving_id | message_at\n"
        "A47 | NORTH | a | NORTH | new | 2024-04-01 12:00:00\n"
        "A47 | NORTH | a | NORTH | new | 2024-04-03 12:00:00",
        **({"patient": "patient_id | message_at\n" + patient} if patient else {}),
    )
    aliases = rows(con, "SELECT patient_id, surviving_patient_id FROM core.patient_alias")
    return aliases, rows(con, "SELECT patient_id, reason_code FROM core.merge_refused")


OLD = "igm | 0.3 | a | 2024-01-10 | 2024-01-10 09:00:00\n"


def test_a_changed_identifier_is_the_same_person():
    used_since = "igm | 0.3 | new | 2024-04-02 | 2024-04-02 09:00:00"
    assert changed(OLD + used_since) == ([("a", "new")], [])


def test_a_change_to_an_identifier_that_existed_is_refused_and_listed():
    taken = [("a", "merge_identifier_taken")] * 2
    assert changed(OLD + "igm | 0.9 | new | 2024-03-01 | 2024-03-01 09:00:00") == ([], taken)
    assert changed(OLD, patient="new | 2024-03-01 09:00:00") == ([], taken)


ADT = "patient_id | birth_date | birth_date_source_value | administrative_sex | message_at\n"


@pytest.mark.parametrize(
    ("message", "birth_date", "sex"),
    [
        ('ann | | "" | F | 2024-02-01 00:00:00', None, "F"),
        ('ann | 1989-01-05 | 19890105 | "" | 2024-02-01 00:00:00', "1989-01-05", "U"),
        ("ann | | | | 2024-02-01 00:00:00", "1989-01-05", "F"),
        ('ann | | "" | "" | 2023-02-01 00:00:00', "1989-01-05", "F"),
    ],
    ids=["birth date deleted", "sex deleted", "empty says nothing", "deleted before it was stated"],
)
def test_what_a_message_deletes_is_no_longer_known(message, birth_date, sex):
    con = core("analyte | observation_value\nigm | 0.3", patient=ADT + message)
    assert rows(con, "SELECT birth_date::VARCHAR, sex FROM core.patient") == [(birth_date, sex)]


def test_a_result_whose_age_was_deleted_is_not_classed():
    deleted = ADT + 'ann | | "" | F | 2024-02-01 00:00:00'
    con = core("analyte | observation_value\nigm | 0.3", patient=deleted)
    assert rows(con, "SELECT age_days, class FROM core.measurement") == [(None, "not_classed")]


def test_what_is_stated_after_a_deletion_is_known_again():
    con = core(
        "analyte | observation_value\nigm | 0.3",
        patient=ADT
        + 'ann | | "" | "" | 2024-02-01 00:00:00\n'
        + "ann | 1990-02-02 | 19900202 | F | 2024-03-01 00:00:00",
    )
    assert rows(con, "SELECT birth_date::VARCHAR, sex FROM core.patient") == [("1990-02-02", "F")]
