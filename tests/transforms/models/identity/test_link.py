"""Identifiers of several hospitals that are one person: by a person's word, or by a national number."""

import pytest

from tests.warehouse_in_memory import SharedWarehouse, core, rows

SHARED = SharedWarehouse()
# one woman in two hospitals; another; one of whom nothing but results is known; a man
RESULTS = """
facility | assigning_authority | patient_id | birth_date | administrative_sex | analyte | observation_value | collected_at        | filler_order_number
north    | NORTH               | n1         | 1980-01-05 | F                  | igm     | 0.30              | 2024-01-10 08:00:00 | 1
south    | SOUTH               | s1         | 1980-01-05 | F                  | igm     | 0.31              | 2024-02-10 08:00:00 | 2
south    | SOUTH               | s2         | 1980-01-05 | M                  | igm     | 0.32              | 2024-03-10 08:00:00 | 3
west     | WEST                | w1         |            |                    | igm     | 0.33              | 2024-04-10 08:00:00 | 4
west     | WEST                | w2         | 1950-07-01 | M                  | igm     | 0.34              | 2024-05-10 08:00:00 | 5
"""
LINK = (
    "line_number | facility | assigning_authority | patient_id | linked_facility "
    "| linked_assigning_authority | linked_patient_id | valid_from | valid_to\n"
)
N1_S1 = "north | NORTH | n1 | south | SOUTH | s1"
S1_N1 = "south | SOUTH | s1 | north | NORTH | n1"
S1_W1 = "south | SOUTH | s1 | west | WEST | w1"
N1_W1 = "north | NORTH | n1 | west | WEST | w1"
W1_W2 = "west | WEST | w1 | west | WEST | w2"
S1_S2 = "south | SOUTH | s1 | south | SOUTH | s2"
N1_S2 = "north | NORTH | n1 | south | SOUTH | s2"
MERGE = (
    "retired_assigning_authority | retired_id | surviving_assigning_authority | surviving_id "
    "| merged_at\nSOUTH | s1 | SOUTH | s2 | 2024-06-01\n"
)
ALONE = [["n1"], ["s1"], ["s2"], ["w1"], ["w2"]]


def linked(*lines, **others):
    """The results, and links: own facility, authority and number, the other's, from and to."""
    numbered = [f"{number} | {line}" for number, line in enumerate(lines, start=2)]
    return SHARED.draw(RESULTS, link=LINK + "\n".join(numbered), **others)


def persons(con):
    """Who the results belong to: the identifiers that are one person."""
    query = "SELECT list(patient_id) FROM core.measurement GROUP BY patient_key"
    return sorted(sorted(ids) for (ids,) in rows(con, query))


def states(con):
    return rows(
        con, "SELECT line_number, state, reason_code, field FROM core.patient_link ORDER BY ALL"
    )


ONE = linked(N1_S1)


def test_a_link_in_force_makes_one_person_and_each_result_keeps_its_own_identity():
    assert persons(ONE) == [["n1", "s1"], ["s2"], ["w1"], ["w2"]]
    query = "SELECT patient_id, right(facility, 5) FROM core.measurement ORDER BY ALL LIMIT 2"
    assert rows(ONE, query) == [("n1", "north"), ("s1", "south")]
    assert states(ONE) == [(2, "in_force", None, None)]


# the clock is the end of 2026-01-01
DATED = {
    linked(f"{N1_S1} | {valid_from} | {valid_to}"): state
    for valid_from, valid_to, state in (
        ("2026-01-01", "2026-01-01", "in_force"),
        ("2026-01-02", "", "not_yet"),
        ("2024-01-01", "2025-12-31", "ended"),
        ("2024-01-01", "", "in_force"),
        ("", "2026-01-01", "in_force"),
    )
}


@pytest.mark.parametrize(("con", "state"), DATED.items(), ids=lambda each: str(each)[:9])
def test_a_link_holds_from_its_first_to_its_last_day(con, state):
    assert states(con) == [(2, state, None, None)]
    assert persons(con) == (
        [["n1", "s1"], ["s2"], ["w1"], ["w2"]] if state == "in_force" else ALONE
    )


TURNED = linked(S1_N1)


@pytest.mark.parametrize("con", [ONE, TURNED], ids=["as written", "turned"])
def test_the_first_by_authority_and_number_stands_for_both_whichever_is_written_first(con):
    query = "SELECT patient_id, surviving_patient_id, joined_by FROM core.patient_alias"
    assert rows(con, query) == [("s1", "n1", "link")]


THREE = linked(N1_S1, S1_W1)


def test_links_of_three_hospitals_are_one_person():
    assert persons(THREE) == [["n1", "s1", "w1"], ["s2"], ["w2"]]


# each beside a link that holds
REFUSED = {
    linked(line, N1_W1): fault
    for line, *fault in (
        ("south | SOUTH | s1 | west | WEST | w2", "link_contradicts_identity", None),
        ("| NORTH | n9 | | SOUTH | s1", "link_unknown_identifier", "patient_id"),
        ("| NORTH | n1 | | SOUTH | s9", "link_unknown_identifier", "linked_patient_id"),
        ("west | NORTH | n1 | | SOUTH | s1", "link_unknown_identifier", "patient_id"),
    )
}


