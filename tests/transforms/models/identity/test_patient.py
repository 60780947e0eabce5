"""Persons: (authority, identifier), and who stands for whom after merges."""

import pytest

from tests.warehouse_in_memory import Drawing, SharedWarehouse, rows

SHARED = SharedWarehouse()
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


def merged(*merges: str) -> Drawing:
    """The three results, and merges: retired, surviving and when."""
    return SHARED.draw(RESULTS, merge=MERGE + "\n".join(merges))


def persons(con: Drawing) -> list[list[str]]:
    """Who the three results belong to: the identifiers that are one person."""
    return [
        sorted(ids)
        for (ids,) in rows(
            con, "SELECT list(patient_id) FROM core.measurement GROUP BY patient_key ORDER BY 1"
        )
    ]


TWO_AUTHORITIES = SHARED.draw("""
assigning_authority | analyte | observation_value | message_number
NORTH               | igm     | 0.30              | 1
SOUTH               | igm     | 0.31              | 2
""")


def test_the_same_identifier_of_two_authorities_is_two_persons():
    query = "SELECT count(DISTINCT patient_key) FROM core.measurement"
    assert rows(TWO_AUTHORITIES, query) == [(2,)]


CHAIN = merged("NORTH | a | NORTH | b | 2024-04-01", "NORTH | b | NORTH | c | 2024-05-01")
CIRCLE = merged("NORTH | a | NORTH | b | 2024-04-01", "NORTH | b | NORTH | a | 2024-05-01")
UNDONE = merged("NORTH | a | NORTH | b | 2024-04-01", "NORTH | a | NORTH | a | 2024-05-01")
ONE_MERGE = merged("NORTH | a | NORTH | b | 2024-04-01")


def test_a_chain_of_merges_is_followed_to_its_end():
    assert persons(CHAIN) == [["a", "b", "c"]]


def test_merges_in_a_circle_join_nobody():
    assert persons(CIRCLE) == [["a"], ["b"], ["c"]]


def test_a_merge_into_itself_undoes_the_merge():
    assert persons(UNDONE) == [["a"], ["b"], ["c"]]


def test_the_survivors_identifier_is_shown():
    assert rows(ONE_MERGE, "SELECT patient_id FROM core.patient ORDER BY 1") == [("b",), ("c",)]


STATED_BY_ADT = SHARED.draw(
    "analyte | observation_value | birth_date | administrative_sex\nigm | 0.3 | |",
    patient="patient_id | birth_date | administrative_sex | message_at\n"
    "ann | 1989-01-05 | M | 2024-02-01 00:00:00",
)


def test_an_adt_message_states_birth_date_and_sex_too():
    assert rows(STATED_BY_ADT, "SELECT sex, birth_date::VARCHAR FROM core.patient") == [
        ("M", "1989-01-05")
    ]


def refused(con: Drawing) -> list[tuple]:
    assert rows(con, "SELECT count(*) FROM core.merge_refused WHERE reason IS NULL") == [(0,)]
    return rows(con, "SELECT patient_id, reason_code FROM core.merge_refused ORDER BY ALL")


CONTRADICTORY = merged("NORTH | a | NORTH | b | 2024-04-01", "NORTH | a | NORTH | c | 2024-04-01")


def test_two_survivors_at_the_same_time_join_nobody_and_are_listed():
    assert persons(CONTRADICTORY) == [["a"], ["b"], ["c"]]
    assert refused(CONTRADICTORY) == [("a", "merge_contradictory"), ("a", "merge_contradictory")]


def test_a_circle_is_listed():
    assert refused(CIRCLE) == [("a", "merge_circle"), ("b", "merge_circle")]


def test_a_refused_merge_names_both_persons_whom_it_would_have_joined():
    assert rows(
        CONTRADICTORY,
        "SELECT m.patient_id, s.patient_id FROM core.merge_refused AS r "
        "INNER JOIN core.patient AS m ON r.patient_key = m.patient_key "
        "INNER JOIN core.patient AS s ON r.surviving_patient_key = s.patient_key ORDER BY ALL",
    ) == [("a", "b"), ("a", "c")]


