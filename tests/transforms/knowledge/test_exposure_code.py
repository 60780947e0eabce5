"""Systems, shapes and codes of exposures, and what senders say of an exposure's standing."""

from __future__ import annotations

import re

import pytest

from tests.table import table
from transforms.knowledge.made.reach import plain, prefixes, reached

CODE = table("""
    system   | code         | group               | effect                     | source
    CPT      | 38240        | transplant          | definite                   |
    CPT      | 36514        | plasma_exchange     | definite                   |
    CPT      | 99213        |                     |                            |
    HCPCS    | J9312        | anti_cd20           | definite                   | Injection, rituximab, 10 mg
    HCPCS    | J1459        | immunoglobulin      | immunoglobulin_replacement | immune globulin (privigen)
    HCPCS    | Q2041        | car_t               | definite                   | axicabtagene
    HCPCS    | J7500        | immunosuppressant   | possible                   | azathioprine, oral
    HCPCS    | J2790        | specific_immunoglobulin | note                   | rho d
    HCPCS    | J7624        |                     |                            | betamethasone, inhaled
    HCPCS    | C9034        |                     |                            | dexamethasone, intraocular
    OPS      | 8-802.24     | car_t               | definite                   |
    OPS      | 8-805.40     | transplant          | definite                   | allogen, HLA-identisch
    OPS      | 5-411.02     | transplant          | definite                   |
    OPS      | 5-413.10     | asplenia            | definite                   | total
    OPS      | 5-413.00     |                     |                            | partial
    OPS      | 8-800.0      |                     |                            | whole blood
    OPCS4    | X33.4        | transplant          | definite                   |
    OPCS4    | X33.2        |                     |                            | blood transfusion
    OPCS4    | J69.2        | asplenia            | definite                   |
    ICD10PCS | 30243Y2      | transplant          | definite                   | i9 41.05
    ICD10PCS | 07TP4ZZ      | asplenia            | definite                   | i9 41.5
    ICD10PCS | 07BP0ZZ      |                     |                            | part of the spleen
    ICD10PCS | 6A550Z3      | plasma_exchange     | definite                   | i9 99.71
    ICD10PCS | XW033C3      | car_t               | definite                   |
    ICD9PROC | 41.05        | transplant          | definite                   |
    ICD9PROC | 41.5         | asplenia            | definite                   |
    ICD9PROC | 41.43        |                     |                            | part of the spleen
    ICD9PROC | 55.61        |                     |                            | the patient's own kidney
""")

SYSTEM = table("""
    sent                                    | system
    HCPCS                                   | HCPCS
    HPC                                     | HCPCS
    OPS2024                                 | OPS
    http://fhir.de/CodeSystem/bfarm/ops     | OPS
    OPCS-4.9                                | OPCS4
    I10P                                    | ICD10PCS
    ICD-10-PCS                              | ICD10PCS
    I9CDX                                   | ICD9CM
    ICD-9-CM                                | ICD9CM
    2.16.840.1.113883.6.103                 | ICD9CM
    I9CP                                    | ICD9PROC
    http://hl7.org/fhir/sid/ndc             | NDC
    ICD-10-GM-2024                          | ICD10GM
    RXNORM                                  | NAME
    SNOMED                                  |
    SCT                                     |
    PZN                                     | NAME
    BNF                                     | NAME
    DMD                                     | NAME
    ICPC-2                                  |
    READ2                                   |
    LOCAL                                   |
""")

SHAPE = table("""
    code        | systems
    20410       | CPT ICD9CM
    E858.1      | ICD9CM
    J9312       | HCPCS ICD10
    J9312-JZ    | HCPCS
    8-802.24    | OPS
    X33.4       | ICD10 OPCS4
    30243Y2     | ICD10PCS
    50242-051-21 | NDC
    50242005121 | NDC
""")

