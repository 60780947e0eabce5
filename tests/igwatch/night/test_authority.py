"""A patient's key: authority (universal id, namespace, sender), class of types, number."""

from __future__ import annotations

import hashlib
import re

import pytest

from tests.table import table
from tests.warehouse_in_memory import core, rows

COLUMNS = (
    "facility | assigning_authority | assigning_authority_universal_id | assigning_facility"
    " | identifier_type_code | patient_id | analyte | observation_value | message_number | collected_at"
)
OF_CASE = re.compile("facility|.*assigning_authority|assigning_authority_universal_id")
MERGE = (
    "event | facility | retired_assigning_authority | retired_id | surviving_assigning_authority"
    " | surviving_id | assigning_authority_universal_id | identifier_type_code | merged_at\n"
)
PERSONS = (
    "SELECT split_part(any_value(facility), '#', 2)::INTEGER, any_value(assigning_authority), "
    "list(message_number ORDER BY message_number) "
    "FROM core.measurement GROUP BY patient_key ORDER BY 3"
)

# Each result is: facility authority universal-id sender type number; `-` is not stated.
# what an ordinary feed sends keeps the label that it always had
ORDINARY = [
    (["f N - - MR 1", "f N - - MR 2"], [("N", [0]), ("N", [1])]),
    (["f N 1.2 - MR 1", "f N 1.2 - MR 1"], [("N", [0, 1])]),
    (["f N - - - 1", "f N - - PI 1", "f N - - MR 1"], [("N", [0, 1, 2])]),
    (["f f - LAB - 1", "f f - LAB - 1"], [("f", [0, 1])]),
    (["f N - - NH 1"], [("N", [0])]),
    (["f 1.2 1.2 - MR 1"], [("1.2", [0])]),
]
CASES = [
    # one universal id of a namespace: the same authority with or without it
    (["f N 1.2 - MR 1", "f N - - MR 1"], [("N", [0, 1])]),
    (["f N 1.2 - MR 1", "g N - - MR 1"], [("N", [0, 1])]),
    (["f N 1.2 - MR 1", "f N urn:oid:1.2 - MR 1"], [("N", [0, 1])]),
    # two: not the same, and without it neither
    (["f N 1.2 - MR 1", "f N 9.9 - MR 1"], [("N&1.2", [0]), ("N&9.9", [1])]),
    (
        ["f N 1.2 - MR 1", "f N 9.9 - MR 1", "f N - - MR 1"],
        [("N&1.2", [0]), ("N&9.9", [1]), ("N", [2])],
    ),
    (["f N 1.2 - MR 1", "g N 9.9 - MR 1"], [("N&1.2", [0]), ("N&9.9", [1])]),
    # a number that only one of the two has keeps its key
    (["f N 1.2 - MR 1", "f N 9.9 - MR 2"], [("N", [0]), ("N", [1])]),
    # a feed that knows one universal id is not confused by another feed's
    (
        ["f N 1.2 - MR 1", "f N - - MR 1", "g N 9.9 - MR 1"],
        [("N&1.2", [0, 1]), ("N&9.9", [2])],
    ),
    # a universal id is the authority whatever its namespace
    (["f N 1.2 - MR 1", "g M 1.2 - MR 1", "g 1.2 1.2 - MR 1"], [("M", [0, 1, 2])]),
    # classes of types
    (["f N - - MR 1", "f N - - AN 1"], [("N", [0]), ("N^AN", [1])]),
    (["f N - - MR 1", "f N - - NH 1"], [("N", [0]), ("N^NH", [1])]),
    (["f N - - NI 1", "f N - - NH 1"], [("N^NI", [0]), ("N^NH", [1])]),
    (["f N - - NH 1", "f N - - - 1"], [("N", [0, 1])]),
    (["f N - - NH 1", "g N - - - 1"], [("N", [0, 1])]),
    (["f N - - NH 1", "f N - - MR 1", "f N - - - 1"], [("N^NH", [0]), ("N", [1, 2])]),
    (["f N - - NHS 1", "f N - - NH 1"], [("N", [0, 1])]),
    (["f N - - OURS 1", "f N - - MR 1"], [("N^OURS", [0]), ("N", [1])]),
    # numbers without an authority are their sender's
    (["f f - LAB - 1", "f f - WARD - 1"], [("f&LAB", [0]), ("f&WARD", [1])]),
    (["f f - LAB - 1", "f f - WARD - 2"], [("f", [0]), ("f", [1])]),
    (["f f - LAB - 1", "f f - - - 1"], [("f", [0, 1])]),
    (["f f - LAB - 1", "g g - LAB - 1"], [("f", [0]), ("g", [1])]),
    # both at once
    (
        ["f N 1.2 - MR 1", "f N 1.2 - NH 1", "f N 9.9 - MR 1"],
        [("N&1.2", [0]), ("N&1.2^NH", [1]), ("N&9.9", [2])],
    ),
]
THREE = ["f N 1.2 - MR 1", "f N 9.9 - MR 1", "f N 1.2 - MR 2"]
MERGES = [
    ("A40 | f | N | 1 | N | 2 | 1.2 | MR | 2024-05-01", [[0, 2], [1]]),
    ("A40 | f | N | 1 | N | 2 | 9.9 | MR | 2024-05-01", [[0], [1], [2]]),
    # as a person lists it, by the labels that are published
    ("csv | f | N&9.9 | 1 | N | 2 | | | 2024-05-01", [[0], [1, 2]]),
]


