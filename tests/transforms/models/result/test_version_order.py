"""Which of several versions is the newest, and what is held because nobody can say."""

import pytest

from tests.warehouse_in_memory import SharedWarehouse, rows

SHARED = SharedWarehouse()
COUNTING = "SELECT value_source_value FROM core.measurement ORDER BY 1"
HELD = "SELECT value_source_value, reason_code FROM core.unusable ORDER BY 1"
GONE = "SELECT value_source_value, reason_code FROM core.superseded ORDER BY 1"
UNKNOWN = "version_order_unknown"
FIRST, SECOND = "1" * 64, "2" * 64


def sent(*versions: str) -> str:
    """Versions of one IgM result, each in a file of its own: value, status, moment in UTC, span."""
    lines = [f"igm | A1 | {version} | {n}{'0' * 63} | 1" for n, version in enumerate(versions, 1)]
    head = (
        "observation_value | observation_result_status | message_at_utc | message_at_span_seconds"
    )
    return "\n".join(
        [f"analyte | filler_order_number | {head} | source_sha256 | message_number", *lines]
    )


VERSIONS = [
    # London, the night that summer ends: 01:50 in summer time, then 01:10 in winter time
    (["1.5 | F | 2024-10-27 00:50:00 | 1", "0.1 | C | 2024-10-27 01:10:00 | 1"], "0.1", []),
    (["1.5 | F | 2024-10-27 00:50:00 | 1", "0.1 | F | 2024-10-27 01:10:00 | 1"], "0.1", []),
    # without an offset either may be first: the status tells, else nobody
    (
        ["1.5 | F | 2024-10-27 00:50:00 | 3601", "0.1 | C | 2024-10-27 00:10:00 | 3601"],
        "0.1",
        [],
    ),
    (["1.5 | F | 2024-10-27 00:50:00 | 3601", " | W | 2024-10-27 00:10:00 | 3601"], None, []),
    (
        ["1.5 | P | 2024-10-27 00:50:00 | 3601", "0.1 | F | 2024-10-27 00:10:00 | 3601"],
        "0.1",
        [],
    ),
    (
        ["1.5 | F | 2024-10-27 00:50:00 | 3601", "0.1 | F | 2024-10-27 00:10:00 | 3601"],
        None,
        ["0.1", "1.5"],
    ),
    # a day and a minute of that day: the coarser decides, so they are of one time
    (
        ["1.5 | F | 2024-01-10 12:00:00 | 60", "0.1 | C | 2024-01-10 00:00:00 | 86400"],
        "0.1",
        [],
    ),
    (
        ["1.5 | F | 2024-01-10 12:00:00 | 60", "0.1 | F | 2024-01-10 00:00:00 | 86400"],
        None,
        ["0.1", "1.5"],
    ),
    (
        ["1.5 | F | 2024-01-10 23:59:00 | 60", "0.1 | F | 2024-01-11 00:00:00 | 86400"],
        "0.1",
        [],
    ),
    # no time: the status tells, else nobody
    (["1.5 | F | 2024-01-10 12:00:00 | 1", "0.1 | C |  | "], "0.1", []),
    (["1.5 | F |  | ", " | D |  | "], None, []),
    (["1.5 | F |  | ", "1.5 | F |  | "], "1.5", []),
    # a final sent after a correction, known to be later, is the laboratory's last word
    (["1.5 | F | 2024-01-12 12:00:00 | 1", "0.1 | C | 2024-01-10 12:00:00 | 1"], "1.5", []),
    # each is above one other and below one: none is the newest
    (
        [
            " | W | 2024-01-10 01:00:00 | 1",
            "0.3 | C | 2024-01-10 00:30:00 | 5400",
            "0.1 | F | 2024-01-10 01:30:00 | 1",
        ],
        None,
        [],
    ),
    # a bound that leaves room for the number says nothing else
    (["0.118 | F |  | ", "<0.177 | F |  | "], "0.118", []),
    (["0.118 | F |  | ", "<0.118 | F |  | "], None, ["0.118", "<0.118"]),
    (
        ["0.118 | F |  | ", "0.119 | F |  | ", "<0.177 | F |  | "],
        None,
        ["0.118", "0.119", "<0.177"],
    ),
]
ORDERED = {
    tuple(turned): SHARED.draw(sent(*turned))
    for versions, *_ in VERSIONS
    for turned in (versions, versions[::-1])
}


