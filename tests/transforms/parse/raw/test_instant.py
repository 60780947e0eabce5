"""The moment a time means: its offset, its exactness, the hours that a zone repeats or leaves out.

Expected by hand from the rules of Europe/London: summer time ended on 2024-10-27 at 01:00 UTC, when
02:00 became 01:00, and began on 2024-03-31 at 01:00 UTC, when 01:00 became 02:00.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from transforms.parse.delimited.timestamp import TimestampReader
from transforms.parse.hl7.timestamp import sent_at

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = 3600, 86400
MOMENTS = [
    ("20240115120000", "2024-01-15 12:00:00", 1),
    ("202401151200", "2024-01-15 12:00:00", 60),
    ("2024011512", "2024-01-15 12:00:00", HOUR),
    ("20240715", "2024-07-14 23:00:00", DAY),
    ("20240715120000.25", "2024-07-15 11:00:00.25", 0),
    ("20240715120000-0500", "2024-07-15 17:00:00", 1),
    ("20240715120000.5Z", "2024-07-15 12:00:00.5", 0),
    # the repeated hour: stated, it is one of two; not stated, it is uncertain by an hour
    ("20241027015000+0100", "2024-10-27 00:50:00", 1),
    ("20241027011000+0000", "2024-10-27 01:10:00", 1),
    ("20241027013000", "2024-10-27 00:30:00", HOUR + 1),
    ("2024102701", "2024-10-27 00:00:00", 2 * HOUR),
    ("20241027", "2024-10-26 23:00:00", 25 * HOUR),
    # the hour left out, by a clock that was not put forward, or too early
    ("20240331013000", "2024-03-31 00:30:00", HOUR + 1),
    # no local time, and yet after the year before
    ("202407", "2024-06-30 23:00:00", 31 * DAY),
    ("2024", "2024-01-01 00:00:00", 366 * DAY),
    # the last day that a calendar holds ends in a year that it does not
    ("99991231", "9999-12-31 00:00:00", DAY),
    ("yesterday", None, 0),
    (None, None, 0),
]


@pytest.mark.parametrize(("text", "first", "span"), MOMENTS)
def test_the_moment_of_msh_7(text, first, span):
    # beside another, so that texts of one kind are read together
    sent = sent_at(pa.array([text, "20240101000000"], pa.string()), LONDON)
    assert (sent.utc[0].item(), sent.span_seconds[0]) == (moment(first), span)


@pytest.mark.parametrize(
    ("texts", "date_format"),
    [
        (["2024-10-27 01:30", "2024-07-15", "2024-01-15 12:00:00", None], None),
        (["27.10.2024 01:30", "15.07.2024", "15.01.2024 12:00:00", None], "%d.%m.%Y"),
        (["202410270130", "20240715", "20240115120000", None], None),
    ],
)
def test_the_moment_of_a_cell(texts, date_format):
    assert moments(texts, date_format) == [
        (moment("2024-10-27 00:30:00"), HOUR + 60),
        (moment("2024-07-14 23:00:00"), DAY),
        (moment("2024-01-15 12:00:00"), 1),
        (None, 0),
    ]


def test_the_moment_of_a_cell_that_states_its_offset():
    stated = ["2024-10-27T01:50:00+01:00", "2024-10-27T01:10Z", "2024-10-27T01:10:00.5+0000"]
    assert moments(stated, None) == [
        (moment("2024-10-27 00:50:00"), 1),
        (moment("2024-10-27 01:10:00"), 60),
        (moment("2024-10-27 01:10:00.5"), 0),
    ]
    assert moments(["202410270150+0100"], "%Y%m%d%H%M%z") == [(moment("2024-10-27 00:50:00"), 60)]


def moments(texts: list[str | None], date_format: str | None) -> list[tuple[datetime | None, int]]:
    reader, column = TimestampReader(date_format, LONDON), pa.array(texts, pa.string())
    found = reader.instants(column, reader.times(column))
    return [
        (utc.item(), int(span)) for utc, span in zip(found.utc, found.span_seconds, strict=True)
    ]


def moment(text: str | None) -> datetime | None:
    return np.datetime64(text, "us").item() if text else None
