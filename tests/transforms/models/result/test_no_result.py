"""What is no result, or contradicts itself by its value, its age or its time."""

import pytest

from tests.table import table
from tests.warehouse_in_memory import Drawing, SharedWarehouse, one_patient_each, rows

SHARED = SharedWarehouse()
ENDED = "SELECT disposition, reason_code FROM result.disposition ORDER BY position"

# adults: IgM 0.05 and 0.15 very low, 0.35 low, 1.2 normal, 9 high (both tables: 0.4 to 1.9)
FLAGS = table("""
    observation_value | units | references_range | abnormal_flags | reason_code
    0.05              | g/L   |                  | N              | flag_contradicts_value
    0.15              | g/L   | 0.4-2.3          | N              | flag_contradicts_value
    0.15              | g/L   | 0.1-2.3          | N              |
    0.35              | g/L   |                  | N              |
    0.35              | g/L   |                  | L              |
    0.35              | g/L   |                  | H              | flag_contradicts_value
    0.35              | g/L   |                  | HH             | flag_contradicts_value
    1.2               | g/L   |                  | L              |
    1.2               | g/L   |                  | LL             | flag_contradicts_value
    1.2               | g/L   |                  | HH             | flag_contradicts_value
    9                 | g/L   |                  | LL             | flag_contradicts_value
    9                 | g/L   |                  | low            | flag_contradicts_value
    9                 | g/L   |                  | A~L            | flag_contradicts_value
    9                 | g/L   |                  | H              |
    9                 | g/L   |                  | A              |
    0.35              | g/L   |                  | L~H            | flags_disagree
    0.35              | g/L   |                  | L~LL           |
    1200              | mg/L  |                  | N              |
""")

TYPES = table("""
    value_type | observation_value | disposition | reason_code
    NM         | 0.35              | measured    |
    ST         | 0.35              | measured    |
    SN         | <^0.35            | measured    |
               | 0.35              | measured    |
    NUM        | 0.35              | measured    |
    TM         | 1230              | unusable    | value_type_forbids_number
    DT         | 20240115          | unusable    | value_type_forbids_number
    TS         | 202401150800      | unusable    | value_type_forbids_number
    IS         | 1                 | unusable    | value_type_forbids_number
    ID         | 2                 | unusable    | value_type_forbids_number
    CE         | 0.35              | unusable    | value_type_forbids_number
    CWE        | 0.35              | unusable    | value_type_forbids_number
    ED         | 12                | unusable    | value_type_forbids_number
    rp         | 12                | unusable    | value_type_forbids_number
    IS         | haemolysed        | unusable    | specimen_haemolysed
""")

KINDS = table("""
    observation_type | disposition | reason_code
                     | measured    |
    RSLT             | measured    |
    QST              | unusable    | observation_type_not_result
    SCI              | unusable    | observation_type_not_result
    AOE              | unusable    | observation_type_not_result
""")

TIMES = table("""
    collected_at        | message_at          | birth_date | reason_code
    2024-01-15 08:00:00 | 2024-01-15 12:00:00 | 1980-01-01 |
    2024-01-16 11:00:00 | 2024-01-15 12:00:00 | 1980-01-01 |
    2024-01-16 13:00:00 | 2024-01-15 12:00:00 | 1980-01-01 | collected_at_implausible
    1900-01-01 00:00:00 | 2024-01-15 12:00:00 |            | collected_at_implausible
    1989-12-31 08:00:00 | 2024-01-15 12:00:00 | 1980-01-01 | collected_at_implausible
    1990-01-01 08:00:00 | 2024-01-15 12:00:00 | 1980-01-01 |
    2024-01-15 08:00:00 | 2024-01-15 12:00:00 | 2024-01-16 | collected_before_birth
""")


def drawn(cases: list[dict]) -> Drawing:
    columns = [name for name in cases[0] if name not in ("reason_code", "disposition")]
    cells = (["igm", "1.2", *(case[name] or "" for name in columns)] for case in cases)
    shown = " | ".join(["analyte", "observation_value", *columns])
    if "observation_value" in columns:
        cells = (["igm", *(case[name] or "" for name in columns)] for case in cases)
        shown = " | ".join(["analyte", *columns])
    return SHARED.draw(one_patient_each(shown, cells))


FLAGGED, TYPED, KIND, TIMED = drawn(FLAGS), drawn(TYPES), drawn(KINDS), drawn(TIMES)


@pytest.fixture(scope="module")
def flagged() -> list[tuple]:
    return rows(FLAGGED, ENDED)


@pytest.mark.parametrize("n", range(len(FLAGS)))
def test_a_flag_that_says_the_opposite(flagged, n):
    assert flagged[n][1] == FLAGS[n]["reason_code"]


@pytest.fixture(scope="module")
def typed() -> list[tuple]:
    return rows(TYPED, ENDED)


@pytest.mark.parametrize("n", range(len(TYPES)))
def test_a_value_type_that_holds_no_number(typed, n):
    assert typed[n] == (TYPES[n]["disposition"], TYPES[n]["reason_code"])


TIME_OF_DAY = SHARED.draw("analyte | value_type | observation_value\nigm | TM | 1230")


def test_both_statements_of_a_value_type_are_told():
    told = "SELECT statement_a, field_a, statement_b, field_b FROM core.unusable"
    assert rows(TIME_OF_DAY, told) == [("TM", "OBX-2", "1230", "OBX-5")]


def test_only_a_result_is_a_result():
    assert rows(KIND, ENDED) == [(c["disposition"], c["reason_code"]) for c in KINDS]


def test_times_at_which_nothing_can_have_been_collected():
    assert [reason for _, reason in rows(TIMED, ENDED)] == [c["reason_code"] for c in TIMES]


IGE_RANGES = [
    ("0-100", "kU/L", "2010-06-01", "measured"),  # a boy of 13: Mayo's upper limit is 629
    ("0-87", "kU/L", "2020-01-01", "measured"),
    ("0-114", "kU/L", "2023-10-01", "measured"),  # an infant: 13
    ("0-629", "kU/L", "1980-01-01", "measured"),  # the limit of a child for an adult
    ("0-5", "kU/L", "2010-06-01", "measured"),  # within the tolerance of 13, the lowest
    ("0-0.1", "kU/L", "2010-06-01", "unusable"),
    ("0-100000", "kU/L", "1980-01-01", "unusable"),  # it is in IU/L
]
IGE = {
    tuple(case): SHARED.draw(
        "analyte | observation_value | references_range | units | birth_date\n"
        f"ige | 85 | {' | '.join(case)}"
    )
    for *case, _ in IGE_RANGES
}


@pytest.mark.parametrize(("references_range", "units", "birth_date", "disposition"), IGE_RANGES)
def test_the_printed_range_of_ige_is_one_in_use_at_any_age(
    references_range, units, birth_date, disposition
):
    con = IGE[references_range, units, birth_date]
    assert rows(con, ENDED)[0][0] == disposition