@pytest.mark.parametrize(("con", "fault"), REFUSED.items(), ids=lambda each: str(each)[:9])
def test_what_is_refused_joins_nobody_and_the_rest_goes_on(con, fault):
    assert persons(con) == [["n1", "w1"], ["s1"], ["s2"], ["w2"]]
    assert states(con) == [(2, "refused", *fault), (3, "in_force", None, None)]


OF_ANOTHER_SEX = linked(N1_S2)


def test_another_sex_alone_refuses_no_link_that_a_person_decided():
    assert ["n1", "s2"] in persons(OF_ANOTHER_SEX)


BY_A_THIRD = linked(N1_W1, W1_W2)


def test_two_persons_whom_links_join_only_by_a_third_are_not_joined():
    """w1, of whom neither birth date nor sex is known, would join a woman and a man."""
    assert persons(BY_A_THIRD) == ALONE
    assert {reason for *_, reason, _ in states(BY_A_THIRD)} == {"link_contradicts_another"}


MERGED = linked(N1_S1, merge=MERGE)
MERGED_BEFORE = linked(S1_S2, merge=MERGE)


def test_a_link_follows_the_merges_of_its_identifiers():
    assert persons(MERGED) == [["n1", "s1", "s2"], ["w1"], ["w2"]]
    query = "SELECT patient_id, surviving_patient_id, joined_by FROM core.patient_alias ORDER BY 1"
    assert rows(MERGED, query) == [("s1", "n1", "merge"), ("s2", "n1", "link")]


def test_a_link_of_what_merges_made_one_is_refused():
    assert states(MERGED_BEFORE) == [(2, "refused", "link_same_person", None)]


# By national number: two feeds say which repetition of PID-3 it is, the third does not. Whether a check
# digit fits is by hand: 943476500x weighs 9*10+4*9+3*8+4*7+7*6+6*5+5*4 = 270, and 5 makes 275 = 25 * 11.
WOMAN = ("1980-01-05", "F")
BY_NUMBER = {  # the number in north, in south, birth date and sex in south: why not
    "the same": ("943 476 5005", "9434765005", *WOMAN, None),
    "another": ("9434765013", "9434765021", *WOMAN, "no link"),
    "sex alone": ("9434765048", "9434765048", "1980-01-05", "M", None),
    "a slip of one digit": ("9434765056", "9434765056", "1980-01-06", "F", None),
    "a daughter under her mother's": (
        *("9434765064", "9434765064", "2019-11-23", "F"),
        "link_birth_dates_differ",
    ),
    "a son": ("9434765072", "9434765072", "2019-11-23", "M", "link_contradicts_identity"),
    "a wrong check digit": ("9434765081", "9434765081", *WOMAN, "link_check_digit"),
    "a filler": ("0000000000", "0000000000", *WOMAN, "link_check_digit"),
    "a word, which is no number": ("UNKNOWN", "UNKNOWN", *WOMAN, "no link"),
    "a digit too many": ("94347650999", "94347650999", *WOMAN, "link_check_digit"),
}
LISTED = (
    "facility | assigning_authority | patient_id | birth_date | administrative_sex | analyte "
    "| observation_value | filler_order_number | patient_identifier_list\n"
) + "\n".join(
    f"north | NORTH | {who} | 1980-01-05 | F | igm | 0.3 | n {who} "
    f"| {who}^^^NORTH^MR~{north}^^^NHS&2.16.840.1.113883.2.1.4.1&ISO^NH\n"
    f"south | SOUTH | {who} | {born} | {sex} | igm | 0.3 | s {who} "
    f"| {south}^^^NHS^NH~{who}^^^SOUTH^MR\n"
    f"west | WEST | {who} | 1980-01-05 | F | igm | 0.3 | w {who} "
    f"| {who}^^^WEST^MR~{north}^^^NHS^NH"
    for who, (north, south, born, sex, _) in BY_NUMBER.items()
)
NHS = """
facility | scheme     | identifier_type | authority
north    | nhs_number | NH              |
south    | nhs_number |                 | NHS
"""


@pytest.fixture(scope="module")
def by_number():
    return core(LISTED, national_numbers=NHS)


@pytest.mark.parametrize("who", BY_NUMBER)
def test_one_national_number_is_one_person_in_the_feeds_that_say_which_it_is(by_number, who):
    *_, refused = BY_NUMBER[who]
    query = "SELECT list_sort(list(facility)) FROM core.measurement WHERE patient_id = $1 GROUP BY patient_key"
    found = sorted(facilities for (facilities,) in by_number.execute(query, [who]).fetchall())
    assert found == (
        [["north"], ["south"], ["west"]] if refused else [["north", "south"], ["west"]]
    )
    query = "SELECT origin, scheme, reason_code FROM core.patient_link WHERE patient_id = $1"
    told = by_number.execute(query, [who]).fetchall()
    stated = [("national_identifier", "nhs_number", refused)]
    assert told == ([] if refused == "no link" else stated)