ANNS_RESULT = "patient_id | analyte | observation_value\nann | igm | 0.3"
MERGES_OF_A_FILE = """
retired_assigning_authority | retired_id | surviving_assigning_authority | surviving_id | event
{0}                         | ann        | {0}                           | bea          | csv
{0}                         | cem        | {0}                           | dan          | csv
"""
UNMET = SHARED.draw(ANNS_RESULT, merge=MERGES_OF_A_FILE.format("NORTH_LAB"))
MET = SHARED.draw(ANNS_RESULT, merge=MERGES_OF_A_FILE.format("NORTH"))


def test_a_file_of_merges_that_meets_nobody_is_listed_and_one_that_meets_somebody_is_not():
    assert refused(UNMET) == [
        ("ann", "merge_file_meets_nobody"),
        ("cem", "merge_file_meets_nobody"),
    ]
    assert refused(MET) == []


TWICE = merged("NORTH | a | NORTH | b | 2024-04-01", "NORTH | a | NORTH | b | 2024-04-01")


def test_the_same_merge_sent_twice_is_one():
    assert persons(TWICE) == [["a", "b"], ["c"]]
    assert refused(TWICE) == []


AFTER_THE_CLOCK = merged("NORTH | a | NORTH | b | 2027-04-01")


def test_a_merge_after_the_clock_is_not_seen():
    assert persons(AFTER_THE_CLOCK) == [["a"], ["b"], ["c"]]


SIDES = """
patient_id | birth_date | administrative_sex | analyte | observation_value | message_number | collected_at
a          | 1980-01-01 | F                  | igm     | 0.30              | 1              | 2024-01-01
b          | 1955-05-05 | M                  | igm     | 0.31              | 2              | 2024-02-01
c          | 1955-05-05 | M                  | igm     | 0.32              | 3              | 2024-03-01
d          | 1980-01-01 | M                  | igm     | 0.33              | 4              | 2024-04-01
e          | 1991-09-09 | F                  | igm     | 0.34              | 5              | 2024-05-01
f          |            | M                  | igm     | 0.35              | 6              | 2024-06-01
"""


def merged_sides(merges: list[str]) -> Drawing:
    """The six people, and merges (a>b: a into b), each a day later."""
    lines = [
        "NORTH | {} | NORTH | {} | 2024-04-{:0>2}".format(*merge.split(">"), day)
        for day, merge in enumerate(merges, start=1)
    ]
    return SHARED.draw(SIDES, merge=MERGE + "\n".join(lines))


def joined(con: Drawing) -> tuple[list[str], list[str]]:
    """Who is joined, and the refused retired ones."""
    groups = rows(
        con,
        "SELECT string_agg(DISTINCT patient_id, '' ORDER BY patient_id) FROM core.measurement "
        "GROUP BY patient_key HAVING count(*) > 1 ORDER BY 1",
    )
    refused = rows(
        con,
        "SELECT DISTINCT patient_id FROM core.merge_refused "
        "WHERE reason_code = 'merge_contradicts_identity' ORDER BY 1",
    )
    return [ids for (ids,) in groups], [id for (id,) in refused]


MERGES = [
    (["b>c"], ["bc"], []),
    (["a>b"], [], ["a"]),
    (["a>d"], ["ad"], []),  # the sex alone
    (["a>e"], ["ae"], []),  # the birth date alone
    (["a>f"], ["af"], []),  # a birth date that is not known contradicts none
    (["a>b", "b>c"], ["bc"], ["a"]),
    (["a>x", "x>b"], [], ["a"]),  # through an identifier of which nothing is known
    (["a>x", "b>x"], [], ["a", "b"]),  # two people into one of whom nothing is known
    (["a>x", "e>x", "x>d"], ["ad"], ["e"]),
    (["a>b", "a>a"], [], []),  # undone
    (["a>b", "b>a"], [], ["a", "b"]),
]
MERGED_SIDES = {tuple(merges): merged_sides(merges) for merges, *_ in MERGES}


