"""Identifiers of one feed that look alike are listed for a person and never joined."""

from __future__ import annotations

import pytest

from tests.warehouse_in_memory import core, rows

ALIKE = "SELECT patient_id, alike_patient_id FROM core.identifier_alike ORDER BY ALL"


def listed(*ids: str) -> list[tuple[str, str]]:
    lines = "\n".join(f"{number} | {n} | igm | 0.3" for n, number in enumerate(ids))
    con = core("patient_id | message_number | analyte | observation_value\n" + lines)
    assert rows(con, "SELECT count(DISTINCT patient_key) FROM core.patient") == [(len(ids),)]
    return rows(con, ALIKE)


@pytest.mark.parametrize(
    "alike",
    [
        "\u0410123",  # the Cyrillic letter
        "\uff21123",  # full width
        "a123",
        "A\uff11\uff12\uff13",
        "A\u0661\u0662\u0663",  # Arabic digits
        "A-123",
        "A\u2011123",  # a hyphen that does not break
        "AI23",
        "Al23",
    ],
)
def test_what_looks_like_another_identifier_is_listed(alike):
    (pair,) = listed("A123", alike)
    assert sorted(pair) == sorted(["A123", alike])


def test_zero_and_the_letter_o_look_alike():
    assert listed("O10", "010", "O1O") == [("O10", "010"), ("O10", "O1O"), ("O1O", "010")]


@pytest.mark.parametrize("ids", [("A123", "A124"), ("123", "0123"), ("B8", "BB"), ("\u00c4", "A")])
def test_what_merely_resembles_is_not(ids):
    assert listed(*ids) == []


def test_of_another_feed_or_authority_it_is_another_number():
    con = core("""
    facility | assigning_authority | patient_id | analyte | observation_value | message_number
    f        | N                   | A1         | igm     | 0.3               | 1
    g        | N                   | a1         | igm     | 0.3               | 2
    f        | S                   | a1         | igm     | 0.3               | 3
    """)
    assert rows(con, ALIKE) == []


def test_identifiers_that_were_merged_are_one_person_already():
    merge = (
        "retired_assigning_authority | retired_id | surviving_assigning_authority | surviving_id "
        "| merged_at\nNORTH | a1 | NORTH | A1 | 2024-04-01"
    )
    con = core(
        "patient_id | analyte | observation_value\nA1 | igm | 0.3\na1 | igm | 0.4", merge=merge
    )
    assert rows(con, ALIKE) == []
