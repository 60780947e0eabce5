"""A clock time in a column of its own beside a date (facility key columns.collected_time)."""

from datetime import datetime, timedelta

import pytest

from tests.transforms.parse.delivery import delivered
from transforms.parse.delimited.clock import clock_of

CLOCKS = [
    ("08:15", 8 * 60 + 15),
    ("8:15", 8 * 60 + 15),
    ("8.15", 8 * 60 + 15),
    ("08h15", 8 * 60 + 15),
    ("0815", 8 * 60 + 15),
    ("08:15:00.000", 8 * 60 + 15),
    ("8:15 PM", 20 * 60 + 15),
    ("12:05 am", 5),
    ("24:00", 24 * 60),
    ("1899-12-30 08:15:00", 8 * 60 + 15),  # Excel and Access, of a time alone
    ("08:15 Uhr", 8 * 60 + 15),
    ("24:01", None),
    ("13:00 PM", None),
    ("815", None),
    ("08:60", None),
    ("2024-01-31 08:15", None),
    ("morning", None),
]


@pytest.mark.parametrize(("written", "minutes"), CLOCKS)
def test_a_clock_is_read_in_one_way_or_not_at_all(written, minutes):
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert clock_of(written) == expected


ROWS = (
    "patient_id,collected_at,Taken,code,value\n"
    "A1,2024-01-31,08:15,IGM,1\nA2,2024-01-31,,IGM,2\nA3,2024-01-31 07:00,08:15,IGM,3\n"
    "A4,2024-01-31,soon,IGM,4\nA5,,08:15,IGM,5\n"
)


def test_a_clock_completes_its_date(tmp_path):
    rows = delivered(tmp_path, ROWS, columns={"collected_time": "Taken"})
    assert [(row["patient_id"], row["collected_at"]) for row in rows["observation"]] == [
        ("A1", datetime(2024, 1, 31, 8, 15)),
        ("A2", datetime(2024, 1, 31)),
        ("A3", datetime(2024, 1, 31, 7)),
    ]
    assert [(row["field"], row["reason_code"]) for row in rows["reject"]] == [
        ("collected_time", "time_unreadable"),
        ("collected_at", "collected_at_missing"),
    ]
    assert rows["observation"][0]["collected_at_source_value"] == "2024-01-31 08:15"
