"""The same result twice in one message is one; any difference makes it another."""

from tests.warehouse_in_memory import core, rows

COLUMNS = (
    "analyte | observation_value | filler_order_number | message_number | set_id | observation_sub_id "
    "| comment\n"
)
ENDED = "SELECT position, disposition FROM result.disposition ORDER BY position"


def test_a_copy_is_superseded_and_told():
    con = core(f"{COLUMNS}igm | 0.20 | F1 | 1 | 1 | |\nigm | 0.20 | F1 | 1 | 2 | |")
    assert rows(con, ENDED) == [(1, "measured"), (2, "superseded")]
    told = "SELECT position, reason_code, superseded_by LIKE '%:1' FROM core.superseded"
    assert rows(con, told) == [(2, "copied_in_message", True)]


def test_copies_of_a_resent_message_leave_one_result():
    con = core("""
    analyte | observation_value | filler_order_number | message_number | message_at
    igm     | 0.20              | F1                  | 1              | 2024-01-10 09:00:00
    igm     | 0.20              | F1                  | 1              | 2024-01-10 09:00:00
    igm     | 0.20              | F1                  | 2              | 2024-01-11 09:00:00
    igm     | 0.20              | F1                  | 2              | 2024-01-11 09:00:00
    """)
    assert rows(con, "SELECT position FROM core.measurement") == [(3,)]
    assert rows(con, "SELECT count(*), count(DISTINCT position) FROM core.superseded") == [(3, 3)]


def test_another_value_sub_id_or_comment_is_no_copy():
    con = core(
        COLUMNS
        + "igm | 0.20 | F1 | 1 | 1 | |\nigm | 0.21 | F1 | 1 | 2 | |\n"
        + "igg | 9.0 | F1 | 1 | 3 | 1 |\nigg | 9.0 | F1 | 1 | 4 | 2 |\n"
        + "iga | 1.9 | F1 | 1 | 5 | | dil 1\niga | 1.9 | F1 | 1 | 6 | | dil 2"
    )
    assert rows(con, "SELECT count(*) FROM core.superseded") == [(0,)]
