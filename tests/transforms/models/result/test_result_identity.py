"""What is one result: its order, specimen or day, sub-id; and what is another."""

import pytest

from tests.warehouse_in_memory import SharedWarehouse, rows

SHARED = SharedWarehouse()
COUNTING = "SELECT value_source_value FROM core.measurement ORDER BY 1"
HELD = "SELECT value_source_value, reason_code FROM core.unusable ORDER BY 1"
GONE = "SELECT value_source_value, reason_code FROM core.superseded ORDER BY 1"
LOST = "correction_without_predecessor"
SUB_ID_AND_NONE = SHARED.draw("""
analyte | filler_order_number | observation_sub_id | observation_value | message_at          | message_number | line_number
igm     | A1                  |                    | 0.20              | 2024-01-10 09:00:00 | 1 | 4
igm     | A1                  | 2                  | 1.50              | 2024-01-10 09:00:00 | 1 | 5
igm     | A1                  | 2                  | 1.60              | 2024-01-11 09:00:00 | 2 | 9
""")


def test_results_of_one_message_with_a_sub_id_and_without_are_two():
    assert rows(SUB_ID_AND_NONE, COUNTING) == [("0.20",), ("1.60",)]


SPECIMENS_AND_DAYS = [
    ("S1 | 2024-01-10 08:00:00 | F", "S2 | 2024-07-10 08:00:00 | F", ["0.1", "1.6"]),
    ("S1 | 2024-01-10 08:00:00 | F", "S2 | 2024-01-10 08:00:00 | F", ["0.1", "1.6"]),
    ("S1 | 2024-01-10 08:00:00 | F", "   | 2024-01-10 08:00:00 | F", ["1.6"]),
    ("   | 2024-01-10 08:00:00 | F", "   | 2024-07-10 08:00:00 | F", ["0.1", "1.6"]),
    ("   | 2024-01-10 08:00:00 | F", "   | 2024-01-10 09:00:00 | F", ["1.6"]),
    ("   | 2024-01-10 08:00:00 | F", "   | 2024-01-12 08:00:00 | C", ["1.6"]),
    ("   | 2024-01-10 08:00:00 | F", "   | 2024-01-12 08:00:00 | D", []),
    ("   | 2024-01-10 08:00:00 | F", "   |                     | C", ["0.1"]),
]
OF_ONE_ORDER = {
    (first, second): SHARED.draw(f"""
    analyte | filler_order_number | observation_value | specimen_id | collected_at | observation_result_status | message_at | message_number
    igm     | A1 | 0.1 | {first}  | 2024-07-11 09:00:00 | 1
    igm     | A1 | 1.6 | {second} | 2024-07-12 09:00:00 | 2
    """)
    for first, second, _ in SPECIMENS_AND_DAYS
}


@pytest.mark.parametrize(("first", "second", "counting"), SPECIMENS_AND_DAYS)
def test_another_specimen_or_day_is_another_result_but_a_corrected_day_is_not(
    first, second, counting
):
    con = OF_ONE_ORDER[first, second]
    if not second.split("|")[1].strip():
        assert rows(con, GONE) == [("0.1", "corrected")]
        return
    assert rows(con, COUNTING) == [(value,) for value in counting]


DAY_CORRECTED = SHARED.draw("""
analyte | filler_order_number | observation_value | collected_at        | observation_result_status | message_at          | message_number
igm     | A1                  | 0.1               | 2024-01-10 08:00:00 | F                         | 2024-01-10 12:00:00 | 1
igm     | A1                  | 0.1               | 2024-01-09 08:00:00 | C                         | 2024-01-11 12:00:00 | 2
igm     | A1                  | 0.1               | 2024-01-09 08:00:00 | F                         | 2024-01-12 12:00:00 | 3
""")


def test_what_is_sent_again_after_its_day_was_corrected_stays_one_result():
    assert rows(DAY_CORRECTED, "SELECT collected_at::DATE::VARCHAR FROM core.measurement") == [
        ("2024-01-09",)
    ]


