"""How long an exposure lasts, and how its end is known: rules 2026.2, 3b. Days counted by hand."""

import pytest

from tests.warehouse_in_memory import by_patient, core, patients

NONE = "facility | analyte\n"
# what was sent -> last day, and how it is known
IN_A_FILE = {
    # an administration ends on its day, a supply and a duration with their last day
    "medication | administered | 2024-03-01 | | | | |": ("2024-03-01", "day"),
    "medication | dispensed | 2024-03-01 | | 30 | | |": ("2024-03-30", "supply"),
    "medication | ordered | 2024-03-01 | | | 14 | |": ("2024-03-14", "duration"),
    "medication | ordered | 2024-03-01 | 2024-03-07 | 30 | 14 | |": ("2024-03-07", "stated"),
    # with no end at all, a year after its last mention: its start, since 2025 has 365 days
    "medication | ordered | 2024-03-01 | | | | |": ("2025-03-01", "limit"),
    "medication | | 2010-03-01 | | | | |": ("2011-03-01", "limit"),
    # who says that it goes on mentions it on the day of the delivery, 2024-05-01
    "medication | ordered | 2015-01-01 | 9999-12-31 | | | |": ("2025-05-01", "filler"),
    "medication | ordered | 2015-01-01 | 2999-12-31 | | | |": ("2025-05-01", "filler"),
    "medication | listed | 2015-01-01 | | | | |": ("2025-05-01", "limit"),
    "medication | ordered | 2015-01-01 | | | | status Active |": ("2025-05-01", "limit"),
    # an end before the start, or one that cannot be read, is none
    "medication | ordered | 2024-03-01 | 2023-03-01 | | | |": ("2025-03-01", "limit"),
    "medication | ordered | 2024-03-01 | | | | | unread": ("2025-03-01", "limit"),
    # stopped on a day that is not said: by the delivery at the latest
    "medication | ordered | 2024-03-01 | | | | status Stopped |": ("2024-05-01", "stated"),
    "procedure | | 2024-03-01 | | | | |": ("2024-03-01", "day"),
    "diagnosis | | 2024-03-01 | | | | |": (None, None),
    # no day at all: a drug was known by its delivery, a diagnosis is open
    "medication | dispensed | | | 30 | | |": ("2025-05-01", "limit"),
    "diagnosis | | | | | | |": (None, None),
    "diagnosis | | 2024-03-01 | 2024-04-01 | | | |": ("2024-04-01", "stated"),
}
CODE = {
    "medication": "L01FA01 | ATC",
    "procedure": "36514 | CPT",
    "diagnosis": "C91.1 | ICD-10",
}
HEADER = (
    "kind | event_kind | start_date | end_date | days_supply | duration_days | statements"
    " | end_date_precision | code | code_system | message_number | message_at\n"
)


@pytest.fixture(scope="module")
def ends():
    """Number of the case -> last day and how it is known."""
    sent = {
        str(n): f"{HEADER}{case} | {CODE[case.split()[0]]} | | 2024-05-01 10:00:00"
        for n, case in enumerate(IN_A_FILE)
    }
    con = core(NONE, exposure=patients(sent))
    query = """
        SELECT s.patient_id, e.end_date::VARCHAR, e.end_known_by
        FROM core.exposure AS e
        INNER JOIN raw.exposure AS s USING (facility, source_sha256, position)
    """
    return by_patient(con, query)


@pytest.mark.parametrize("number", range(len(IN_A_FILE)), ids=list(IN_A_FILE))
def test_the_last_day_and_how_it_is_known(ends, number):
    assert ends[str(number)] == [list(IN_A_FILE.values())[number]]
