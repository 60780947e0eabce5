"""Codes: by exact code, the facility's first; what only looks like an immunoglobulin is told."""

import pytest

from tests.warehouse_in_memory import by_patient, core, patients, rows

# code, system, name, where it ends, why
CODES = [
    ("2472-9", "LN", "IgM", "measured", None),
    ("2472-9", "ln", "Immunoglobulin M", "measured", None),
    ("2472-9", "", "IgM", "measured", None),
    ("2471-1", "LN", "IgM CSF", "not_immunoglobulin", "not_serum_csf"),
    ("30325-5", "LN", "CMV IgM Ab", "not_immunoglobulin", "antibody_to_antigen"),
    ("2472-9", "LN", "IgA", "unusable", "code_and_name_disagree"),
    ("Sep-72", "LN", "IgM", "unusable", "excel_damaged_code"),
    ("IGMX", "L", "Immunoglobulin M", "unusable", "unmapped_code"),
    ("CMVM", "L", "CMV IgM", "not_immunoglobulin", "other_test"),
    ("HLMK", "L", "IgM kappa (Hevylite)", "not_immunoglobulin", "other_test"),
    ("718-7", "LN", "Haemoglobin", "not_immunoglobulin", "other_test"),
    ("IGMN", "L", "Nephelometry result", "unusable", "unmapped_code"),
    ("IGMQT", "L", "IGMQT", "unusable", "unmapped_code"),
    ("SIGM", "L", "SIGM", "unusable", "unmapped_code"),
    ("SIGA", "L", "SIGA", "not_immunoglobulin", "other_test"),
    ("IGMQT", "L", "Toxoplasma IgM", "not_immunoglobulin", "other_test"),
    ("X1", "L", "免疫グロブリンM", "unusable", "unmapped_code"),
    ("X1", "L", "ＩｇＭ　定量", "unusable", "unmapped_code"),
    ("X1", "L", "иммуноглобулин М", "unusable", "unmapped_code"),
    ("X1", "L", "麻疹 IgM 抗体", "not_immunoglobulin", "other_test"),
    ("2472-9", "LN", "免疫グロブリンA", "unusable", "code_and_name_disagree"),
    ("2472-9", "LN", "免疫グロブリンM", "measured", None),
]


# specimen, where it ends, why
SPECIMENS = [
    ("serum", "measured", None),
    ("SER", "measured", None),
    ("", "measured", None),
    ("csf", "not_immunoglobulin", "specimen_not_accepted"),
    ("moon dust", "unusable", "specimen_unknown_to_us"),
]
OTHER_NAMES = ["CMV IgM Ab", "IgM CSF", "IgM kappa"]
ELECTROPHORESIS = [("55922-9", "igg"), ("55902-1", "iga"), ("55925-2", "igm")]
PANEL = """
SELECT patient_id, index_analyte, iga_value, igm_value
FROM core.panel INNER JOIN core.patient USING (patient_key)
"""
EVIDENCE = """
SELECT patient_id, index_analyte
FROM panel.patient_with_evidence AS e INNER JOIN identity.person AS k ON e.person_number = k.rowid
"""
SENT = {
    "alternate": """
        observation_identifier | coding_system | observation_text | alternate_identifier | alternate_coding_system | observation_value
        IGM                    | L             | IgM              | 2472-9               | LN                      | 0.9
    """,
    "one order by two methods": """
        observation_identifier | observation_value | filler_order_number | message_at          | message_number
        2472-9                 | 1.00              | A1                  | 2024-01-10 09:00:00 | 1
        2472-9                 | 1.10              | A1                  | 2024-01-11 09:00:00 | 2
        55925-2                | 0.30              | A1                  | 2024-01-12 09:00:00 | 3
        55925-2                | 0.40              | A1                  | 2024-01-13 09:00:00 | 4
    """,
}


def named(code: str, system: str, name: str) -> str:
    return f"""
        observation_identifier | coding_system | observation_text | observation_value
        {code}                 | {system}      | {name}           | 0.9
    """


def beside_a_total(code: str) -> str:
    return f"""
        observation_identifier | observation_value | filler_order_number
        {code}                 | 0.30              | A1
        2465-3                 | 10.0              | A1
    """


def sent() -> dict[str, str]:
    """What is sent of each patient; one of a case table is named by its first cells."""
    specimen = "analyte | specimen_type | observation_value\nigm | {} | 0.9"
    return {
        **SENT,
        **{" ".join(code): named(*code) for *code, _, _ in CODES},
        **{f"2472-9 under {name}": named("2472-9", "LN", name) for name in OTHER_NAMES},
        "no name": named("IGM", "L", ""),
        **{f"in {kind}": specimen.format(kind) for kind, *_ in SPECIMENS},
        **{f"{code} beside a total": beside_a_total(code) for code, _ in ELECTROPHORESIS},
    }


@pytest.fixture(scope="module")
def warehouse():
    return core(patients(sent()))


@pytest.fixture(scope="module")
def ended(warehouse):
    of_patient = "result.disposition INNER JOIN core.patient USING (patient_key)"
    query = f"SELECT patient_id, disposition, reason_code FROM {of_patient}"
    return by_patient(warehouse, query)


@pytest.mark.parametrize("case", CODES, ids=lambda case: " ".join(case[:3]))
def test_code(ended, case):
    *code, disposition, reason = case
    assert ended[" ".join(code)] == [(disposition, reason)]


def test_a_facilitys_own_code_is_known_at_that_facility_only():
    con = core(
        "facility | observation_identifier | coding_system | observation_text | observation_value\n"
        "north | IGM | L | IgM | 0.9\nsouth | IGM | L | IgM | 0.9",
        local_codes="facility | code | loinc | analyte\nnorth | IGM | | igm",
    )
    assert rows(con, "SELECT facility, disposition FROM result.disposition ORDER BY 1") == [
        ("north", "measured"),
        ("south", "unusable"),
    ]


def test_an_alternate_loinc_code_is_taken_where_the_first_is_local(ended):
    assert ended["alternate"] == [("measured", None)]


@pytest.mark.parametrize(("specimen", "disposition", "reason"), SPECIMENS)
def test_specimen(ended, specimen, disposition, reason):
    assert ended[f"in {specimen}"] == [(disposition, reason)]


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_an_accepted_code_under_the_name_of_something_else_is_held(ended, name):
    assert ended[f"2472-9 under {name}"] == [("unusable", "code_and_name_disagree")]


def test_an_unmapped_code_that_reads_like_an_immunoglobulin_is_told_though_it_has_no_name(ended):
    assert ended["no name"] == [("unusable", "unmapped_code")]


@pytest.mark.parametrize(("code", "analyte"), ELECTROPHORESIS)
def test_by_electrophoresis_is_a_series_of_its_own_and_in_no_panel(warehouse, code, analyte):
    patient = f"{code} beside a total"
    measured = "SELECT patient_id, analyte, series FROM core.measurement WHERE series <> 'total'"
    assert by_patient(warehouse, measured)[patient] == [(analyte, "electrophoresis")]
    assert by_patient(warehouse, PANEL)[patient] == [("igg", None, None)]
    assert by_patient(warehouse, EVIDENCE)[patient] == []


def test_the_same_order_by_electrophoresis_is_no_version_of_the_total(warehouse):
    query = "SELECT patient_id, series, value_g_per_l FROM core.measurement ORDER BY series"
    assert by_patient(warehouse, query)["one order by two methods"] == [
        ("electrophoresis", 0.4),
        ("total", 1.1),
    ]
