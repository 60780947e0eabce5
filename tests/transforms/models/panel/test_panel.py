"""core.panel: the other isotypes of a result: same specimen, else nearest within 30 days."""

import pytest

from tests.warehouse_in_memory import MODELS, core, rows

JOINED = """
SELECT igg_value, igg_joined_by FROM core.panel WHERE index_analyte = 'igm' ORDER BY collected_at
"""


def test_the_same_specimen_comes_before_another_of_the_same_day():
    con = core("""
    analyte | observation_value | filler_order_number | collected_at        | message_number
    igm     | 0.30              | A1                  | 2024-01-10 08:00:00 | 1
    igg     | 9.0               | A1                  | 2024-01-10 08:00:00 | 2
    igg     | 8.0               | A2                  | 2024-01-10 07:00:00 | 3
    """)
    assert rows(con, JOINED) == [(9.0, "specimen")]


def test_the_nearest_within_the_window_and_none_beyond():
    con = core("""
    analyte | observation_value | collected_at        | message_number
    igm     | 0.30              | 2024-01-31 08:00:00 | 1
    igg     | 9.0               | 2024-01-01 08:00:00 | 2
    igg     | 8.0               | 2024-02-10 08:00:00 | 3
    igm     | 0.31              | 2024-05-01 08:00:00 | 4
    igg     | 7.0               | 2024-06-01 08:00:00 | 5
    """)
    assert rows(con, JOINED) == [(8.0, "window"), (None, None)]


@pytest.mark.parametrize(
    ("collected_at", "joined"),
    [
        ("2024-01-01 00:01:00", [(9.0, "window")]),  # 30 days before, by the calendar
        ("2023-12-31 23:59:00", [(None, None)]),  # 31 days before
        ("2024-03-01 23:59:00", [(9.0, "window")]),  # 30 days after: February has 29 days
        ("2024-03-02 00:01:00", [(None, None)]),  # 31 days after
    ],
)
def test_the_window_ends_with_its_thirtieth_day(collected_at, joined):
    con = core(f"""
    analyte | observation_value | collected_at
    igm     | 0.30              | 2024-01-31 08:00:00
    igg     | 9.0               | {collected_at}
    """)
    assert rows(con, JOINED) == joined


@pytest.mark.parametrize(
    ("collected_at", "subclasses"),
    [("2024-03-01 23:59:00", ["igg2"]), ("2024-03-02 00:01:00", [])],
)
def test_the_window_of_subclasses_is_the_same(collected_at, subclasses):
    con = core(f"""
    observation_identifier | observation_value | collected_at
    2472-9                 | 0.30              | 2024-01-31 08:00:00
    2467-9                 | 0.5               | {collected_at}
    """)
    assert rows(con, "SELECT igg_subclasses FROM core.panel") == [(subclasses,)]


def test_of_one_day_the_same_order_comes_before_a_nearer_hour():
    con = core("""
    analyte | observation_value | filler_order_number | collected_at
    igm     | 0.30              | A1                  | 2024-01-10 08:00:00
    igg     | 9.0               | A1                  | 2024-01-10 12:00:00
    igg     | 7.5               | A2                  | 2024-01-10 09:00:00
    """)
    assert rows(con, JOINED) == [(9.0, "specimen")]


def test_a_nearer_day_comes_before_the_same_order():
    con = core("""
    analyte | observation_value | filler_order_number | collected_at
    igm     | 0.30              | A1                  | 2024-01-10 08:00:00
    igg     | 9.0               | A1                  | 2024-01-12 08:00:00
    igg     | 7.5               | A2                  | 2024-01-11 08:00:00
    """)
    assert rows(con, JOINED) == [(7.5, "window")]


def test_of_two_equally_near_the_earlier_stands():
    con = core("""
    analyte | observation_value | collected_at
    igm     | 0.30              | 2024-01-10 08:00:00
    igg     | 7.5               | 2024-01-13 08:00:00
    igg     | 9.0               | 2024-01-07 08:00:00
    """)
    assert rows(con, JOINED) == [(9.0, "window")]


def test_an_order_number_of_another_facility_is_another_order():
    con = core("""
    facility | analyte | observation_value | filler_order_number | collected_at
    north    | igm     | 0.30              | A1                  | 2024-01-10 08:00:00
    north    | igg     | 9.0               | A2                  | 2024-01-10 09:00:00
    south    | igg     | 7.5               | A1                  | 2024-01-10 12:00:00
    """)
    assert rows(con, JOINED) == [(9.0, "window")]


def test_never_across_patients():
    con = core("""
    patient_id | analyte | observation_value | message_number
    ann        | igm     | 0.30              | 1
    bea        | igg     | 9.0               | 2
    """)
    assert rows(con, JOINED) == [(None, None)]


def test_a_result_after_the_clock_is_not_seen():
    con = core("""
    analyte | observation_value | collected_at
    igm     | 0.30              | 2027-01-01 08:00:00
    """)
    assert rows(con, "SELECT reason_code FROM core.unusable") == [("collected_after_as_of",)]
    assert rows(con, JOINED) == []


def test_subclasses_near_an_igm_and_which_of_them_are_low():
    con = core(
        """
        observation_identifier | observation_value | collected_at | message_number
        2472-9 | 0.30              | 2024-01-10 08:00:00 | 1
        2466-1 | 8.0               | 2024-01-10 08:00:00 | 2
        2467-9 | 0.5               | 2024-01-20 08:00:00 | 3
        2467-9 | 3.0               | 2024-02-05 08:00:00 | 4
        2468-7 | 0.5               | 2024-02-20 08:00:00 | 5
        2465-3 | 9.0               | 2024-01-10 08:00:00 | 6
        """
    )
    found = "SELECT index_analyte, igg_subclasses, low_igg_subclasses FROM core.panel ORDER BY 1"
    assert rows(con, found) == [("igg", [], []), ("igm", ["igg1", "igg2"], ["igg2"])]


def test_in_parts_it_is_the_same_table():
    people = "\n".join(
        f"p{n} | {analyte} | {value} | 2024-01-{day:02} 08:00:00"
        for n in range(7)
        for analyte, value, day in (("igm", 0.3, 10), ("igg", 9.0, 10), ("iga", 1.9, 12 + n))
    )
    con = core("patient_id | analyte | observation_value | collected_at\n" + people)
    whole = rows(con, "FROM core.panel ORDER BY measurement_id")
    con.execute("SET VARIABLE n_parts = 3")
    model = (MODELS / "core" / "panel.sql").read_text(encoding="utf-8")
    parts: list[list[tuple]] = []
    for part in range(3):
        con.execute(f"SET VARIABLE part = {part}")
        parts.append(rows(con, model))
    assert all(parts)
    assert sorted((row for part in parts for row in part), key=lambda row: row[0]) == whole


def test_of_two_results_of_one_moment_the_lower_stands_beside_the_others():
    con = core("""
    analyte | observation_value | filler_order_number | message_number
    igm     | 0.30              | A1                  | 1
    igg     | 9.0               | A2                  | 2
    igg     | 2.0               | A3                  | 3
    igg     | 5.0               | A4                  | 4
    iga     | 1.9               | A1                  | 5
    """)
    assert rows(con, "SELECT igg_value, iga_value FROM core.panel WHERE index_analyte = 'igm'") == [
        (2.0, 1.9)
    ]
    of_igg = "SELECT igg_value, igm_value, iga_value FROM core.panel WHERE index_analyte = 'igg'"
    assert rows(con, of_igg + " ORDER BY 1") == [(v, 0.3, 1.9) for v in (2.0, 5.0, 9.0)]
