"""result.version_rank: which version of a result counts, whatever order the messages came in."""

import pytest

from tests.warehouse_in_memory import SharedWarehouse, rows

SHARED = SharedWarehouse()
COUNTING = "SELECT value_source_value FROM core.measurement ORDER BY 1"
HELD = "SELECT value_source_value, reason_code FROM core.unusable ORDER BY 1"
GONE = "SELECT value_source_value, reason_code FROM core.superseded ORDER BY 1"
ENDED = """
SELECT observation_value, disposition, coalesce(d.reason_code, s.reason_code)
FROM result.disposition AS d
INNER JOIN raw.observation AS o USING (facility, source_sha256, position)
LEFT JOIN core.superseded AS s USING (measurement_id)
ORDER BY position
"""


def two(first: str, second: str) -> str:
    return f"""
    analyte | filler_order_number | observation_value | observation_result_status | message_at | message_number
    igm     | A1 | {first}  | 2024-01-10 09:00:00 | 1
    igm     | A1 | {second} | 2024-01-11 09:00:00 | 2
    """


TWO = [
    ("0.05 | F", "0.95 | C", ["0.95"], "corrected", None),
    ("0.05 | F", "0.95 | F", ["0.95"], "corrected", None),
    ("0.05 | F", "0.05 | F", ["0.05"], "resent_unchanged", None),
    (" | D", " | D", [], "resent_unchanged", "status_withdrawn"),
    ("0.05 | P", "0.06 | F", ["0.06"], "finalised", None),
    ("0.05 | F", "0.06 | P", ["0.05"], None, "provisional_after_final"),
    ("0.05 | F", "0.05 | D", [], "withdrawn", "status_withdrawn"),
    ("0.05 | F", " | X", [], "withdrawn", "status_withdrawn"),
    ("0.05 | D", "0.07 | F", ["0.07"], "corrected", None),
    ("0.05 | P", "0.06 | P", [], "corrected", "status_provisional"),
]
TWO_VERSIONS = {(first, second): SHARED.draw(two(first, second)) for first, second, *_ in TWO}


@pytest.mark.parametrize(("first", "second", "counting", "first_reason", "second_reason"), TWO)
def test_two_versions(first, second, counting, first_reason, second_reason):
    con = TWO_VERSIONS[first, second]
    assert rows(con, COUNTING) == [(value,) for value in counting]
    assert [row[2] for row in rows(con, ENDED)] == [first_reason, second_reason]


LATER_IN_THE_FILE = SHARED.draw("""
analyte | filler_order_number | observation_value | observation_result_status | message_number
igm     | X1                  | 0.05              | F                         |
igm     | X1                  | 0.95              | C                         |
""")


def test_later_in_the_file_wins_when_the_message_times_are_equal():
    assert rows(LATER_IN_THE_FILE, COUNTING) == [("0.95",)]


IN_ONE_MESSAGE = SHARED.draw("""
analyte | filler_order_number | observation_value
igm     | A1                  | 0.30
igm     | A1                  | 0.40
""")


def test_equal_results_of_one_message_are_not_versions_of_each_other():
    assert rows(IN_ONE_MESSAGE, COUNTING) == [("0.30",), ("0.40",)]


USED_AGAIN = SHARED.draw("""
patient_id | analyte | filler_order_number | observation_value | message_number
ann        | igm     | A1                  | 0.30              | 1
bea        | igm     | A1                  | 0.40              | 2
""")


def test_an_order_number_used_again_for_another_patient_replaces_nothing():
    assert rows(USED_AGAIN, COUNTING) == [("0.30",), ("0.40",)]


BOTH_CORRECTED = SHARED.draw("""
patient_id | analyte | filler_order_number | observation_value | observation_result_status | message_at          | message_number
ann        | igm     | A1                  | 0.30              | F                         | 2024-01-10 09:00:00 | 1
ann        | igm     | A1                  | 0.31              | C                         | 2024-01-11 09:00:00 | 2
bea        | igm     | A1                  | 0.40              | F                         | 2024-01-12 09:00:00 | 3
bea        | igm     | A1                  | 0.41              | C                         | 2024-01-13 09:00:00 | 4
""")


def test_an_order_number_of_two_patients_is_two_orders_though_both_are_corrected():
    assert rows(BOTH_CORRECTED, COUNTING) == [("0.31",), ("0.41",)]


WITHOUT_AN_ORDER_NUMBER = SHARED.draw("""
analyte | specimen_type | observation_value | collected_at        | message_number
igm     | serum         | 0.30              | 2024-01-10 08:00:00 | 1
igm     | csf           | 0.002             | 2024-01-10 08:00:00 | 2
igm     | serum         | 0.31              | 2024-02-10 08:00:00 | 3
""")


