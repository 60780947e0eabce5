"""Codes: by exact code, the facility's first; what only looks like an immunoglobulin is told."""

import pytest

from tests.warehouse_in_memory import core, one_patient_each, rows

HEADER = "observation_identifier | coding_system | observation_text | observation_value\n"


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


@pytest.fixture(scope="module")
def ended() -> list[tuple]:
    drawn = ((code, system, name, "0.9") for code, system, name, *_ in CODES)
    con = core(one_patient_each(HEADER.strip(), drawn))
    return rows(con, "SELECT disposition, reason_code FROM result.disposition ORDER BY position")


@pytest.mark.parametrize("n", range(len(CODES)), ids=lambda n: " ".join(CODES[n][:3]))
def test_code(ended, n):
    assert ended[n] == CODES[n][3:]


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


def test_an_alternate_loinc_code_is_taken_where_the_first_is_local():
    con = core("""
    observation_identifier | coding_system | observation_text | alternate_identifier | alternate_coding_system | observation_value
    IGM                    | L             | IgM              | 2472-9               | LN                      | 0.9
    """)
    assert rows(con, "SELECT disposition FROM result.disposition") == [("measured",)]


@pytest.mark.parametrize(
    ("specimen", "disposition", "reason"),
    [
        ("serum", "measured", None),
        ("SER", "measured", None),
        ("", "measured", None),
        ("csf", "not_immunoglobulin", "specimen_not_accepted"),
        ("moon dust", "unusable", "specimen_unknown_to_us"),
    ],
)
def test_specimen(specimen, disposition, reason):
    con = core(f"analyte | specimen_type | observation_value\nigm | {specimen} | 0.9")
    assert rows(con, "SELECT disposition, reason_code FROM result.disposition") == [
        (disposition, reason)
    ]


@pytest.mark.parametrize("name", ["CMV IgM Ab", "IgM CSF", "IgM kappa"])
def test_an_accepted_code_under_the_name_of_something_else_is_held(name):
    con = core(f"{HEADER}2472-9 | LN | {name} | 0.9")
    assert rows(con, "SELECT reason_code FROM result.disposition") == [("code_and_name_disagree",)]


def test_an_unmapped_code_that_reads_like_an_immunoglobulin_is_told_though_it_has_no_name():
    con = core(f"{HEADER}IGM | L | | 0.9")
    assert rows(con, "SELECT reason_code FROM result.disposition") == [("unmapped_code",)]


@pytest.mark.parametrize(
    ("code", "analyte"), [("55922-9", "igg"), ("55902-1", "iga"), ("55925-2", "igm")]
)
def test_by_electrophoresis_is_a_series_of_its_own_and_in_no_panel(code, analyte):
    con = core(f"""
    observation_identifier | observation_value | filler_order_number
    {code}                 | 0.30              | A1
    2465-3                 | 10.0              | A1
    """)
    assert rows(con, "SELECT analyte, series FROM core.measurement WHERE series <> 'total'") == [
        (analyte, "electrophoresis")
    ]
    assert rows(con, "SELECT index_analyte, iga_value, igm_value FROM core.panel") == [
        ("igg", None, None)
    ]
    assert rows(con, "SELECT * FROM panel.patient_with_evidence") == []


def test_the_same_order_by_electrophoresis_is_no_version_of_the_total():
    con = core("""
    observation_identifier | observation_value | filler_order_number | message_at          | message_number
    2472-9                 | 1.00              | A1                  | 2024-01-10 09:00:00 | 1
    2472-9                 | 1.10              | A1                  | 2024-01-11 09:00:00 | 2
    55925-2                | 0.30              | A1                  | 2024-01-12 09:00:00 | 3
    55925-2                | 0.40              | A1                  | 2024-01-13 09:00:00 | 4
    """)
    assert rows(con, "SELECT series, value_g_per_l FROM core.measurement ORDER BY 1") == [
        ("electrophoresis", 0.4),
        ("total", 1.1),
    ]
