"""Codes: LOINC check digits, what is accepted, and what must never be."""

from __future__ import annotations

import calendar
import re

import pytest

from tests.table import table


def check_digit(number: str) -> int:
    """LOINC's mod-10 (Luhn) digit of the part before the hyphen."""
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(number))]
    return -sum(d // 10 + d % 10 for d in doubled) % 10


def test_the_check_digit_of_a_code_read_at_its_publisher():
    assert [check_digit(n) for n in ("2465", "2458", "2472", "19113")] == [3, 8, 9, 0]


def test_every_loinc_code_carries_its_check_digit(rows):
    for row in rows["code"]:
        if row["code_system"] == "LN":
            number, digit = row["code"].split("-")
            assert check_digit(number) == int(digit), row["code"]


CASES = table("""
    code     | decision   | analyte | series          | reason_code               | what it is
    2465-3   | accept     | igg     | total           |                           | IgG serum
    2458-8   | accept     | iga     | total           |                           | IgA serum
    2472-9   | accept     | igm     | total           |                           | IgM serum
    19113-0  | accept     | ige     | total           |                           | IgE units
    2462-0   | accept     | ige     | total           |                           | IgE mass
    2460-4   | accept     | igd     | total           |                           | IgD
    2466-1   | accept     | igg1    | total           |                           | subclass
    2469-5   | accept     | igg4    | total           |                           | subclass
    76491-0  | accept     | igm     | total           |                           | IgM moles
    55925-2  | own_series | igm     | electrophoresis |                           | IgM by SPE
    34550-4  | panel      |         |                 | panel_code                | Ig panel
    2471-1   | reject     |         |                 | not_serum_csf             | IgM in CSF
    2470-3   | reject     |         |                 | ratio_or_index            | CSF ratio
    25445-8  | reject     |         |                 | not_serum_urine           | in a range
    54901-4  | reject     |         |                 | not_serum_other_fluid     | in a range
    14002-0  | reject     |         |                 | cord_blood                | cord IgM
    109528-0 | reject     |         |                 | cord_blood                | cord IgM order
    44602-1  | reject     |         |                 | monoclonal_or_light_chain | in a range
    36916-5  | reject     |         |                 | monoclonal_or_light_chain | free kappa
    30325-5  | reject     |         |                 | antibody_to_antigen       | CMV IgM
    11572-5  | reject     |         |                 | antibody_to_antigen       | RF
    24434-3  | reject     |         |                 | animal                    | dog
    18299-8  | hold       |         |                 | specimen_unknown_to_us    | not confirmed
    1746-7   |            |         |                 |                           | CSF albumin
""")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["code"])
def test_what_becomes_of_a_code(rows, case):
    found = [r for r in rows["code"] if (r["code_system"], r["code"]) == ("LN", case["code"])]
    if case["decision"] is None:
        assert found == []
        return
    expected = {k: case[k] for k in ("decision", "analyte", "series", "reason_code")}
    assert {k: found[0][k] for k in expected} == expected


def test_only_what_is_accepted_has_an_analyte_and_only_the_rest_a_reason(rows):
    analytes = {row["analyte"] for row in rows["analyte"]}
    for row in rows["code"]:
        taken = row["decision"] in ("accept", "own_series")
        assert (row["analyte"] in analytes) == taken, row
        assert (row["series"] is not None) == taken, row
        assert (row["reason_code"] is None) == taken, row
        assert not taken or row["specimen_class"] == "serum", row


def test_every_analyte_has_a_code(rows):
    accepted = {row["analyte"] for row in rows["code"] if row["decision"] == "accept"}
    assert accepted == {row["analyte"] for row in rows["analyte"]}


def test_a_code_that_a_spreadsheet_turned_into_a_date_is_held(rows):
    damaged = {row["code"] for row in rows["code"] if row["code_system"] == "*"}
    assert {"Aug-58", "Mar-65", "Sep-72", "Jan-71", "Jan-66"} <= damaged
    months = dict(zip("123456789", calendar.month_abbr[1:], strict=False))
    for row in rows["code"]:
        if row["code_system"] == "LN" and re.fullmatch(r"\d{4}-[1-9]", row["code"]):
            assert f"{months[row['code'][-1]]}-{row['code'][2:4]}" in damaged


def test_loinc_is_recognised_under_its_names_and_local_systems_are_not(rows):
    systems = {row["as_sent"] for row in rows["coding_system"]}
    assert {"LN", "LOINC", "2.16.840.1.113883.6.1", "HTTP://LOINC.ORG"} <= systems
    assert not systems & {"L", "99LAB", "WINPATH"}
    assert all(s == s.upper().strip() for s in systems)
