"""Codes of other systems that mean one of ours: what is shipped, and how it is made."""

from __future__ import annotations

import pytest

from tests.table import table
from transforms.knowledge.made.crosswalk import crosswalk_rows
from transforms.knowledge.made.gem import gem_rows
from transforms.knowledge.made.product import product_code, product_rows
from transforms.knowledge.made.reach import plain, prefixes, reached

# read in the sources: 2014_I9gem.txt, the FDA's product.txt of 2019-04-29, the crosswalk of 2025
SOURCE = table("""
    system | code      | target | target_code | group
    ICD9CM | 20410     | ICD10  | C9110       | b_cell_malignancy
    ICD9CM | 042       | ICD10  | B20         | hiv
    ICD9CM | 27906     | ICD10  | D838        | cvid
    ICD9CM | 2731      | ICD10  | D472        | plasma_cell
    ICD9CM | V420      | ICD10  | Z940        | transplant
    ICD9CM | V4281     | ICD10  | Z9481       | transplant
    ICD9CM | V1061     | ICD10  | Z856        | leukaemia
    ICD9CM | 1991      |        |             |
    ICD9CM | E8581     |        |             |
    NDC    | 502420051 | ATC    | L01FA01     | anti_cd20
    NDC    | 502420053 | ATC    | L01FA01     | anti_cd20
    NDC    | 502420108 | ATC    | L01FA01     | anti_cd20
    NDC    | 502420150 | ATC    | L04AG08     | anti_cd20
    NDC    | 000540017 | ATC    | H02AB07     | systemic_steroid
    NDC    | 009442700 | ATC    | J06BA       | immunoglobulin
    NDC    | 000021200 |        |             |
""")

GEM = """\
9990  C9110   00000
9991  Z0000   10000
9992  C9110   10000
9992  Z0000   10000
9993  J17     10112
9993  A70     10111
9994  C9440   10000
9994  D471    10000
NoDx  NoDx    11000
"""

PRODUCT = """\
PRODUCTNDC\tNONPROPRIETARYNAME\tROUTENAME\tMARKETINGCATEGORYNAME\tSUBSTANCENAME
0001-0001\trituximab\tINTRAVENOUS\tBLA\tRITUXIMAB
0001-002\tdexamethasone\tOPHTHALMIC\tNDA\tDEXAMETHASONE
00001-003\tdexamethasone\tORAL; OPHTHALMIC\tNDA\tDEXAMETHASONE
0001-0004\tcreme\tORAL\tUNAPPROVED HOMEOPATHIC\tDEXAMETHASONE
0001-0005\tboth\tORAL\tNDA\tDEXAMETHASONE; NEOMYCIN SULFATE
0001-0006\tlamotrigine\t\tNDA\t
"""

CROSSWALK = """\
CODE,Short Description,LABELER NAME,NDC2
J9312,"Inj., rituximab, 10 mg",Genentech,50242-0051-21
J9045,Carboplatin injection,Somebody,00001-0002-03
"""


@pytest.fixture(scope="module")
def equivalents(rows):
    return {(row["code_system"], row["code"]): row for row in rows["exposure_equivalent"]}


@pytest.mark.parametrize("case", SOURCE, ids=lambda case: f"{case['system']} {case['code']}")
def test_what_a_code_means_by_its_source(rows, equivalents, case):
    row = equivalents.get((case["system"], case["code"]), {})
    assert row.get("target_code_system") == case["target"]
    assert row.get("target_code") == case["target_code"]
    asked = prefixes(rows["exposure"], case["target"] or "")
    group = reached(case["target_code"] or "", asked)
    assert (group or {}).get("exposure_group") == case["group"]


def test_every_row_reaches_an_exposure_that_is_asked_for_now(rows):
    asked = {system: prefixes(rows["exposure"], system) for system in ("ATC", "HCPCS", "ICD10")}
    stale = [
        row["code"]
        for row in rows["exposure_equivalent"]
        if reached(row["target_code"], asked[row["target_code_system"]]) is None
    ]
    assert stale == []


def test_rows_are_sorted_and_codes_are_written_as_codes_are_compared(rows):
    keys = [(row["code_system"], row["code"]) for row in rows["exposure_equivalent"]]
    assert keys == sorted(set(keys))
    assert all(code == plain(code) for _, code in keys)
    assert {len(code) for system, code in keys if system == "NDC"} == {9}


def test_a_diagnosis_counts_where_every_alternative_counts_and_for_the_least(rows, tmp_path):
    path = tmp_path / "gem.txt"
    path.write_text(GEM, encoding="ascii")
    made = gem_rows(path, rows["exposure"])
    assert [(row["code"], row["target_code"], row["certainty"]) for row in made] == [
        ("9990", "C9110", "B"),
        ("9993", "J17", "C"),
        ("9994", "D471", "C"),
    ]


def test_a_product_counts_by_its_ingredients_and_its_routes(tmp_path):
    path = tmp_path / "product.txt"
    path.write_text(PRODUCT, encoding="cp1252")
    assert {row["code"]: row["target_code"] for row in product_rows(path)} == {
        "000010001": "L01FA01",
        "000010003": "H02AB02",
        "000010006": "N03AX09",
    }


def test_a_product_counts_by_the_code_it_is_paid_by(rows, tmp_path):
    path = tmp_path / "crosswalk.csv"
    path.write_text(CROSSWALK, encoding="cp1252")
    made = crosswalk_rows(path, rows["exposure"])
    assert [(row["code"], row["target_code"]) for row in made] == [("502420051", "J9312")]


def test_a_product_has_nine_digits_however_it_is_printed():
    printed = ("0002-0800", "50242-051", "50242-0051-21", "12345-6789-0")
    assert [product_code(ndc) for ndc in printed] == [
        "000020800",
        "502420051",
        "502420051",
        "123456789",
    ]


def test_no_ingredient_is_asked_for_that_no_row_knows(rows):
    from transforms.knowledge.made.product import HERE, read

    asked = prefixes(rows["exposure"], "ATC")
    unknown = [
        r["substance"]
        for r in read(HERE / "ingredient.csv")
        if not reached(r["target_code"], asked)
    ]
    assert unknown == []