# a CSV feed and a FHIR feed, which sends Patients and results in files of their own, beside HL7
IN_COLUMNS = """
facility | assigning_authority | patient_id | birth_date | administrative_sex | analyte | observation_value | filler_order_number | message_number | message_at          | patient_identifier_list        | national_number
north    | NORTH               | n1         | 1980-01-05 | F                  | igm     | 0.3               | 1                   | 1              | 2024-01-10 08:00:00 | n1^^^NORTH^MR~9434765005^^^^NH |
east     | EAST                | e1         | 1980-01-05 | F                  | igm     | 0.3               | 2                   |                | 2024-02-10 08:00:00 |                                | 943 476 5005
fhir     | FHIR                | f1         | 1980-01-05 | F                  | igm     | 0.3               | 3                   | 1              | 2024-01-20 08:00:00 |                                |
east     | EAST                | e2         | 1950-07-01 | M                  | igm     | 0.3               | 4                   |                | 2024-02-10 08:00:00 | ="943"                         | 9434765013
west     | WEST                | w2         | 1950-07-01 | M                  | igm     | 0.3               | 5                   | 1              | 2024-02-10 08:00:00 |                                | 9434765013
fhir     | FHIR                | f3         | 1970-07-01 | F                  | igm     | 0.3               | 6                   | 1              | 2024-02-10 08:00:00 |                                | 9434765021~9434765048
east     | EAST                | e4         | 1950-07-01 | M                  | igm     | 0.3               | 8                   |                | 2024-02-10 08:00:00 |                                | 9434765013
east     | EAST                | e3         | 1970-07-01 | F                  | igm     | 0.3               | 7                   |                | 2024-02-10 08:00:00 |                                | 9434765048
"""
PATIENT_FILE = """
facility | assigning_authority | patient_id | birth_date | administrative_sex | message_at          | national_number
fhir     | FHIR                | f1         | 1980-01-05 | F                  | 2024-03-01 08:00:00 | 9434765005
fhir     | FHIR                | f1         | 1980-01-05 | F                  | 2026-01-02 08:00:00 | 9434765013
"""
SCHEMES = """
facility | scheme     | identifier_type | authority
north    | nhs_number | NH              |
east     | nhs_number |                 |
fhir     | nhs_number |                 | HTTPS://FHIR.NHS.UK/ID/NHS-NUMBER
"""


def test_numbers_of_delimited_files_and_fhir_link_with_those_of_hl7():
    """west says of no scheme that it sends one; two numbers at a time are none; what comes after the
    clock is not known yet; a scheme alone makes no number of what a spreadsheet had wrapped; whom a
    merge joined needs no link."""
    merge = MERGE.replace("SOUTH | s1 | SOUTH | s2", "EAST | e4 | EAST | e2")
    con = core(IN_COLUMNS, patient=PATIENT_FILE, merge=merge, national_numbers=SCHEMES)
    assert persons(con) == [["e1", "f1", "n1"], ["e2", "e4"], ["e3"], ["f3"], ["w2"]]
    query = (
        "SELECT patient_id, linked_patient_id, strftime(valid_from, '%m-%d'), reason_code "
        "FROM core.patient_link ORDER BY ALL"
    )
    assert rows(con, query) == [
        ("e1", "f1", "03-01", None),
        ("e1", "n1", "02-10", None),
        ("e3", "f3", "02-10", "link_several_national_numbers"),
        ("f1", "n1", "03-01", None),
    ]
    query = (
        "SELECT DISTINCT patient_id, number FROM identity.national_number WHERE patient_id = 'e2'"
    )
    assert rows(con, query) == [("e2", "9434765013")]


def test_a_line_whose_own_number_is_a_national_one_is_checked_too():
    results = RESULTS.replace("SOUTH               | s1 ", "NHS | 9434765006")
    con = core(results, links=LINK + "2 | | NORTH | n1 | | NHS | 9434765006")
    assert states(con) == [(2, "refused", "link_check_digit", "linked_patient_id")]


# as python-stdnum 2.2 holds them to be right; each is wrong with its last digit changed
RIGHT = [
    ("nhs_number", "943-476-5870"),
    ("bsn", "111222333"),
    ("bsn", "3190.72.356"),
    ("nir", "2 95 10 99 126 111 93"),
    ("nir", "1 69 05 2A 004 322 59"),  # born in Corsica
    ("rijksregister", "85.07.30-033 28"),
    ("rijksregister", "17 07 30 033 84"),  # born in 2017
    ("personnummer", "880320-0016"),
    ("personnummer", "198803200016"),
    ("fodselsnummer", "15108695088"),
]


@pytest.mark.parametrize(("scheme", "number"), RIGHT)
def test_the_check_digit_of_a_scheme(scheme, number):
    rows(ONE, "FROM core.patient_link")  # whatever is built knows the words that models share
    query = (
        "SELECT bool_and(fits_check_digit(national_number($1), k)) "
        "FROM knowledge.national_number AS k WHERE scheme = $2"
    )
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    for sent, fits in ((number, True), (wrong, False)):
        assert SHARED.con.execute(query, [sent, scheme]).fetchall() == [(fits,)]