def test_without_an_order_number_the_specimen_tells_results_apart():
    assert rows(WITHOUT_AN_ORDER_NUMBER, COUNTING) == [("0.30",), ("0.31",)]


NO_STATUS = SHARED.draw("""
analyte | filler_order_number | observation_value | observation_result_status | message_number
igm     | A1                  | 0.30              |                           |
igm     | A2                  | 0.40              |                           | 7
""")


def test_no_status_counts_in_a_delimited_file_and_not_in_hl7():
    assert rows(
        NO_STATUS,
        "SELECT observation_value, disposition, reason_code FROM result.disposition "
        "INNER JOIN raw.observation USING (position) ORDER BY 1",
    ) == [("0.30", "measured", None), ("0.40", "unusable", "status_unknown")]


BY_HL7_AND_BY_CSV = SHARED.draw("""
analyte | filler_order_number | universal_service_identifier | observation_sub_id | observation_value | message_at          | message_number | source_sha256
igm     | A1                  | IGS                          | 1                  | 0.30              | 2024-01-10 09:00:00 | 1              | 1111111111111111
igm     | A1                  |                              |                    | 0.30              | 2024-01-11 09:00:00 |                | 2222222222222222
""")


def test_the_same_result_by_hl7_and_by_csv_is_one():
    assert rows(BY_HL7_AND_BY_CSV, COUNTING) == [("0.30",)]
    assert rows(BY_HL7_AND_BY_CSV, "SELECT reason_code FROM core.superseded") == [
        ("resent_unchanged",)
    ]
    assert rows(BY_HL7_AND_BY_CSV, "SELECT is_resent FROM result.disposition") == [(True,), (True,)]


CORRECTED_TO_LOW = SHARED.draw(two("0.95 | F", "0.05 | C"))


def test_a_corrected_result_is_not_repeated_and_a_low_igm_is_told_once():
    assert rows(
        CORRECTED_TO_LOW,
        "SELECT disposition, is_resent, is_low_igm FROM result.disposition ORDER BY position",
    ) == [("superseded", False, False), ("measured", False, True)]


CORRECTED_AFTER_A_MERGE = SHARED.draw(
    """
    patient_id | analyte | filler_order_number | observation_value | observation_result_status | message_at | message_number
    old        | igm     | A1 | 0.05 | F | 2024-01-10 09:00:00 | 1
    new        | igm     | A1 | 0.95 | C | 2024-03-10 09:00:00 | 2
    """,
    merge="retired_assigning_authority | retired_id | surviving_assigning_authority "
    "| surviving_id | merged_at\nNORTH | old | NORTH | new | 2024-02-01",
)


def test_a_correction_sent_after_a_merge_corrects_what_was_sent_before_it():
    assert rows(CORRECTED_AFTER_A_MERGE, COUNTING) == [("0.95",)]


CUMULATIVE = SHARED.draw("""
analyte | filler_order_number | observation_value | collected_at        | message_at          | message_number
igm     | A1                  | 0.30              | 2024-01-10 07:00:00 | 2024-01-10 09:00:00 | 1
igm     | A1                  | 0.30              | 2024-01-10 08:00:00 | 2024-01-10 10:00:00 | 2
igm     | A1                  | 0.30              | 2024-01-10 09:00:00 | 2024-01-10 11:00:00 | 3
""")


def test_a_cumulative_resend_under_a_changing_collection_time_is_one_result():
    assert rows(CUMULATIVE, COUNTING) == [("0.30",)]


FIRST_SENT_AGAIN = SHARED.draw("""
analyte | filler_order_number | observation_value | observation_result_status | message_at | message_number
igm     | A1 | 0.05 | F | 2024-01-10 09:00:00 | 1
igm     | A1 |      | D | 2024-01-11 09:00:00 | 2
igm     | A1 | 0.05 | F | 2024-01-10 09:00:00 | 3
""")


def test_a_withdrawn_result_does_not_come_back_when_its_first_message_is_sent_again():
    assert rows(FIRST_SENT_AGAIN, COUNTING) == []


WITHDRAWAL_WITHOUT_A_TIME = SHARED.draw("""
analyte | filler_order_number | observation_value | observation_result_status | message_at | message_number
igm     | A1 |      | D |                     | 1
igm     | A1 | 0.05 | F | 2024-01-10 09:00:00 | 2
""")


def test_a_withdrawal_without_a_time_came_after_what_it_withdraws():
    assert rows(WITHDRAWAL_WITHOUT_A_TIME, COUNTING) == []
    assert rows(WITHDRAWAL_WITHOUT_A_TIME, "SELECT reason_code FROM core.superseded") == [
        ("withdrawn",)
    ]


