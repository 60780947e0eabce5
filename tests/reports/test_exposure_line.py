"""An exposure in words: its start, its end, and how that is known."""

from datetime import date

import pytest

from reports.exposure_line import bearing, span, told
from tests.table import table

AS_OF = date(2024, 3, 10)
DAYS = ("start_date", "end_date", "mentioned_on", "active_until")
ROW = {
    "event_kind": "ordered",
    "start_date_precision": None,
    "end_date_precision": None,
    "mentioned_on": None,
    "active_until": None,
}
EXPOSURES = """
event_kind   | start_date | precision | end_date   | end_known_by | mentioned_on | active_until | told
ordered      | 2010-03-01 |           | 2011-03-01 | limit        | 2010-03-01   | 2011-03-01   | ordered, from 2010-03-01, in force to 2011-03-01: a year after its last mention
ordered      | 2010-03-01 |           | 2012-06-01 | limit        | 2011-06-02   | 2014-06-01   | ordered, from 2010-03-01, in force to 2012-06-01: a year after its last mention, counts to 2014-06-01
dispensed    | 2024-03-01 | day       | 2024-03-30 | supply       | 2024-03-01   | 2024-03-30   | dispensed, from 2024-03-01, ends 2024-03-30: its supply of 30 days
dispensed    | 2024-02-01 | day       | 2024-02-07 | duration     | 2024-02-01   | 2024-02-07   | dispensed, from 2024-02-01, ended 2024-02-07: its stated duration of 7 days
administered | 2023-09-01 | day       | 2023-09-01 | day          | 2023-09-01   | 2025-08-31   | given on 2023-09-01, counts to 2025-08-31
administered | 2023-09-01 |           | 2023-09-01 | day          | 2023-09-01   |              | given on 2023-09-01, and counts from then on
ordered      | 2015-01-01 |           | 2025-01-01 | filler       | 2024-01-02   | 2025-01-01   | ordered, from 2015-01-01, in force to 2025-01-01: the sender says that it goes on, by an end far ahead; a year after its last mention
listed       | 2019-01-01 | year      |            |              |              |              | listed, from 2019, no end stated
listed       | 2019-04-01 | month     | 2020-01-01 | stated       | 2019-04-01   | 2020-01-01   | listed, from 2019-04, ended 2020-01-01: stated
listed       | 2024-01-10 | message   | 2024-07-08 | limit        | 2024-01-10   | 2024-07-08   | listed, from 2024-01-10 (the day of the message: none was sent), in force to 2024-07-08: 180 days after its last mention
listed       |            |           |            |              |              |              | listed, from a day that is not stated, no end stated
"""


@pytest.mark.parametrize("drawn", table(EXPOSURES), ids=lambda drawn: drawn["told"][:40])
def test_an_exposure_says_how_its_end_is_known(drawn):
    days = {name: drawn[name] and date.fromisoformat(drawn[name]) for name in DAYS}
    row = {**ROW, **drawn, **days, "start_date_precision": drawn["precision"]}
    assert told(row, AS_OF) == drawn["told"]


def test_an_end_that_cannot_be_read_is_said():
    row = {**ROW, "event_kind": "listed", "start_date": date(2020, 1, 1), "end_date": None}
    row |= {"end_known_by": None, "end_date_precision": "unread"}
    assert told(row, AS_OF).endswith("no end stated; the end that was sent cannot be read")


@pytest.mark.parametrize(
    ("effect", "said", "words"),
    [
        ("suspected", "suspected", "suspected cause"),
        ("suspected", "history", "suspected cause, a history"),
        ("acute_illness", "suspected", "acute illness, suspected"),
        ("definite", "confirmed", "secondary cause"),
        ("definite", None, "secondary cause"),
        ("note", None, "may explain the IgM"),
    ],
)
def test_what_is_not_confirmed_is_said_once(effect, said, words):
    assert bearing({"effect": effect, "certainty": said, "raises_igm": True}) == words


@pytest.mark.parametrize(
    ("days", "words"), [(365, "a year"), (730, "2 years"), (180, "180 days"), (0, "0 days")]
)
def test_a_span_of_days(days, words):
    assert span(days) == words