def results(sent: list[str]) -> str:
    """The results sent so, numbered and a month apart."""
    lines = [
        " | ".join(
            [
                *(cell.replace("-", "") for cell in line.split()),
                "igm",
                "0.3",
                str(number),
                f"2024-0{number + 1}-01",
            ]
        )
        for number, line in enumerate(sent)
    ]
    return "\n".join([COLUMNS, *lines])


def owned(case: int, text: str) -> list[dict]:
    """The rows of a case: its facilities, authorities and universal ids are no other case's."""
    return [
        {
            name: _named(case, cell) if OF_CASE.fullmatch(name) else cell
            for name, cell in row.items()
        }
        for row in table(text)
    ]


def _named(case: int, cell: str | None) -> str | None:
    return cell and "&".join(f"{name}#{case}" for name in cell.split("&"))


def persons(*cases: tuple[list[str], str]) -> list[list[tuple[str, list[int]]]]:
    """Of each case, results and merges: published authority and numbers of results by person."""
    con = core(
        [row for case, (sent, _) in enumerate(cases) for row in owned(case, results(sent))],
        merge=[row for case, (_, merge) in enumerate(cases) for row in owned(case, MERGE + merge)],
    )
    found: list = [[] for _ in cases]
    for case, label, numbers in rows(con, PERSONS):
        found[case].append((label.replace(f"#{case}", ""), numbers))
    return found


@pytest.fixture(scope="module")
def ordinary():
    sent = [(lines, "") for lines, _ in ORDINARY]
    return dict(zip(map(str, sent), persons(*sent), strict=True))


@pytest.fixture(scope="module")
def others():
    sent = [(lines, "") for lines, _ in CASES] + [(THREE, merge) for merge, _ in MERGES]
    return dict(zip(map(str, sent), persons(*sent), strict=True))


@pytest.mark.parametrize(("sent", "found"), ORDINARY, ids=str)
def test_an_ordinary_feed(ordinary, sent, found):
    assert ordinary[str((sent, ""))] == found


@pytest.mark.parametrize(("sent", "found"), CASES, ids=str)
def test_who_is_one_person(others, sent, found):
    assert others[str((sent, ""))] == found


@pytest.mark.parametrize(("merge", "found"), MERGES)
def test_a_merge_joins_the_numbers_of_its_own_authority(others, merge, found):
    assert [numbers for _, numbers in others[str((THREE, merge))]] == found


def test_the_key_of_an_ordinary_feed_is_made_of_namespace_and_number():
    con = core("analyte | observation_value\nigm | 0.3")
    key = hashlib.sha256(b"NORTH\x1fann").hexdigest()[:16]
    assert rows(con, "SELECT patient_key FROM core.patient") == [(key,)]


def test_adt_and_exposures_reach_the_person_of_their_authority():
    sent = "f | N | {} | MR | 1"
    con = core(
        f"{COLUMNS}\nf | N | 1.2 | | MR | 1 | igm | 0.3 | 1 | 2024-01-01\n"
        "f | N | 9.9 | | MR | 1 | igm | 0.4 | 2 | 2024-02-01",
        patient="event | facility | assigning_authority | assigning_authority_universal_id "
        "| identifier_type_code | patient_id | birth_date | message_at\n"
        + "A08 | "
        + sent.format("9.9")
        + " | 1977-07-07 | 2025-01-01 00:00:00",
        exposure="facility | assigning_authority | assigning_authority_universal_id "
        "| identifier_type_code | patient_id | kind | code | code_system\n"
        + sent.format("9.9")
        + " | diagnosis | B20 | ICD-10",
    )
    assert rows(
        con,
        "SELECT p.assigning_authority, p.birth_date::VARCHAR, count(e.patient_key) "
        "FROM core.patient AS p LEFT JOIN core.exposure AS e USING (patient_key) "
        "GROUP BY ALL ORDER BY 1",
    ) == [("N&1.2", "1989-01-05", 0), ("N&9.9", "1977-07-07", 1)]