@pytest.mark.parametrize(("merges", "together", "refused"), MERGES)
def test_a_merge_of_two_people_is_held_and_listed(merges, together, refused):
    assert joined(MERGED_SIDES[tuple(merges)]) == (together, refused)


UNTIMED = (
    "event | retired_assigning_authority | retired_id | surviving_assigning_authority "
    "| surviving_id | message_at\n"
)
UNTIMED_MERGES = [
    ("A40 | NORTH | a | NORTH | b |", [("a", "b")], []),
    # another merge with a time decides; the one without is listed
    (
        "A40 | NORTH | a | NORTH | b |\nA40 | NORTH | a | NORTH | c | 2024-04-01 00:00:00",
        [("a", "c")],
        [("a", "merge_time_unknown")],
    ),
    (
        "A40 | NORTH | a | NORTH | b |\nA40 | NORTH | a | NORTH | b | 2024-04-01 00:00:00",
        [("a", "b")],
        [],
    ),
    (
        "A40 | NORTH | a | NORTH | b |\nA40 | NORTH | a | NORTH | c |",
        [],
        [("a", "merge_contradictory")] * 2,
    ),
    # whether the new identifier was there before the change cannot be told
    ("A47 | NORTH | a | NORTH | b |", [], [("a", "merge_identifier_taken")]),
    ("A47 | NORTH | a | NORTH | new |", [("a", "new")], []),
    # a row of a file without a time holds whatever the clock says
    ("csv | NORTH | a | NORTH | b | 2027-04-01 00:00:00", [("a", "b")], []),
    ("A40 | NORTH | a | NORTH | b | 2027-04-01 00:00:00", [], []),
]
WITHOUT_A_TIME = {
    merges: SHARED.draw(RESULTS, merge=UNTIMED + merges) for merges, *_ in UNTIMED_MERGES
}


@pytest.mark.parametrize(("merges", "aliases", "refused"), UNTIMED_MERGES)
def test_a_merge_without_a_time_joins_or_is_listed(merges, aliases, refused):
    con = WITHOUT_A_TIME[merges]
    found = rows(con, "SELECT patient_id, surviving_patient_id FROM core.patient_alias")
    assert found == aliases
    listed = rows(con, "SELECT patient_id, reason_code FROM core.merge_refused ORDER BY ALL")
    assert listed == refused


IDENTITY = "birth_date | administrative_sex | observation_value | collected_at | message_number | analyte\n"
ANOTHER_IDENTITY = SHARED.draw(
    IDENTITY
    + """
1989-01-05 | F | 0.30 | 2024-01-10 08:00:00 | 1 | igm
1989-01-05 | F | 0.31 | 2024-05-10 08:00:00 | 2 | igm
2019-07-07 | M | 0.32 | 2024-07-10 08:00:00 | 3 | igm
"""
)


def test_another_birth_date_and_sex_at_once_is_held_and_not_joined():
    assert rows(ANOTHER_IDENTITY, "SELECT value_source_value FROM core.measurement ORDER BY 1") == [
        ("0.30",),
        ("0.31",),
    ]
    assert rows(ANOTHER_IDENTITY, "SELECT value_source_value, reason_code FROM core.unusable") == [
        ("0.32", "patient_identity_held")
    ]
    query = "SELECT birth_date::VARCHAR, sex, n_birth_dates FROM core.patient"
    assert rows(ANOTHER_IDENTITY, query) == [("1989-01-05", "F", 1)]


EQUALLY_FREQUENT = SHARED.draw(
    IDENTITY
    + """
1989-01-05 | F | 0.30 | 2024-01-10 08:00:00 | 1 | igm
2019-07-07 | M | 0.32 | 2024-07-10 08:00:00 | 3 | igm
"""
)


