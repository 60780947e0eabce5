"""A sender that contradicts itself: never a measurement, and both statements are told."""

import pytest

from tests.table import table
from tests.warehouse_in_memory import Warehouse, core, one_patient_each, rows

HELD = "SELECT reason_code, statement_a, field_a, statement_b, field_b FROM core.unusable"

UNITS = table("""
    units | further_units                         | references_range           | observation_value | statement_a | field_a   | statement_b          | field_b
    g/L   | OBX-6.1 mg/dL                         |                            | 0.9               | g/L         | OBX-6     | mg/dL                | OBX-6.1
    mg/dL | OBX-6.2 grams per litre               |                            | 90                | mg/dL       | OBX-6     | grams per litre      | OBX-6.2
    g/L   | OBX-6[2].1 mg/dL                      |                            | 0.9               | g/L         | OBX-6     | mg/dL                | OBX-6[2].1
    mg/dL |                                       | 0.4-2.3 g/L                | 1.2               | mg/dL       | OBX-6     | 0.4-2.3 g/L          | OBX-7
    g/L   |                                       | 40 mg/dL to 230 mg/dL      | 1.2               | g/L         | OBX-6     | 40 mg/dL to 230 mg/dL | OBX-7
    g/L   |                                       | (mg/100 ml) 40-230         | 1.2               | g/L         | OBX-6     | (mg/100 ml) 40-230   | OBX-7
""")  # fmt: skip
AGREEING = table("""
    units | further_units                         | references_range
    g/L   | OBX-6.2 gram per litre                | 0.4-2.3 g/L
    g/L   | OBX-6.1 mg/mL                         | 0.4-2.3 mg/mL
    mg/dL | OBX-6.2 milligrams per deciliter      | 40-230mg/dL
    g/L   | OBX-6.2 Gramm pro Liter               | 0.4-2.3 (0.4-2.3 adult)
    g/L   |                                       | 0.4-2.3 g/L (40-230 mg/dL)
""")

TESTS = table("""
    observation_identifier | coding_system | observation_text | alternate_identifier | alternate_text | alternate_coding_system | further_identifiers | statement_a | field_a | statement_b | field_b
    IGM    | L  | Immunoglobulin M | 2458-8  | IgA           | LN |                             | Immunoglobulin M (igm) | OBX-3.2 | 2458-8 (iga)   | OBX-3.4
    2472-9 | LN | IgM              | 2458-8  |               | LN |                             | 2472-9 (igm)           | OBX-3.1 | 2458-8 (iga)   | OBX-3.4
    2472-9 | LN | IgM              |         | IgA           |    |                             | 2472-9 (igm)           | OBX-3.1 | IgA (iga)      | OBX-3.5
    2472-9 | LN | IgM              | IGA     |               | L  |                             | 2472-9 (igm)           | OBX-3.1 | IGA (iga)      | OBX-3.4
    2472-9 | LN | IgM              | 30325-5 |               | LN |                             | 2472-9 (igm)           | OBX-3.1 | 30325-5 (Cytomegalovirus IgM antibody) | OBX-3.4
    2472-9 | LN | IgM              |         |               |    | OBX-3.9 Immunoglobulin A    | 2472-9 (igm)           | OBX-3.1 | Immunoglobulin A (iga) | OBX-3.9
    2472-9 | LN | IgM              |         |               |    | OBX-3[2].1 2465-3           | 2472-9 (igm)           | OBX-3.1 | 2465-3 (igg)   | OBX-3[2].1
    2472-9 | LN | CMV IgM Ab       |         |               |    |                             | 2472-9 (igm)           | OBX-3.1 | CMV IgM Ab (something else) | OBX-3.2
    IGX    | L  | IgA              |         |               |    |                             | IGX (igm)              | OBX-3.1 | IgA (iga)      | OBX-3.2
""")  # fmt: skip
SAME_TEST = table("""
    observation_identifier | coding_system | observation_text | alternate_identifier | alternate_text | alternate_coding_system
    2472-9 | LN | IgM              | IGM     | Immunoglobulin M | L
    2472-9 | LN | IgM              | IMMG    | Immunoglobulins G, A, M | L
    2472-9 | LN | Protein          | 4711    |                  | L
    IGX    | L  | IgM              | 2472-9  | IgM [Mass/volume] in Serum or Plasma | LN
""")  # fmt: skip

