"""Dates and times as feeds write them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from transforms.parse.delimited.timestamp import TimestampReader

BERLIN = ZoneInfo("Europe/Berlin")

ISO = [
    ("2024-01-31", datetime(2024, 1, 31)),
    ("2024-01-31 08:15", datetime(2024, 1, 31, 8, 15)),
    ("2024-01-31T08:15:30", datetime(2024, 1, 31, 8, 15, 30)),
    ("2024-01-31 08:15:30.250", datetime(2024, 1, 31, 8, 15, 30, 250_000)),
    ("2024-01-31T08:15:30.1234567", datetime(2024, 1, 31, 8, 15, 30, 123_456)),
    ("20240131", datetime(2024, 1, 31)),
    ("202401310815", datetime(2024, 1, 31, 8, 15)),
    ("20240131081530", datetime(2024, 1, 31, 8, 15, 30)),
    ("2024-02-29", datetime(2024, 2, 29)),
    # with an offset: the facility's own time, summer and winter
    ("2024-01-31T08:15:30Z", datetime(2024, 1, 31, 9, 15, 30)),
    ("2024-07-31T08:15:30Z", datetime(2024, 7, 31, 10, 15, 30)),
    ("2024-07-31T23:15+00:00", datetime(2024, 8, 1, 1, 15)),
    ("2024-07-31 08:15:30.5-0500", datetime(2024, 7, 31, 15, 15, 30, 500_000)),
    ("2024-07-31T08:15:30 +02", datetime(2024, 7, 31, 8, 15, 30)),
    # an hour that two offsets share, and the hour that summer time skips
    ("2024-10-27T00:30:00Z", datetime(2024, 10, 27, 2, 30)),
    ("2024-10-27T01:30:00Z", datetime(2024, 10, 27, 2, 30)),
    ("2024-03-31T01:00:00Z", datetime(2024, 3, 31, 3, 0)),
]
UNREADABLE = [
    "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-00", "2024-01-31 24:00",
    "2024-01-31 08:60", "2024-01-31T08:15:61", "31.01.2024", "01/31/2024", "2024", "2024-01",
    "0202-01-31", "20240230", "yesterday", "2024-01-31 08:15 pm", "2024-01-31x", "1706688000",
]  # fmt: skip
ABSENT = ["NULL", "0000-00-00", "0000-00-00 00:00:00", "0001-01-01T00:00:00", "n/a", "-"]
STATED = [
    ("%d.%m.%Y %H:%M", "31.01.2024 08:15", datetime(2024, 1, 31, 8, 15)),
    ("%d.%m.%Y %H:%M", "31.01.2024", datetime(2024, 1, 31)),
    ("%d.%m.%Y", "31.01.2024 08:15:30", datetime(2024, 1, 31, 8, 15, 30)),
    ("%d.%m.%Y", "1.2.2024", datetime(2024, 2, 1)),
    ("%d.%m.%Y", "2024-01-31 08:15", datetime(2024, 1, 31, 8, 15)),
    ("%d.%m.%Y", "30.02.2024", None),
    ("%d/%m/%Y", "01/02/2024", datetime(2024, 2, 1)),
    ("%m/%d/%Y", "01/02/2024", datetime(2024, 1, 2)),
    ("%m/%d/%Y", "31/01/2024", None),
    ("%m/%d/%Y %I:%M %p", "1/2/2024 8:15 PM", datetime(2024, 1, 2, 20, 15)),
    ("%d-%b-%Y", "31-Jan-2024", datetime(2024, 1, 31)),
    ("%d.%m.%y", "31.01.24", datetime(2024, 1, 31)),
    ("%Y-%d-%m", "2024-31-01", datetime(2024, 1, 31)),
    ("%Y-%d-%m", "2024-01-31", None),  # ISO is not tried where the order is stated otherwise
    ("%d%m%Y", "20121112", None),
    ("%Y%m%d%H%M%z", "202407310815+0000", datetime(2024, 7, 31, 10, 15)),
]


def read(text: list[str | None], date_format: str | None = None) -> list[datetime | None]:
    return TimestampReader(date_format, BERLIN).times(pa.array(text, pa.string()))


@pytest.mark.parametrize(("text", "time"), ISO)
def test_iso_8601_alone_and_in_company(text, time):
    assert read([text]).values.to_pylist() == [time]
    mixed = read([None, text, "2024-01-31", "never", text])
    assert mixed.values.to_pylist() == [None, time, datetime(2024, 1, 31), None, time]
    assert mixed.is_unreadable.tolist() == [False, False, False, True, False]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_time_is_unreadable(text):
    found = read([text, "2024-01-31"])
    assert found.values.to_pylist() == [None, datetime(2024, 1, 31)]
    assert found.is_unreadable.tolist() == [True, False]


@pytest.mark.parametrize("text", ABSENT)
def test_a_word_for_none_is_no_time_and_no_fault(text):
    found = read([text])
    assert (found.values.to_pylist(), found.is_unreadable.tolist()) == ([None], [False])


@pytest.mark.parametrize(("date_format", "text", "time"), STATED)
def test_a_stated_format(date_format, text, time):
    found = read([text], date_format)
    assert found.values.to_pylist() == [time]
    assert found.is_unreadable.tolist() == [time is None]


def test_births_are_dates_as_written():
    births = TimestampReader(None, BERLIN).dates(
        pa.array(["1987-03-04", "1987-03-04T23:30:00Z", "1987", None])
    )
    assert births.values.to_pylist() == [date(1987, 3, 4), date(1987, 3, 4), None, None]


def test_nobody_is_born_after_the_delivery():
    reader = TimestampReader("%d.%m.%y", BERLIN)
    births = reader.dates(pa.array(["04.03.68", "04.03.24", "31.12.24"]), date(2024, 5, 1))
    assert births.values.to_pylist() == [date(1968, 3, 4), date(2024, 3, 4), date(1924, 12, 31)]


def test_a_slice_of_a_column_is_read_from_its_own_place():
    text = pa.array(["2024-01-01", "x", "2024-01-02 10:00", "2024-01-03T10:00Z"]).slice(2)
    found = TimestampReader(None, BERLIN).times(text)
    assert found.values.to_pylist() == [datetime(2024, 1, 2, 10), datetime(2024, 1, 3, 11)]
