"""Which codes of which systems a cell holds, and what the site's own map makes of it: rules 2026.2, 3b;
faults written_otherwise, other_system_same_letters, procedures, ndc_only, alt_atc."""

import pytest

from tests.warehouse_in_memory import by_patient, core, patients

NONE = "facility | analyte\n"
HEADER = (
    "kind | code | code_system | name | alternate_code | alternate_code_system | alternate_name"
    " | start_date\n"
)
MAP = """
    facility | code_system | code      | name       | exposure_group    | target_code_system | target_code
    north    | SNOMED      | 92814006  |            | b_cell_malignancy |                    |
    north    | SNOMED      | 195967001 |            |                   |                    |
    north    | HAUS        | 4711      |            |                   | ATC                | L04AX03
    north    |             |           | MTX Lsg.   |                   | ATC                | L04AX03
"""
# as sent -> the groups of exposures it reaches
SENT = {
    # the alternate triplet counts as the first
    "medication | 4711 | 99PHA | MABTHERA | L01FA01 | ATC | Rituximab": ["anti_cd20"],
    "medication | L01FA01 | ATC | | 4711 | 99PHA | MABTHERA": ["anti_cd20"],
    # two codes in a cell, a prefix, a blank, a suffix of sides
    "medication | N05AH02;N05AN01 | ATC | | | |": ["antipsychotic"],
    "medication | N05A H02 | ATC | | | |": ["antipsychotic"],
    "diagnosis | ICD10CM:C91.10 | | | | |": ["b_cell_malignancy"],
    "diagnosis | SNOMED:B20 | | | | |": [],
    # the American procedure (J9312), the German (8-802.24), the brand's package (Rituxan)
    "procedure | J9312 | HCPCS | | | |": ["anti_cd20"],
    "procedure | J9312-JZ | HCPCS | | | |": ["anti_cd20"],
    "medication | 50242-0051-21 | NDC | RITUXAN | | |": ["anti_cd20"],
    "medication | 50242-051-21 | NDC | | | |": ["anti_cd20"],
    "medication | 50242005121 | NDC | | | |": ["anti_cd20"],
    # a package that is not listed is known by its name
    "medication | 99999-999-99 | NDC | rituximab 10 mg/mL | | |": ["anti_cd20"],
    # GEM 204.10: chronic lymphoid leukaemia; E858.1 is poisoning, not amyloidosis (E85)
    "diagnosis | 204.10 | ICD9CM | | | |": ["b_cell_malignancy"],
    "diagnosis | E858.1 | ICD9CM | | | |": [],
    # a valid code of another group beats the name
    "medication | S01XA18 | ATC | ciclosporin | | |": [],
    # a name alone, in a system that goes by name and in none
    "medication | 121191 | RXNORM | rituximab | | |": ["anti_cd20"],
    # the site's own map
    "diagnosis | 92814006 | SNOMED | Chronic lymphocytic leukaemia | | |": ["b_cell_malignancy"],
    "diagnosis | 195967001 | SNOMED | Asthma and leukaemia | | |": [],
    "medication | 4711 | HAUS | | | |": ["immunosuppressant"],
    "medication | | | MTX  lsg | | |": ["immunosuppressant"],
}


@pytest.fixture(scope="module")
def found():
    sent = {str(n): f"{HEADER}{case} | 2024-01-01" for n, case in enumerate(SENT)}
    con = core(NONE, exposure=patients(sent), local_exposures=MAP)
    query = """
        SELECT s.patient_id, e.exposure_group
        FROM core.exposure AS e
        INNER JOIN raw.exposure AS s USING (facility, source_sha256, position)
        WHERE e.exposure_group IS NOT NULL
    """
    return by_patient(con, query)


@pytest.mark.parametrize("number", range(len(SENT)), ids=list(SENT))
def test_the_groups_that_a_text_reaches(found, number):
    assert [group for (group,) in found[str(number)]] == list(SENT.values())[number]