SPECIMENS = table("""
    specimen_type | further_specimens                      | universal_service_identifier | further_services                      | disposition        | reason_code
                  | SPM-4.4 CSF;SPM-4.5 Cerebrospinal fluid |                             |                                       | not_immunoglobulin | specimen_not_accepted
                  |                                        | 100123                       | OBR-4.2 Immunoglobulin M, Quant, CSF  | not_immunoglobulin | specimen_not_accepted
                  |                                        | 2471-1                       |                                       | not_immunoglobulin | specimen_not_accepted
                  |                                        | IgM urine 24h                |                                       | not_immunoglobulin | specimen_not_accepted
    PF            | SPM-4.1 PF;SPM-4.2 Pleural fluid       |                              |                                       | not_immunoglobulin | specimen_not_accepted
    SER           | SPM-4.1 SER;SPM-4.4 CSF                |                              |                                       | unusable           | specimens_disagree
    SER           | SPM-4.1 SER;OBR-15.1 CSF               |                              |                                       | unusable           | specimens_disagree
    SER           | SPM-4.1 SER                            | 100123                       | OBR-4.2 IgM, cord                     | unusable           | specimens_disagree
    SER~CSF       | SPM-4.1 SER;SPM-4.1 CSF                |                              |                                       | unusable           | specimens_disagree
    SER~moon dust | SPM-4.1 SER;SPM-4.1 moon dust          |                              |                                       | unusable           | specimen_unknown_to_us
    moon dust     | SPM-4.1 moon dust                      |                              |                                       | unusable           | specimen_unknown_to_us
    SER           | SPM-4.1 SER;SPM-4.2 Serum              | IGS                          | OBR-4.2 Immunoglobulins, serum        | measured           |
    SER~PLAS      | SPM-4.1 SER;SPM-4.1 PLAS               |                              |                                       | measured           |
    X17           | SPM-4.1 X17;SPM-4.4 SER                |                              |                                       | measured           |
    SER           | SPM-4.1 SER                            | OLIGO                        | OBR-4.2 CSF and serum immunoglobulins | measured           |
                  |                                        | COEL                         | OBR-4.2 Tissue transglutaminase, IgA  | measured           |
""")  # fmt: skip


def warehouse(cases: list[dict], columns: str, **others: str) -> Warehouse:
    """Each case is the one result of a patient; it is of IgM where `analyte` is asked for."""
    names = columns.split()
    drawn = ([{"analyte": "igm", **case}.get(name) or "" for name in names] for case in cases)
    return core(one_patient_each(" | ".join(names), drawn), **others)


@pytest.fixture(scope="module")
def units() -> list[tuple]:
    columns = "analyte units further_units references_range observation_value"
    return rows(warehouse(UNITS, columns), HELD + " ORDER BY position")


@pytest.mark.parametrize("n", range(len(UNITS)))
def test_two_units_are_none(units, n):
    case = UNITS[n]
    told = ("statement_a", "field_a", "statement_b", "field_b")
    assert units[n] == ("units_disagree", *(case[name] for name in told))


def test_units_that_say_the_same_are_one():
    columns = "analyte units further_units references_range observation_value"
    con = warehouse([c | {"observation_value": "1.2"} for c in AGREEING], columns)
    held = "SELECT position, reason_code FROM core.unusable WHERE reason_code = 'units_disagree'"
    assert rows(con, held) == []


@pytest.fixture(scope="module")
def tests() -> list[tuple]:
    return _tests(TESTS, HELD + " ORDER BY position")


def _tests(cases: list[dict], query: str) -> list[tuple]:
    columns = (
        "observation_identifier coding_system observation_text alternate_identifier alternate_text "
        "alternate_coding_system further_identifiers observation_value"
    )
    mapped = "facility | code | loinc | analyte\nnorth | IGX | | igm"
    con = warehouse([c | {"observation_value": "1.2"} for c in cases], columns, local_codes=mapped)
    return rows(con, query)