@pytest.mark.parametrize(("versions", "counting", "held"), VERSIONS)
def test_the_newest_version(versions, counting, held):
    for turned in (versions, versions[::-1]):
        con = ORDERED[tuple(turned)]
        assert rows(con, COUNTING) == ([(counting,)] if counting else [])
        found = [value for value, reason in rows(con, HELD) if reason == UNKNOWN]
        assert found == held or versions[0].startswith(" | W")
        assert rows(con, "SELECT count(*) FROM result.disposition") == [(len(versions),)]


RESULTED = [("2024-01-11 09:00:00", [("0.31",)]), ("", [])]
ROWS_OF_A_FILE = {
    resulted: SHARED.draw(f"""
    analyte | filler_order_number | observation_value | message_number | resulted_at
    igm     | A1                  | 0.30              |                | {resulted}
    igm     | A1                  | 0.31              |                | {resulted}
    """)
    for resulted, _ in RESULTED
}


@pytest.mark.parametrize(("resulted", "counting"), RESULTED)
def test_rows_of_a_file_stand_in_order_only_where_they_say_a_time(resulted, counting):
    assert rows(ROWS_OF_A_FILE[resulted], COUNTING) == counting


MESSAGES_OF_ONE_TIME = SHARED.draw("""
analyte | filler_order_number | observation_value | message_number
igm     | A1                  | 0.31              | 1
igm     | A1                  | 0.30              | 2
""")


def test_messages_of_one_time_stand_in_the_order_of_their_file():
    assert rows(MESSAGES_OF_ONE_TIME, COUNTING) == [("0.30",)]


REPLICATES = SHARED.draw("""
analyte | specimen_id | observation_value | message_number
igm     | A1          | 0.118             |
igm     | A1          | <0.177            |
""")


def test_two_replicates_of_one_tube_are_told_and_the_number_counts():
    assert rows(REPLICATES, COUNTING) == [("0.118",)]
    assert rows(REPLICATES, GONE) == [("<0.177", "less_exact")]


CONFIRMATIONS = [
    ("0.2 | P", " | U", ["0.2"], [(None, "confirmation")]),
    ("0.2 | P", "0.3 | U", ["0.3"], [("0.2", "finalised")]),
    ("0.2 | F", " | U", ["0.2"], [(None, "confirmation")]),
    (" | D", " | U", [], [(None, "confirmation")]),
]
CONFIRMED = {
    (earlier, confirmation): SHARED.draw(f"""
    analyte | filler_order_number | observation_value | observation_result_status | message_at | message_number
    igm     | A1 | {earlier}      | 2024-01-10 09:00:00 | 1
    igm     | A1 | {confirmation} | 2024-01-11 09:00:00 | 2
    """)
    for earlier, confirmation, *_ in CONFIRMATIONS
}


@pytest.mark.parametrize(("earlier", "confirmation", "counting", "gone"), CONFIRMATIONS)
def test_a_confirmation_makes_final_what_was_sent_before_it(earlier, confirmation, counting, gone):
    con = CONFIRMED[earlier, confirmation]
    assert rows(con, COUNTING) == [(value,) for value in counting]
    assert rows(con, GONE) == gone
    assert rows(con, "SELECT DISTINCT status FROM core.measurement") in ([("final",)], [])


SEVERAL_PROVISIONAL = SHARED.draw("""
analyte | filler_order_number | observation_value | observation_result_status | message_at | message_number
igm     | A1 | 0.2 | P | 2024-01-10 09:00:00 | 1
igm     | A1 | 0.3 | P | 2024-01-10 10:00:00 | 2
igm     | A1 |     | U | 2024-01-11 09:00:00 | 3
igm     | A1 | 0.4 | P | 2024-01-12 09:00:00 | 4
""")


def test_of_several_provisional_versions_the_last_before_the_confirmation_is_final():
    assert rows(SEVERAL_PROVISIONAL, COUNTING) == [("0.3",)]


CONFIRMATION_OF_NOTHING = SHARED.draw("""
analyte | filler_order_number | observation_value | observation_result_status
igm     | A1                  |                   | U
""")


def test_a_confirmation_of_nothing_is_told():
    assert rows(CONFIRMATION_OF_NOTHING, HELD) == [(None, "value_missing")]