SAID = table("""
    field  | text               | meaning
    ORC-1  | NW                 | active
    ORC-1  | UA                 | cancelled
    ORC-1  | RP                 | replaced
    ORC-1  | DE                 | cancelled
    ORC-1  | HD                 | on_hold
    ORC-1  | RL                 | resumed
    ORC-1  | UD                 | unchanged
    ORC-5  | CM                 | completed
    ORC-5  | ER                 | cancelled
    RXA-20 | NA                 | not_done
    RXA-20 | PA                 | completed
    RXA-9  | 01                 | historical
    RXA-21 | D                  | cancelled
    DG1-6  | W                  | suspected
    DG1-6  | F                  | confirmed
    PRB-1  | DE                 | cancelled
    FT1-6  | CD                 | cancelled
    word   | discontinued       | stopped
    word   | entered in error   | cancelled
    word   | in error           | cancelled
    word   | canceled           | cancelled
    word   | not given          | not_done
    word   | refused            | not_done
    word   | ruled out          | excluded
    word   | possible           | suspected
    word   | family history     | excluded
    word   | history of         | history
    word   | abgesetzt          | stopped
    word   | storniert          | cancelled
    word   | verdacht auf       | suspected
    word   | zustand nach       | history
    word   | annule             | cancelled
    word   | no administrado    | not_done
    word   | sospetto           | suspected
    word   | nao administrado   | not_done
    word   | geannuleerd        | cancelled
    word   | utsatt             | stopped
    word   | seponeret          | stopped
    word   | ikke gitt          | not_done
    word   | peruttu            | cancelled
    word   | withdrawn          |
    word   | error              |
    word   | scheduled          |
    word   | primary            |
    word   | utsedd             |
""")


@pytest.mark.parametrize("case", CODE, ids=lambda case: f"{case['system']} {case['code']}")
def test_what_a_procedure_or_a_charged_drug_is(rows, case):
    row = reached(plain(case["code"]), prefixes(rows["exposure"], case["system"])) or {}
    assert (row.get("exposure_group"), row.get("effect")) == (case["group"], case["effect"])


@pytest.mark.parametrize("case", SYSTEM, ids=lambda case: case["sent"])
def test_which_system_is_read(rows, case):
    known = {row["as_sent"]: row["code_system"] for row in rows["exposure_system"]}
    sent = re.sub(r"[^A-Z0-9]", "", case["sent"].upper())
    assert known.get(re.sub(r"(19|20)[0-9]{2}$", "", sent)) == case["system"]


@pytest.mark.parametrize("case", SHAPE, ids=lambda case: case["code"])
def test_the_shape_of_a_code(rows, case):
    fits = {r["read_as"] for r in rows["exposure_shape"] if re.search(r["pattern"], case["code"])}
    assert fits == set(case["systems"].split())


def test_every_system_that_is_asked_for_has_a_shape_and_a_spelling(rows):
    asked = {row["code_system"] for row in rows["exposure"]} - {None}
    asked |= {row["code_system"] for row in rows["exposure_equivalent"]}
    assert asked == {row["read_as"] for row in rows["exposure_shape"]}
    assert asked - {row["code_system"] for row in rows["exposure_system"]} == set()
    as_sent = {"IGWATCH"}
    assert as_sent <= {row["as_sent"] for row in rows["exposure_system"]}


def test_an_infusion_ends_and_an_operation_does_not(rows):
    for row in rows["exposure"]:
        if row["kind"] == "procedure":
            lasts = row["exposure_group"] in ("transplant", "asplenia")
            assert (row["open_days"] is None) == lasts, row["exposure_id"]
            assert (row["lookback_days"] is None) == lasts, row["exposure_id"]


@pytest.mark.parametrize("case", SAID, ids=lambda case: f"{case['field']} {case['text']}")
def test_what_a_sender_says_of_standing(rows, case):
    known = {(r["field"], r["as_sent"]): r["meaning"] for r in rows["exposure_status"]}
    assert known.get((case["field"], case["text"])) == case["meaning"]


def test_a_word_of_standing_is_written_as_names_are_compared(rows):
    for row in rows["exposure_status"]:
        shape = r"[a-z]+( [a-z]+)*" if row["field"] == "word" else r"[A-Z0-9/]+"
        assert re.fullmatch(shape, row["as_sent"]), row
        assert (row["language"] is None) == (row["field"] not in ("word", "ICD10GM")), row


def test_codes_of_standing_stand_in_the_tables_of_hl7(rows):
    from hl7apy.v2_5_1.tables import TABLES as V251
    from hl7apy.v2_8_2.tables import TABLES as V282

    for row in rows["exposure_status"]:
        if row["source_id"].startswith("HL7_"):
            name = row["source_id"].replace("_", "")
            standard = {code for v in (V251, V282) for code in (v.get(name) or ("", ()))[1]}
            assert row["as_sent"] in standard, row