@pytest.mark.parametrize("n", range(len(TESTS)))
def test_two_tests_are_none(tests, n):
    told = ("statement_a", "field_a", "statement_b", "field_b")
    assert tests[n] == ("code_and_name_disagree", *(TESTS[n][name] for name in told))


def test_a_battery_and_a_name_that_names_none_contradict_nothing():
    assert _tests(SAME_TEST, HELD) == []


@pytest.fixture(scope="module")
def specimens() -> list[tuple]:
    columns = (
        "analyte specimen_type further_specimens universal_service_identifier further_services "
        "observation_value"
    )
    con = warehouse([c | {"observation_value": "1.2"} for c in SPECIMENS], columns)
    return rows(con, "SELECT disposition, reason_code FROM result.disposition ORDER BY position")


@pytest.mark.parametrize("n", range(len(SPECIMENS)))
def test_what_is_no_blood_wins_wherever_it_is_named(specimens, n):
    assert specimens[n] == (SPECIMENS[n]["disposition"], SPECIMENS[n]["reason_code"])


FEED_OF_ONE_SPECIMEN = table("""
feed  | specimen_type | disposition        | reason_code
CSF   |               | not_immunoglobulin | specimen_not_accepted
CSF   | SER           | unusable           | specimens_disagree
serum |               | measured           |
serum | SER           | measured           |
serum | CSF           | unusable           | specimens_disagree
serum | qqq           | unusable           | specimen_unknown_to_us
""")


@pytest.mark.parametrize("feed", ["CSF", "serum"])
def test_the_specimen_of_a_feed_is_a_statement_beside_that_of_a_result(feed):
    cases = [case for case in FEED_OF_ONE_SPECIMEN if case["feed"] == feed]
    lines = [f"igm | 1.2 | {case['specimen_type'] or ''}" for case in cases]
    con = core(
        "\n".join(["analyte | observation_value | specimen_type", *lines]),
        facility={"specimen_default": feed},
    )
    found = rows(con, "SELECT disposition, reason_code FROM result.disposition ORDER BY position")
    assert found == [(case["disposition"], case["reason_code"]) for case in cases]


def test_a_default_unit_contradicted_by_the_printed_range_is_held():
    con = core(
        "analyte | observation_value | units | references_range\nigm | 1.2 | | 0.4-2.3 g/L",
        unit_defaults="facility | code | unit | approved_by\nnorth | 2472-9 | mg/dL | test",
    )
    assert rows(con, HELD) == [("units_disagree", "0.4-2.3 g/L", "OBX-7", "mg/dL", "unit_default")]


def test_a_unit_within_the_name_of_the_test_is_a_statement():
    con = core(
        "analyte | observation_text | observation_value | units\nigm | IgM (mg/dL) | 1.2 | g/L"
    )
    assert rows(con, HELD) == [("units_disagree", "IgM (mg/dL)", "OBX-3.2", "g/L", "OBX-6")]


def test_in_a_delimited_file_the_columns_are_named():
    con = core("""
    patient_id | analyte | message_number | observation_value | units | references_range | abnormal_flags
    ann        | igm     |                | 1.2               | mg/dL | 0.4-2.3 g/L      |
    bea        | igm     |                | 112               | g/L   | 40-230           |
    cleo       | igm     |                | 0.05              | g/L   |                  | N
    """)
    assert rows(con, HELD + " ORDER BY position") == [
        ("units_disagree", "mg/dL", "units", "0.4-2.3 g/L", "reference_range"),
        ("unit_contradicted_by_range", "g/L", "units", "40-230", "reference_range"),
        ("flag_contradicts_value", "0.05 g/L (very_low)", "value", "N", "abnormal_flag"),
    ]


def test_a_unit_in_the_value_and_one_beside_it_are_both_told():
    con = core("analyte | observation_value | units\nigm | 90 mg/dL | g/L")
    assert rows(con, HELD) == [("unit_contradicted_by_value", "90 mg/dL", "OBX-5", "g/L", "OBX-6")]