def test_of_two_equally_frequent_identities_neither_is_believed():
    reasons = rows(EQUALLY_FREQUENT, "SELECT reason_code FROM core.unusable")
    assert reasons == [("patient_identity_held",)] * 2


SLIP = SHARED.draw(
    IDENTITY
    + """
1989-01-05 | F | 0.30 | 2024-01-10 08:00:00 | 1 | igm
1998-01-05 | F | 0.32 | 2024-07-10 08:00:00 | 3 | igm
"""
)


def test_another_birth_date_alone_is_a_slip_that_is_counted():
    assert rows(SLIP, "SELECT n_birth_dates, n_sexes FROM core.patient") == [(2, 1)]
    assert rows(SLIP, "SELECT count(*) FROM core.measurement") == [(2,)]


MERGED_BIRTH_DATES = SHARED.draw(
    """
    patient_id | birth_date | analyte | observation_value | message_number
    a          | 1989-01-05 | igm     | 0.30              | 1
    b          | 1989-01-05 | igm     | 0.31              | 2
    c          | 1989-05-01 | igm     | 0.32              | 3
    d          |            | igm     | 0.33              | 4
    """,
    merge=MERGE + "NORTH | a | NORTH | b | 2024-04-01\nNORTH | c | NORTH | b | 2024-04-02",
)


def test_birth_dates_of_merged_identifiers_are_counted_together():
    query = "SELECT patient_id, n_birth_dates FROM core.patient ORDER BY 1"
    assert rows(MERGED_BIRTH_DATES, query) == [("b", 2), ("d", 0)]


def changed(identity: str, patient: str | None = None, event: str = "A47") -> Drawing:
    """Whoever holds a and new after a becomes new at noon, and again two days later."""
    return SHARED.draw(
        "analyte | observation_value | patient_id | collected_at | message_at\n" + identity,
        merge="event | retired_assigning_authority | retired_id | surviving_assigning_authority "
        "| surviving_id | message_at\n"
        f"{event} | NORTH | a | NORTH | new | 2024-04-01 12:00:00\n"
        f"{event} | NORTH | a | NORTH | new | 2024-04-03 12:00:00",
        **({"patient": "patient_id | message_at\n" + patient} if patient else {}),
    )


def aliases_and_refused(con: Drawing) -> tuple[list, list]:
    aliases = rows(con, "SELECT patient_id, surviving_patient_id FROM core.patient_alias")
    return aliases, rows(con, "SELECT patient_id, reason_code FROM core.merge_refused")


OLD = "igm | 0.3 | a | 2024-01-10 | 2024-01-10 09:00:00\n"
USED_SINCE = changed(OLD + "igm | 0.3 | new | 2024-04-02 | 2024-04-02 09:00:00")
USED_BEFORE = [
    changed(OLD + "igm | 0.9 | new | 2024-03-01 | 2024-03-01 09:00:00"),
    changed(OLD, patient="new | 2024-03-01 09:00:00"),
    changed(OLD, patient="new | 2024-03-01 09:00:00", event="A46"),
]


def test_a_changed_identifier_is_the_same_person():
    assert aliases_and_refused(USED_SINCE) == ([("a", "new")], [])


def test_a_change_to_an_identifier_that_existed_is_refused_and_listed():
    taken = [("a", "merge_identifier_taken")] * 2
    for con in USED_BEFORE:
        assert aliases_and_refused(con) == ([], taken)


ADT = "patient_id | birth_date | birth_date_source_value | administrative_sex | message_at\n"
STATEMENTS = [
    ('ann | | "" | F | 2024-02-01 00:00:00', None, "F"),
    ('ann | 1989-01-05 | 19890105 | "" | 2024-02-01 00:00:00', "1989-01-05", "U"),
    ("ann | | | | 2024-02-01 00:00:00", "1989-01-05", "F"),
    ('ann | | "" | "" | 2023-02-01 00:00:00', "1989-01-05", "F"),
]
STATED = {
    message: SHARED.draw("analyte | observation_value\nigm | 0.3", patient=ADT + message)
    for message, *_ in STATEMENTS
}