STANDING_ORDER = SHARED.draw("""
analyte | filler_order_number | observation_value | collected_at        | message_at          | message_number
igm     | ST77                | 0.20              | 2024-01-05 08:00:00 | 2024-10-01 09:00:00 |
igm     | ST77                | 0.20              | 2024-04-15 08:00:00 | 2024-10-01 09:00:00 |
igm     | ST77                | 0.20              | 2024-09-05 08:00:00 | 2024-10-01 09:00:00 |
""")


def test_a_standing_order_in_a_delimited_file_gives_a_result_each_day():
    assert rows(STANDING_ORDER, COUNTING) == [("0.20",)] * 3


REPETITIONS = """
analyte | filler_order_number | observation_value | observation_result_status | message_at          | message_number | line_number
igm     | A1                  | 0.40              | F                         | 2024-01-10 12:00:00 | 1              | 4
igm     | A1                  | 0.50              | F                         | 2024-01-10 12:00:00 | 1              | 4
"""
CORRECTED_AS_A_SET = SHARED.draw(REPETITIONS + "igm | A1 | 0.40 | C | 2024-01-11 12:00:00 | 2 | 8")


def test_the_repetitions_of_an_obx_are_corrected_as_a_set():
    assert rows(CORRECTED_AS_A_SET, COUNTING) == [("0.40",)]
    assert rows(CORRECTED_AS_A_SET, GONE) == [("0.40", "resent_unchanged"), ("0.50", "corrected")]


INTO_REPETITIONS = SHARED.draw(
    REPETITIONS.replace("F   ", "C   ") + "igm | A1 | 0.30 | F | 2024-01-09 12:00:00 | 2 | 8"
)
WITHDRAWN_TOGETHER = SHARED.draw(REPETITIONS + "igm | A1 |  | W | 2024-01-11 12:00:00 | 2 | 8")


def test_a_single_value_is_corrected_into_repetitions_and_withdrawn_with_them():
    assert rows(INTO_REPETITIONS, COUNTING) == [("0.40",), ("0.50",)]
    assert rows(WITHDRAWN_TOGETHER, COUNTING) == []


NUMBERS = """
analyte | placer_order_number | filler_order_number | observation_value | observation_result_status | message_at | message_number
"""
REQUESTER_THEN_LABORATORY = SHARED.draw(
    NUMBERS
    + "igm | P1 |    | 1.50 | F | 2024-01-10 12:00:00 | 1\n"
    + "igm | P1 | F1 | 0.15 | C | 2024-01-11 12:00:00 | 2"
)


def test_a_number_of_the_requester_then_of_the_laboratory_is_one_order():
    assert rows(REQUESTER_THEN_LABORATORY, COUNTING) == [("0.15",)]


TWO_NUMBERS = SHARED.draw(
    NUMBERS
    + "igm | P1 | F1 | 1.50 | F | 2024-01-10 12:00:00 | 1\n"
    + "igm | P1 | F2 | 0.15 | F | 2024-01-11 12:00:00 | 2"
)


def test_one_request_with_two_numbers_of_the_laboratory_is_two_orders():
    assert rows(TWO_NUMBERS, COUNTING) == [("0.15",), ("1.50",)]


BESIDE = [
    ("F9 | 1.50 | F | 2024-01-10 08:00:30", [], [("0.15", LOST), ("1.50", LOST)]),
    ("   | 1.50 | F | 2024-01-10 08:00:00", [], [("0.15", LOST), ("1.50", LOST)]),
    ("F9 | 0.15 | F | 2024-01-10 08:00:00", [("0.15",), ("0.15",)], []),
    ("F9 | 1.50 | F | 2024-01-10 08:01:00", [("0.15",), ("1.50",)], []),
    ("F9 | 1.50 | P | 2024-01-10 08:00:00", [("0.15",)], [("1.50", "status_provisional")]),
]
CORRECTED_BESIDE = {
    beside: SHARED.draw(f"""
    analyte | filler_order_number | observation_value | observation_result_status | collected_at | message_at | message_number
    igm     | {beside} | 2024-01-10 12:00:00 | 1
    igm     | F1 | 0.15 | C | 2024-01-10 08:00:00 | 2024-01-11 12:00:00 | 2
    """)
    for beside, *_ in BESIDE
}


