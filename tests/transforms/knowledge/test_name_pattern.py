"""Names: which look like a total immunoglobulin, and which show that they are something else.

The table is read as lookup.code_decision reads it: RE2, on the lower-case name.
"""

from __future__ import annotations

import pytest

from tests.table import table


def look(con, name: str) -> tuple[list[str], bool]:
    """The analytes a name names, and whether it shows that it is something else."""
    return con.execute(
        """SELECT
            coalesce(list_sort(list(DISTINCT analyte) FILTER (NOT is_exclusion)), []),
            coalesce(bool_or(is_exclusion), false)
        FROM name_pattern WHERE regexp_matches(lower(?), pattern)""",
        [name],
    ).fetchone()


TOTALS = table("""
    name                                        | analyte
    Immunoglobulin M, Quant                     | igm
    IgM                                         | igm
    IGM Immunoglobulin M                        | igm
    Ig M                                        | igm
    S-IgM                                       | igm
    P—Immunoglobulin M; massek.                 | igm
    Immunglobulin M                             | igm
    Immunoglobuline M                           | igm
    Immunoglobulines M                          | igm
    Dosage des IgM                              | igm
    Inmunoglobulina M (IgM)                     | igm
    Imunoglobulina M                            | igm
    Immunoglobuliini M                          | igm
    IgM, serum, nephelometry                    | igm
    IgM [Mass/volume] in Serum or Plasma        | igm
    IGM SERPL-MCNC                              | igm
    Total IgM                                   | igm
    IMMUNOGLOBULIN G                            | igg
    IgG trough level                            | igg
    Quantitative IgG                            | igg
    IgG (lithium heparin)                       | igg
    Immunoglobulin A (IgA)                      | iga
    IgD, Serum                                  | igd
    IgE                                         | ige
    Immunoglobulin E, Total                     | ige
    IgE [Units/volume] in Serum or Plasma       | ige
    IgG1                                        | igg1
    IgG 1                                       | igg1
    IgG subclass 2                              | igg2
    IgG-Subklasse 3                             | igg3
    Immunoglobulin G Subclass 4                 | igg4
    IgG subclass 1 [Mass/volume] in Serum       | igg1
    免疫グロブリンM                              | igm
    血清免疫球蛋白M(IgM)                         | igm
    免疫球蛋白G—免疫比濁法                       | igg
    免疫ｸﾞﾛﾌﾞﾘﾝ IgA                              | iga
    ＩｇＭ                                       | igm
    면역글로불린 M                               | igm
    Иммуноглобулин M (IgM)                       | igm
    иммуноглобулины класса М                     | igm
    Імуноглобулін М                              | igm
    IgМ                                          | igm
    иг м                                         | igm
    ΑΝΟΣΟΣΦΑΙΡΙΝΗ Ε                              | ige
    Ανοσοσφαιρίνη M                              | igm
    IGMQT                                        | igm
    IGMN                                         | igm
    QIGG                                         | igg
    IGA-S                                        | iga
    SIGM                                         | igm
""")

OTHERS = """
CMV IgM Ab | IgM Ab, Zika | IgM kappa (Hevylite) | IgM lambda | IgM-kappa | HLC IgM ratio
Immature granulocytes (IG) | IG Flg | IG% | Toxoplasma IgG | Toxoplasma gondii IgM Ab | Mumps IgM
Cardiolipin IgM | IgM cardiolipin | Beta-2 glycoprotein 1 IgA | Anti-HBc IgM | HBc IgM | tTG IgA
Immunoglobulin M, Quant, CSF | IgG CSF | IgG Liquor | IgG/Albumin ratio | IgG index
IgG synthesis rate | Secretory IgA | IgA saliva | IgM, cord blood | IgG urine | IgM comment
Rubella IgG | Röteln-IgG
Timothy grass IgE | IgE Peanut | Peanut IgE | IgE, Alternaria | Alpha-gal IgE | House dust mite IgE
Entamoeba histolytica IgG | B. burgdorferi IgM | Milk IgG | Bordetella pertussis IgA | PF4 IgG
IgM Rheumatoid factor | IgG monoclonal | IgM paraprotein | Kappa free light chains | IgM Titer
IgA1 | IgA subclass 1 | IgG subclasses | Canine IgG | IgM memory B cells | SARS-CoV-2 IgG
麻疹ウイルスIgM抗体 | 髄液免疫グロブリンG | 尿球蛋白G 尿IgG | антитела к SARS IgM | Ειδική Ανοσοσφαιρίνη IgE
SIGA | Sigma | IGMTX | иммуноглобулин G в ликворе | 免疫球蛋白轻链κ | 特異的IgE
Gamma globulin | Albumin | Immunofixation IgM | IgA deficiency screen | Hemoglobin | IGF-1 | IGFBP3
"""


@pytest.mark.parametrize("case", TOTALS, ids=lambda case: case["name"])
def test_a_total_immunoglobulin_looks_like_one(con, case):
    assert look(con, case["name"]) == ([case["analyte"]], False)


@pytest.mark.parametrize("name", [n.strip() for n in OTHERS.strip().replace("\n", "|").split("|")])
def test_something_else_does_not(con, name):
    analytes, is_something_else = look(con, name)
    assert analytes == [] or is_something_else


@pytest.mark.parametrize(
    "name", ["IgG, IgA, IgM", "IgG/A/M", "IgGAM", "Immunoglobulins G, A and M", "IgG IgA and IgM"]
)
def test_the_name_of_a_battery_names_all_three_and_so_contradicts_none(con, name):
    assert look(con, name) == (["iga", "igg", "igm"], False)


def test_the_names_of_swapped_codes_say_another_analyte(con):
    assert look(con, "IgA")[0] == ["iga"]
    assert look(con, "IgM")[0] == ["igm"]


def test_no_accepted_code_is_contradicted_by_its_own_name(con, rows):
    for row in rows["code"]:
        if row["decision"] in ("accept", "own_series"):
            assert look(con, row["name"]) == ([row["analyte"]], False), row["code"]


def test_an_exclusion_names_no_analyte_and_the_rest_do(rows):
    analytes = {row["analyte"] for row in rows["analyte"]}
    for row in rows["name_pattern"]:
        assert (row["analyte"] is None) == row["is_exclusion"], row
        assert row["analyte"] is None or row["analyte"] in analytes
        assert row["note"], row