@pytest.mark.parametrize(
    ("message", "birth_date", "sex"),
    STATEMENTS,
    ids=["birth date deleted", "sex deleted", "empty says nothing", "deleted before it was stated"],
)
def test_what_a_message_deletes_is_no_longer_known(message, birth_date, sex):
    found = rows(STATED[message], "SELECT birth_date::VARCHAR, sex FROM core.patient")
    assert found == [(birth_date, sex)]


AGE_DELETED = SHARED.draw(
    "analyte | observation_value\nigm | 0.3",
    patient=ADT + 'ann | | "" | F | 2024-02-01 00:00:00',
)


def test_a_result_whose_age_was_deleted_is_not_classed():
    assert rows(AGE_DELETED, "SELECT age_days, class FROM core.measurement") == [
        (None, "not_classed")
    ]


KNOWN_AGAIN = SHARED.draw(
    "analyte | observation_value\nigm | 0.3",
    patient=ADT
    + 'ann | | "" | "" | 2024-02-01 00:00:00\n'
    + "ann | 1990-02-02 | 19900202 | F | 2024-03-01 00:00:00",
)


def test_a_held_result_shows_both_persons():
    query = """
        SELECT value_source_value, statement_a, field_a, statement_b, field_b
        FROM core.unusable ORDER BY 1
    """
    assert rows(ANOTHER_IDENTITY, query) == [
        ("0.32", "2019-07-07 M", "PID-7", "1989-01-05 F", "others under this number")
    ]
    assert [(row[1], row[3]) for row in rows(EQUALLY_FREQUENT, query)] == [
        ("1989-01-05 F", "2019-07-07 M"),
        ("2019-07-07 M", "1989-01-05 F"),
    ]


def test_what_is_stated_after_a_deletion_is_known_again():
    assert rows(KNOWN_AGAIN, "SELECT birth_date::VARCHAR, sex FROM core.patient") == [
        ("1990-02-02", "F")
    ]


UPDATE = "event | patient_id | birth_date | administrative_sex | message_at\n"


def one_identifier(drawn: str, updates: str = "") -> Drawing:
    """Results of one identifier, and updates of its record.

    drawn: birth date, sex and month of collection in 2024, a line each; the value counts them.
    """
    lines = [
        f"{birth_date} | {sex} | 0.3{n} | 2024-{month:0>2}-10 08:00:00 | {n} | igm"
        for n, (birth_date, sex, month) in enumerate(
            [cell.strip() for cell in line.split("|")] for line in drawn.strip().splitlines()
        )
    ]
    others = {"patient": UPDATE + updates} if updates else {}
    return SHARED.draw(IDENTITY + "\n".join(lines), **others)


def held(con: Drawing) -> list[str]:
    """The numbers of the results that are joined to nobody."""
    query = (
        "SELECT value_source_value FROM core.unusable "
        "WHERE reason_code = 'patient_identity_held' ORDER BY 1"
    )
    return [value[-1] for (value,) in rows(con, query)]


