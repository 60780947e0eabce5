"""Units: spellings as sent, factors proved by UCUM, and worked values in g/L."""

from __future__ import annotations

import re

import pytest
from ucumvert import PintUcumRegistry

from tests.table import table


@pytest.fixture(scope="module")
def ucum():
    return PintUcumRegistry()


def folded(unit: str) -> str:
    return re.sub(r"\s", "", unit).lower().translate(str.maketrans("µμ", "uu"))


def test_spellings_stand_in_the_form_they_are_looked_up_in(rows):
    spellings = [row["as_sent"] for row in rows["unit_spelling"]]
    assert spellings == [folded(spelling) for spelling in spellings]


def test_every_unit_is_one_ucum_knows(rows, ucum):
    for unit in {r["unit_ucum"] for r in rows["unit_spelling"]}:
        ucum.from_ucum(unit)


def test_ucum_agrees_with_every_factor_credited_to_it(rows, ucum):
    credited = [r for r in rows["unit_conversion"] if r["source_id"] == "UCUM"]
    assert len(credited) >= 70
    for row in credited:
        target = ucum.from_ucum(row["unit_normalised"])
        factor = ucum.from_ucum(row["unit_ucum"]).to(target.u).m
        assert row["factor"] == pytest.approx(factor, rel=1e-12), row["unit_conversion_id"]


def test_a_factor_that_ucum_cannot_know_names_another_source(rows):
    for row in rows["unit_conversion"]:
        is_mass = "IU]" not in row["unit_ucum"] and "mol" not in row["unit_ucum"]
        if row["analyte"] != "ige" and not is_mass:
            assert row["source_id"] != "UCUM", row["unit_conversion_id"]


def test_there_is_one_factor_for_an_analyte_and_a_unit_into_the_analytes_own_unit(rows):
    own = {row["analyte"]: row["unit"] for row in rows["analyte"]}
    pairs = [(r["analyte"], r["unit_ucum"]) for r in rows["unit_conversion"]]
    assert len(pairs) == len(set(pairs))
    for row in rows["unit_conversion"]:
        assert row["unit_normalised"] == own[row["analyte"]]
        assert row["factor"] > 0
        assert row["unit_conversion_id"] == f"{row['analyte']}:{row['unit_ucum']}"


def test_every_spelling_leads_to_a_unit_that_some_analyte_can_be_converted_from(rows):
    known = {row["unit_ucum"] for row in rows["unit_conversion"]}
    assert {row["unit_ucum"] for row in rows["unit_spelling"]} == known


VALUES = table("""
    analyte | value | unit as sent | normalised
    igm     | 1.89  | g/L          | 1.89
    igm     | 1.89  | G/L          | 1.89
    igm     | 1.89  | gm/L         | 1.89
    igm     | 1.89  | mg/mL        | 1.89
    igm     | 240   | mg/dL        | 2.40
    igm     | 240   | MG/DL        | 2.40
    igm     | 240   | mg%          | 2.40
    igm     | 240   | mg/100 mL    | 2.40
    igm     | 240   | mgs/dl       | 2.40
    igg     | 1.6   | g/dL         | 16
    igg     | 1.6   | g%           | 16
    igg1    | 5120  | mg/L         | 5.12
    igg1    | 5120  | µg/mL        | 5.12
    igg1    | 5120  | μg/mL        | 5.12
    igg1    | 5120  | mcg/mL       | 5.12
    igm     | 8.24  | umol/L       | 8.00104
    igm     | 8.24  | µmol/L       | 8.00104
    igm     | 8.24  | UMOLL        | 8.00104
    igg     | 8.24  | umol/L       | 1.235176
    igm     | 24.8  | IU/mL        | 0.210056
    igg     | 150   | IU/mL        | 12.06
    iga     | 150   | IU/mL        | 2.13
    igd     | 50    | IU/mL        | 0.0706
    ige     | 118   | kU/L         | 118
    ige     | 118   | IU/mL        | 118
    ige     | 118   | KIU/L        | 118
    ige     | 118   | k[IU]/L      | 118
    ige     | 118   | U/mL         | 118
    ige     | 1180  | IU/L         | 1.18
    ige     | 1180  | mIU/mL       | 1.18
    ige     | 240   | ng/mL        | 100
    ige     | 240   | ug/L         | 100
    ige     | 0.024 | mg/dL        | 100
    igm     | 5     | mU/L         |
    igm     | 5     | kU/L         |
    igm     | 5     | U/mL         |
    ige     | 5     | kUA/L        |
    ige     | 5     | umol/L       |
    igm     | 5     | 10*9/L       |
    igm     | 5     | %            |
""")


@pytest.mark.parametrize("case", VALUES, ids=lambda c: f"{c['analyte']} {c['unit as sent']}")
def test_a_value_as_sent_in_its_own_unit(con, case):
    found = con.execute(
        """SELECT c.factor FROM unit_spelling AS s
        INNER JOIN unit_conversion AS c ON s.unit_ucum = c.unit_ucum AND c.analyte = ?
        WHERE s.as_sent = ?""",
        [case["analyte"], folded(case["unit as sent"])],
    ).fetchall()
    if case["normalised"] is None:
        assert found == []
    else:
        assert float(case["value"]) * found[0][0] == pytest.approx(float(case["normalised"]))