@pytest.mark.parametrize(("beside", "counting", "held"), BESIDE)
def test_a_correction_of_what_is_not_found_beside_another_final(beside, counting, held):
    con = CORRECTED_BESIDE[beside]
    assert rows(con, COUNTING) == counting
    assert rows(con, HELD) == held


FINAL_AFTER_A_CORRECTION = SHARED.draw("""
analyte | filler_order_number | observation_value | observation_result_status | message_at | message_number
igm     | F1 | 0.15 | C | 2024-01-11 12:00:00 | 1
igm     | F9 | 1.50 | F | 2024-01-12 12:00:00 | 2
""")


def test_a_final_sent_after_a_correction_is_not_what_it_corrects():
    assert rows(FINAL_AFTER_A_CORRECTION, COUNTING) == [("0.15",), ("1.50",)]


def moved(*versions: str) -> str:
    head = "patient_id | filler_order_number | observation_value | observation_result_status"
    return "\n".join(
        [
            f"analyte | {head} | collected_at | message_at | message_number",
            *(f"igm | {version} | {n}" for n, version in enumerate(versions, 1)),
        ]
    )


WHOSE = "SELECT patient_id, value_source_value FROM core.measurement ORDER BY 1, 2"
ANN = "ann | F1 | 0.1 | F | 2024-01-15 08:00:00 | 2024-01-15 12:00:00"
REISSUED = [
    # reissued for another patient
    (["bea | F1 | 0.1 | C | 2024-01-15 08:00:00 | 2024-01-16 12:00:00"], [("bea", "0.1")], 1),
    # and given back
    (
        [
            "bea | F1 | 0.1 | C | 2024-01-15 08:00:00 | 2024-01-16 12:00:00",
            "ann | F1 | 0.1 | C | 2024-01-15 08:00:00 | 2024-01-17 12:00:00",
        ],
        [("ann", "0.1")],
        1,
    ),
    # a number used again: no correction, another day, a correction of the other's own
    (
        ["bea | F1 | 0.4 | F | 2024-01-15 08:00:00 | 2024-01-16 12:00:00"],
        [("ann", "0.1"), ("bea", "0.4")],
        0,
    ),
    (
        ["bea | F1 | 0.4 | C | 2024-02-15 08:00:00 | 2024-02-16 12:00:00"],
        [("ann", "0.1"), ("bea", "0.4")],
        0,
    ),
    (
        [
            "bea | F1 | 0.4 | F | 2024-01-15 08:00:00 | 2024-01-16 12:00:00",
            "bea | F1 | 0.5 | C | 2024-01-15 08:00:00 | 2024-01-17 12:00:00",
        ],
        [("ann", "0.1"), ("bea", "0.5")],
        0,
    ),
    # what comes after it is the first patient's own
    (
        [
            "bea | F1 | 0.1 | C | 2024-01-15 08:00:00 | 2024-01-16 12:00:00",
            "ann | F1 | 0.7 | F | 2024-01-15 08:00:00 | 2024-01-18 12:00:00",
        ],
        [("ann", "0.7"), ("bea", "0.1")],
        1,
    ),
]
MOVED = {tuple(versions): SHARED.draw(moved(ANN, *versions)) for versions, *_ in REISSUED}


@pytest.mark.parametrize(("versions", "whose", "n_moved"), REISSUED)
def test_a_result_reissued_for_another_patient_moves_and_is_told(versions, whose, n_moved):
    con = MOVED[tuple(versions)]
    assert rows(con, WHOSE) == whose
    told = "SELECT count(*) FROM core.superseded WHERE reason_code = 'moved_to_another_patient'"
    assert rows(con, told) == [(n_moved,)]


OF_TWO_SENDERS = SHARED.draw("""
sending_facility | patient_id | analyte | filler_order_number | observation_value | observation_result_status | message_at          | message_number
EAST             | ann        | igm     | F1                  | 0.1               | F                         | 2024-01-15 12:00:00 | 1
WEST             | bea        | igm     | F1                  | 0.1               | C                         | 2024-01-16 12:00:00 | 2
""")


def test_an_order_of_another_sender_in_the_feed_moves_nothing():
    assert rows(OF_TWO_SENDERS, WHOSE) == [("ann", "0.1"), ("bea", "0.1")]