WITHDRAWN_AND_CORRECTED = [
    "igm | A1 | 0.95 | C | 1\nigm | A1 |      | D | 2",
    "igm | A1 |      | D | 1\nigm | A1 | 0.95 | C | 2",
]
FIRST_AND_CORRECTED = [
    "igm | A1 | 0.95 | C | 1\nigm | A1 | 0.05 | F | 2",
    "igm | A1 | 0.05 | F | 1\nigm | A1 | 0.95 | C | 2",
]
AT_ONE_TIME = {
    sent: SHARED.draw(
        "analyte | filler_order_number | observation_value | observation_result_status "
        f"| message_number\n{sent}"
    )
    for sent in [*WITHDRAWN_AND_CORRECTED, *FIRST_AND_CORRECTED]
}


@pytest.mark.parametrize("sent", WITHDRAWN_AND_CORRECTED)
def test_of_a_correction_and_a_withdrawal_at_one_time_the_withdrawal_stands(sent):
    assert rows(AT_ONE_TIME[sent], COUNTING) == []


@pytest.mark.parametrize("sent", FIRST_AND_CORRECTED)
def test_of_a_first_result_and_a_correction_at_one_time_the_correction_stands(sent):
    assert rows(AT_ONE_TIME[sent], COUNTING) == [("0.95",)]


TWO_FACILITIES = SHARED.draw("""
facility | analyte | filler_order_number | observation_value | message_at
north    | igm     | A1                  | 0.30              | 2024-01-10 09:00:00
south    | igm     | A1                  | 0.40              | 2024-01-11 09:00:00
""")


def test_an_order_number_of_two_facilities_is_two_orders():
    assert rows(TWO_FACILITIES, COUNTING) == [("0.30",), ("0.40",)]


FILES = [("1", "2"), ("2", "1")]
ONE_TIME_UNKNOWN = {
    (first, second): SHARED.draw(f"""
    analyte | filler_order_number | observation_value | source_sha256         | message_at
    igm     | A1                  | 0.30              | {first}11111111111111 | 2024-01-10 09:00:00
    igm     | A1                  | 0.40              | {second}2222222222222 |
    """)
    for first, second in FILES
}


@pytest.mark.parametrize(("first", "second"), FILES)
def test_of_a_message_without_a_time_and_one_with_it_neither_is_known_to_be_later(first, second):
    con = ONE_TIME_UNKNOWN[first, second]
    assert rows(con, COUNTING) == []
    assert rows(con, "SELECT reason_code FROM core.unusable") == [("version_order_unknown",)] * 2


OF_TWO_FILES = [
    SHARED.draw(f"""
    analyte | filler_order_number | observation_value | source_sha256    | message_at
    igm     | A1                  | {first}           | 1111111111111111 | 2024-01-10 09:00:00
    igm     | A1                  | {second}          | 2222222222222222 | 2024-01-10 09:00:00
    """)
    for first, second in (("0.30", "0.40"), ("0.40", "0.30"))
]


def test_between_two_files_of_one_time_nothing_says_which_value_is_later():
    for con in OF_TWO_FILES:
        assert rows(con, COUNTING) == []
        assert rows(con, HELD) == [
            ("0.30", "version_order_unknown"),
            ("0.40", "version_order_unknown"),
        ]


UNITS = [("g/L", "mg/L"), ("mg/L", "g/L")]
IN_TWO_UNITS = {
    (first, second): SHARED.draw(f"""
    analyte | filler_order_number | observation_value | units    | source_sha256    | message_at
    igm     | A1                  | 30                | {first}  | 1111111111111111 | 2024-01-10 09:00:00
    igm     | A1                  | 30                | {second} | 2222222222222222 | 2024-01-10 09:00:00
    """)
    for first, second in UNITS
}


@pytest.mark.parametrize(("first", "second"), UNITS)
def test_of_one_number_in_two_units_it_is_never_the_file_that_decides(first, second):
    con = IN_TWO_UNITS[first, second]
    assert rows(con, "SELECT DISTINCT reason_code FROM core.unusable") == [
        ("version_order_unknown",)
    ]


ONE_VALUE_TWICE = SHARED.draw("""
analyte | filler_order_number | observation_value | units | source_sha256    | message_at
igm     | A1                  | 30                | mg/dL | 1111111111111111 | 2024-01-10 09:00:00
igm     | A1                  | 0.30              | g/L   | 2222222222222222 | 2024-01-10 09:00:00
""")


def test_one_value_written_in_two_ways_is_no_contradiction():
    assert rows(ONE_VALUE_TWICE, "SELECT value_g_per_l FROM core.measurement") == [(0.3,)]
