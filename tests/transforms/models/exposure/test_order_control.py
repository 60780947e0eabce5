"""Orders of drugs by ORC-1 (HL7 table 0119) and ORC-5 (0038): what ends one, what takes it back, what
leaves it, and by which of its numbers it is known. Chapter 4; HL7 ex2 faults nw_dc_filler, ua,
word_discontinued, lab_cancel."""

import pytest

from tests.warehouse_in_memory import by_patient, core, patients

NONE = "facility | analyte\n"
HEADER = (
    "message_at | segment | code | statements | placer_order_number | placer_namespace"
    " | filler_order_number | filler_namespace | effective_date | start_date | kind | code_system\n"
)


def drug(
    at: str, statements: str, numbers: str = "R1 | EHR | |", days: str = "| 2024-01-10"
) -> str:
    return f"{at} 10:00:00 | RXE | L04AX03 | {statements} | {numbers} | {days} | medication | ATC\n"


def orc(at: str, statements: str, numbers: str = "R1 | EHR | |", days: str = "|") -> str:
    return f"{at} 12:00:00 | ORC | | {statements} | {numbers} | {days} | medication |\n"


NEW = drug("2024-01-10", "ORC-1 NW")
BOTH = drug("2024-01-10", "ORC-1 NW", "R1 | EHR | F9 | PH")
OPEN = [("2025-01-09", "limit")]  # 365 days after 2024-01-10, through the 29th of February
GONE: list = []
# what was sent -> last day and how it is known
SENT = {
    "new": (NEW, OPEN),
    "cancelled": (NEW + orc("2024-01-11", "ORC-1 CA"), GONE),
    "order cancelled": (NEW + orc("2024-01-11", "ORC-1 OC"), GONE),
    "unable to accept": (NEW + orc("2024-01-11", "ORC-1 UA"), GONE),
    "data errors": (NEW + orc("2024-01-11", "ORC-1 DE"), GONE),
    "status cancelled": (NEW + orc("2024-01-11", "ORC-1 SC;ORC-5 CA"), GONE),
    "discontinued": (NEW + orc("2024-03-01", "ORC-1 DC"), [("2024-03-01", "stated")]),
    "discontinued from a day": (
        NEW + orc("2024-03-01", "ORC-1 DC", days="2024-02-20 |"),
        [("2024-02-20", "stated")],
    ),
    "status discontinued": (
        NEW + orc("2024-03-01", "ORC-1 SC;ORC-5 DC"),
        [("2024-03-01", "stated")],
    ),
    "completed": (NEW + orc("2024-03-01", "ORC-1 SC;ORC-5 CM"), [("2024-03-01", "stated")]),
    # a pharmacy that calls a placed order complete does not say that the drug has ended
    "new and complete": (drug("2024-01-10", "ORC-1 NW;ORC-5 CM"), OPEN),
    "in process": (NEW + orc("2024-03-01", "ORC-1 SC;ORC-5 IP"), OPEN),
    "on hold": (NEW + orc("2024-03-01", "ORC-1 HD"), [("2024-03-01", "stated")]),
    "on hold and released": (
        NEW + orc("2024-03-01", "ORC-1 HD") + orc("2024-03-05", "ORC-1 RL"),
        OPEN,
    ),
    "unable to discontinue": (NEW + orc("2024-03-01", "ORC-1 UD"), OPEN),
    "unable to cancel": (NEW + orc("2024-03-01", "ORC-1 UC"), OPEN),
    "replaced": (
        NEW
        + orc("2024-03-01", "ORC-1 RP")
        + drug("2024-03-01", "ORC-1 RO", "R2 | EHR | |", "| 2024-03-01"),
        # of the new order 365 days after 2024-03-01
        [("2024-03-01", "stated"), ("2025-03-01", "limit")],
    ),
    "stopped by the filler's number": (
        BOTH + drug("2024-03-01", "ORC-1 DC", "| | F9 | PH", "2024-03-01 | 2024-01-10"),
        [("2024-03-01", "stated")],
    ),
    "cancelled by the filler's number": (BOTH + orc("2024-03-01", "ORC-1 CA", "| | F9 | PH"), GONE),
    "another issuer's number": (NEW + orc("2024-03-01", "ORC-1 CA", "R1 | LAB | |"), OPEN),
    "a number without its issuer": (NEW + orc("2024-03-01", "ORC-1 CA", "R1 | | |"), GONE),
    "an unknown word": (drug("2024-03-01", "ORC-1 SC;ORC-5 ZZZ"), GONE),
    "a word that people write": (
        drug("2024-03-01", "ORC-1 SC;ORC-5 DISCONTINUED"),
        [("2024-03-01", "stated")],
    ),
}


@pytest.fixture(scope="module")
def ends():
    rows = patients({name: HEADER + sent for name, (sent, _) in SENT.items()})
    for row in rows:
        row["statements"] = (row["statements"] or "").replace(";", "\n")
        # orders of one number are one patient's: patients() gives laboratory orders their own
    con = core(NONE, exposure=rows)
    query = """
        SELECT s.patient_id, e.end_date::VARCHAR, e.end_known_by
        FROM core.exposure AS e
        INNER JOIN raw.exposure AS s USING (facility, source_sha256, position)
        ORDER BY 2
    """
    return by_patient(con, query)


@pytest.mark.parametrize("name", SENT)
def test_what_becomes_of_an_order(ends, name):
    assert ends[name] == SENT[name][1]
