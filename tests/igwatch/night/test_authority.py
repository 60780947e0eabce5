"""A patient's key: authority (universal id, namespace, sender), class of types, number."""

from __future__ import annotations

import hashlib

import pytest

from tests.warehouse_in_memory import core, rows

COLUMNS = (
    "facility | assigning_authority | assigning_authority_universal_id | assigning_facility"
    " | identifier_type_code | patient_id | analyte | observation_value | message_number | collected_at"
)


def persons(*sent: str, **others: str) -> list[tuple[str, list[int]]]:
    """The persons of results sent so: published authority and the numbers of their results.

    Each result is: facility authority universal-id sender type number; `-` is not stated.
    """
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
    con = core("\n".join([COLUMNS, *lines]), **others)
    return rows(
        con,
        "SELECT any_value(assigning_authority), list(message_number ORDER BY message_number) "
        "FROM core.measurement GROUP BY patient_key ORDER BY 2",
    )


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        # what an ordinary feed sends keeps the label that it always had
        (["f N - - MR 1", "f N - - MR 2"], [("N", [0]), ("N", [1])]),
        (["f N 1.2 - MR 1", "f N 1.2 - MR 1"], [("N", [0, 1])]),
        (["f N - - - 1", "f N - - PI 1", "f N - - MR 1"], [("N", [0, 1, 2])]),
        (["f f - LAB - 1", "f f - LAB - 1"], [("f", [0, 1])]),
        (["f N - - NH 1"], [("N", [0])]),
        (["f 1.2 1.2 - MR 1"], [("1.2", [0])]),
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
    ],
    ids=str,
)
def test_who_is_one_person(sent, found):
    assert persons(*sent) == found


def test_the_key_of_an_ordinary_feed_is_made_of_namespace_and_number():
    con = core("analyte | observation_value\nigm | 0.3")
    key = hashlib.sha256(b"NORTH\x1fann").hexdigest()[:16]
    assert rows(con, "SELECT patient_key FROM core.patient") == [(key,)]


MERGE = (
    "event | facility | retired_assigning_authority | retired_id | surviving_assigning_authority"
    " | surviving_id | assigning_authority_universal_id | identifier_type_code | merged_at\n"
)


@pytest.mark.parametrize(
    ("merge", "found"),
    [
        ("A40 | f | N | 1 | N | 2 | 1.2 | MR | 2024-05-01", [[0, 2], [1]]),
        ("A40 | f | N | 1 | N | 2 | 9.9 | MR | 2024-05-01", [[0], [1], [2]]),
        # as a person lists it, by the labels that are published
        ("csv | f | N&9.9 | 1 | N | 2 | | | 2024-05-01", [[0], [1, 2]]),
    ],
)
def test_a_merge_joins_the_numbers_of_its_own_authority(merge, found):
    sent = ("f N 1.2 - MR 1", "f N 9.9 - MR 1", "f N 1.2 - MR 2")
    assert [numbers for _, numbers in persons(*sent, merge=MERGE + merge)] == found


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
