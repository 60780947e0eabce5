"""Doses that were given: facts, which only an update or a deletion of themselves undoes; and doses that
were not given. HL7 v2 chapter 4A (RXA-6, -9, -20, -21); faults ras_zero and those across midnight."""

import pytest

from tests.warehouse_in_memory import by_patient, core, patients

NONE = "facility | analyte\n"
HEADER = (
    "message_number | message_at | start_date | amount | statements | placer_order_number"
    " | administration_number | segment | kind | event_kind | code | code_system\n"
)


def dose(
    number: int, at: str, day: str, statements: str = "RXA-20 CP;RXA-21 A", amount: str = "500",
    order: str = "R1", given: str = "0/1",
) -> str:  # fmt: skip
    rest = "RXA | medication | administered | L01FA01 | ATC"
    return f"{number} | {at} | {day} | {amount} | {statements} | {order} | {given} | {rest}\n"


GIVEN = dose(1, "2024-01-10 23:40:00", "2024-01-10")
ON_THE_DAY = [("2024-01-10", "2024-01-10", "day")]
SENT = {
    "given": (GIVEN, ON_THE_DAY),
    "nothing": (dose(1, "2024-01-10 10:00:00", "2024-01-10", amount="0"), []),
    "nothing with a comma": (dose(1, "2024-01-10 10:00:00", "2024-01-10", amount="0,0"), []),
    "half a milligram": (dose(1, "2024-01-10 10:00:00", "2024-01-10", amount="0.5"), ON_THE_DAY),
    "refused": (dose(1, "2024-01-10 10:00:00", "2024-01-10", "RXA-20 RE"), []),
    "not administered": (dose(1, "2024-01-10 10:00:00", "2024-01-10", "RXA-20 NA"), []),
    "partly": (dose(1, "2024-01-10 10:00:00", "2024-01-10", "RXA-20 PA"), ON_THE_DAY),
    "deleted": (GIVEN + dose(2, "2024-01-11 00:20:00", "2024-01-10", "RXA-21 D"), []),
    "deleted across midnight": (
        GIVEN + dose(2, "2024-01-11 00:20:00", "2024-01-11", "RXA-21 D"),
        [],
    ),
    "updated across midnight": (
        GIVEN + dose(2, "2024-01-11 00:20:00", "2024-01-11", "RXA-20 CP;RXA-21 U"),
        [("2024-01-11", "2024-01-11", "day")],
    ),
    "updated to nothing": (
        GIVEN + dose(2, "2024-01-11 00:20:00", "2024-01-10", "RXA-20 NA;RXA-21 U"),
        [],
    ),
    "an update sent twice": (
        GIVEN + dose(2, "2024-01-11 00:20:00", "2024-01-11", "RXA-21 U") * 2,
        [("2024-01-11", "2024-01-11", "day")],
    ),
    "two doses under one number": (
        GIVEN + dose(2, "2024-02-10 10:00:00", "2024-02-10"),
        [("2024-01-10", "2024-01-10", "day"), ("2024-02-10", "2024-02-10", "day")],
    ),
    "another dose deleted": (
        GIVEN + dose(2, "2024-02-10 10:00:00", "2024-02-10", "RXA-21 D"),
        ON_THE_DAY,
    ),
    "its order cancelled": (
        GIVEN + "2 | 2024-01-12 10:00:00 | | | ORC-1 CA | R1 | | ORC | medication | | |\n",
        ON_THE_DAY,
    ),
    # told in 2024 of a day in 2010: over since then
    "historical": (
        dose(1, "2024-01-10 10:00:00", "2010-03-01", "RXA-9 01;RXA-20 CP"),
        [("2010-03-01", "2010-03-01", "day")],
    ),
    # some day before the message
    "historical without a day": (
        dose(1, "2024-01-10 10:00:00", "", "RXA-9 01"),
        [(None, "2024-01-10", "day")],
    ),
}


@pytest.fixture(scope="module")
def found():
    rows = patients({name: HEADER + sent for name, (sent, _) in SENT.items()})
    for row in rows:
        row["statements"] = (row["statements"] or "").replace(";", "\n")
    con = core(NONE, exposure=rows)
    query = """
        SELECT s.patient_id, e.start_date::VARCHAR, e.end_date::VARCHAR, e.end_known_by
        FROM core.exposure AS e
        INNER JOIN raw.exposure AS s USING (facility, source_sha256, position)
        ORDER BY ALL
    """
    return by_patient(con, query)


@pytest.mark.parametrize("name", SENT)
def test_which_doses_were_given_and_when(found, name):
    assert found[name] == SENT[name][1]
