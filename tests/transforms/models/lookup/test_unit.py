"""Units: by analyte and spelling, never guessed, contradicted by the printed range = held."""

import pytest

from tests.warehouse_in_memory import core, one_patient_each, rows

# analyte, value, unit, in g/L
NORMALISED = [
    ("igm", "21", "mg/dL", 0.21),
    ("igm", "40", "MG/DL", 0.4),
    ("igm", "0.21", "G/L", 0.21),
    ("igg", "0.9", "g/dl", 9.0),
    ("igm", "210", "mg/L", 0.21),
    ("igm", "210", "µg/mL", 0.21),
    ("igm", "8.24", "umol/L", 8.00104),
    ("igm", "24.8", "IU/mL", 0.210056),
    ("iga", "<7", "mg/dL", 0.07),
]
# value, unit, printed range, reason
UNITS = [
    ("0.21", "", "", "unit_missing"),
    ("0.21", "furlong", "", "unmapped_unit"),
    ("112", "g/L", "40-230", "unit_contradicted_by_range"),
    ("112", "g/L", "[ 40 - 230 ]", "unit_contradicted_by_range"),
    ("0.21", "g/L", "0.4-2.3", None),
    ("0.21", "g/L", "0.4 to 2.3", None),
    ("21", "mg/dL", "40-230", None),
    ("0.21", "g/L", "see note", None),
]


@pytest.fixture(scope="module")
def normalised() -> dict[str, float]:
    drawn = (case[:-1] for case in NORMALISED)
    con = core(one_patient_each("analyte | observation_value | units", drawn))
    return dict(rows(con, "SELECT patient_id, value_g_per_l FROM core.measurement"))


@pytest.mark.parametrize("n", range(len(NORMALISED)), ids=lambda n: " ".join(NORMALISED[n][:3]))
def test_normalised(normalised, n):
    assert normalised[f"p{n}"] == pytest.approx(NORMALISED[n][-1])


def test_ige_is_normalised_to_kiu_per_l():
    con = core("analyte | observation_value | units\nige | 14 | kU/L")
    assert rows(con, "SELECT value_kiu_per_l, value_g_per_l FROM core.measurement") == [
        (14.0, None)
    ]


@pytest.fixture(scope="module")
def reasons() -> list[str | None]:
    drawn = (("igm", *case[:-1]) for case in UNITS)
    con = core(one_patient_each("analyte | observation_value | units | references_range", drawn))
    found = rows(con, "SELECT reason_code FROM result.disposition ORDER BY position")
    return [reason for (reason,) in found]


@pytest.mark.parametrize("n", range(len(UNITS)), ids=lambda n: " ".join(UNITS[n][:3]))
def test_unit_faults(reasons, n):
    assert reasons[n] == UNITS[n][-1]


def test_an_adult_range_printed_for_a_toddler_is_no_contradiction():
    con = core("""
    analyte | observation_value | references_range | birth_date
    iga     | 0.40              | 0.70-4.00        | 2023-01-10
    """)
    assert rows(con, "SELECT disposition FROM result.disposition") == [("measured",)]


def test_a_toddlers_mg_per_dl_range_under_g_per_l_is_a_contradiction():
    con = core("""
    analyte | observation_value | references_range | birth_date
    iga     | 40                | 30-120           | 2023-01-10
    """)
    assert rows(con, "SELECT reason_code FROM result.disposition") == [
        ("unit_contradicted_by_range",)
    ]


def test_an_approved_default_unit_is_used_only_where_none_was_sent():
    con = core(
        "analyte | observation_value | units\nigm | 21 | \nigm | 0.21 | g/L",
        unit_defaults="facility | code | unit | approved_by\nnorth | 2472-9 | mg/dL | test",
    )
    assert rows(
        con, "SELECT value_g_per_l, unit_source_value FROM core.measurement ORDER BY 2"
    ) == [(0.21, "g/L"), (0.21, None)]