BIRTH_DATES = [
    # three women under one number
    ("1980-01-01 | F | 1\n1955-05-05 | F | 2\n1991-11-30 | F | 3", "012"),
    ("1980-01-01 | F | 1\n1980-01-01 | F | 2\n1955-05-05 | F | 3", "2"),
    # a result that states no birth date may be either's
    ("1980-01-01 | F | 1\n1980-01-01 | F | 2\n1955-05-05 | F | 3\n | F | 4", "23"),
    # nor does it matter that no sex is stated, or one that is not known
    ("1980-01-01 | | 1\n1955-05-05 | F | 2", "01"),
    ("1980-01-01 | U | 1\n1955-05-05 | | 2", "01"),
    # a newborn under the number of the mother (BABY OF)
    ("1990-06-15 | F | 1\n1990-06-15 | F | 2\n2024-03-09 | F | 3", "2"),
    ("1990-06-15 | F | 1\n2024-03-09 | M | 3", "01"),
    # one keystroke, neighbours exchanged, day and month exchanged, fillers
    ("1989-01-05 | F | 1\n1989-01-06 | F | 2", ""),
    ("1989-01-05 | F | 1\n1998-01-05 | F | 2", ""),
    ("1989-01-05 | F | 1\n1989-05-01 | F | 2", ""),
    ("1989-07-15 | F | 1\n1989-01-01 | F | 2", ""),
    ("1989-07-15 | F | 1\n1989-07-01 | F | 2", ""),
    # two keystrokes; the filler of another year
    ("1989-01-05 | F | 1\n1989-02-06 | F | 2", "01"),
    ("1989-07-15 | F | 1\n1990-01-01 | F | 2", "01"),
    # a slip with another sex at once is no slip
    ("1989-01-05 | F | 1\n1989-01-06 | M | 2", "01"),
    # a slip stands by the date that it is a slip of
    ("1989-01-05 | F | 1\n1989-01-05 | F | 2\n1989-01-06 | F | 3\n1955-05-05 | F | 4", "3"),
    # a changed sex alone, and twins of one day under one number, cannot be told: not held
    ("1989-01-05 | F | 1\n1989-01-05 | M | 2", ""),
]
UNDER_ONE_NUMBER = {drawn: one_identifier(drawn) for drawn, _ in BIRTH_DATES}


@pytest.mark.parametrize(("drawn", "nobody"), BIRTH_DATES)
def test_two_birth_dates_are_two_persons_unless_one_is_a_slip(drawn, nobody):
    assert "".join(held(UNDER_ONE_NUMBER[drawn])) == nobody


CHANGED = "1989-01-05 | F | 2\n1977-07-07 | F | 6"
UPDATES = [
    ("A08 | ann | 1977-07-07 | F | 2024-05-01", ""),
    ("A31 | ann | 1977-07-07 | F | 2024-05-01", ""),
    # the laboratory knew it first
    ("A08 | ann | 1977-07-07 | F | 2024-07-01", ""),
    # an admission or a registration corrects nothing
    ("A01 | ann | 1989-01-05 | F | 2024-05-01", "1"),
    # the update repeats what stood there first: the other date is a stranger's
    ("A08 | ann | 1989-01-05 | F | 2024-08-01", "1"),
]
UPDATED = {updates: one_identifier(CHANGED, updates) for updates, _ in UPDATES}


@pytest.mark.parametrize(("updates", "nobody"), UPDATES)
def test_a_birth_date_is_corrected_by_an_update_of_the_record(updates, nobody):
    assert "".join(held(UPDATED[updates])) == nobody


RECORD_OVERWRITTEN = one_identifier(
    "1989-01-05 | F | 2\n1989-01-05 | F | 3\n1977-07-07 | M | 6",
    "A08 | ann | 1977-07-07 | M | 2024-05-01",
)


def test_an_update_of_birth_date_and_sex_at_once_is_another_persons_record_over_this_one():
    assert held(RECORD_OVERWRITTEN) == ["0", "1", "2"]


TWINS = SHARED.draw(
    """
    patient_id | birth_date | administrative_sex | analyte | observation_value | message_number
    twin1      | 2023-12-31 | F                  | igm     | 0.30              | 1
    twin2      | 2023-12-31 | F                  | igm     | 0.31              | 2
    """
)


def test_twins_with_numbers_of_their_own_are_two_patients():
    assert rows(TWINS, "SELECT count(DISTINCT patient_key) FROM core.measurement") == [(2,)]
