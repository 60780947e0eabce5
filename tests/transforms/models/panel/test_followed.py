"""panel.followed: of core.panel the panels that the fold needs, in the same words."""

import pytest

from tests.property.history import EXPOSURES, MERGES, RESULTS
from tests.transforms.models.test_grain import drawn
from tests.warehouse_in_memory import MODELS, core, rows
from warehouse.build_models import build_models

SUSPECT = """
SELECT DISTINCT p.* EXCLUDE (igg_joined_by, iga_joined_by, igm_joined_by, ige_joined_by)
FROM core.panel AS p
INNER JOIN identity.person AS k ON p.patient_key = k.patient_key
INNER JOIN panel.patient_with_evidence AS s
    ON k.rowid = s.person_number AND p.index_analyte = s.index_analyte
"""


@pytest.fixture(scope="module")
def warehouse():
    of_north = {
        "retired_assigning_authority": "NORTH",
        "surviving_assigning_authority": "NORTH",
    }
    con = core(drawn(RESULTS), merge=drawn(MERGES, **of_north), exposure=drawn(EXPOSURES))
    build_models(con, MODELS, {"panel.followed"})
    return con


def test_a_candidate_panel_says_what_the_panel_says(warehouse):
    assert rows(warehouse, "SELECT count(*) > 5 FROM panel.followed") == [(True,)]
    assert sorted(map(repr, rows(warehouse, SUSPECT))) == sorted(
        map(repr, rows(warehouse, "FROM panel.followed"))
    )


@pytest.mark.parametrize(
    ("results", "suspect"),
    [
        ("igm | 1989-01-05 | 0.30", [("igm",)]),
        ("igm | 1989-01-05 | 0.45", []),
        ("igm | 1989-01-05 | 1.00", []),
        ("igm | 2023-12-01 | 0.50", [("igm",)]),
        ("igg | 1989-01-05 | 5.00", [("igg",)]),
        ("igg | 1989-01-05 | 7.00", []),
        ("igg | 1989-01-05 | <9.0", [("igg",)]),
        ("iga | 1989-01-05 | 0.01", [("igg",)]),
        ("iga | 1989-01-05 | 0.50", []),
        ("iga | 1989-01-05 | 10.5", [("igg",), ("igm",)]),
        ("igg | 1989-01-05 | 26.0", [("igg",), ("igm",)]),
        ("igm | 1989-01-05 | 10.5", [("igg",), ("igm",)]),
        ("igm | 2018-01-05 | 10.5", []),
    ],
    ids=[
        "low IgM", "borderline IgM", "normal IgM", "IgM before it can be judged", "low IgG",
        "borderline IgG", "IgG censored above the limit",
        "very low IgA, beside which a borderline IgG speaks", "low IgA",
        "IgA for electrophoresis", "IgG for electrophoresis", "IgM for electrophoresis",
        "high IgM of a child",
    ],
)  # fmt: skip
def test_what_makes_a_patient_worth_following(results, suspect):
    con = core("analyte | birth_date | observation_value\n" + results)
    found = rows(con, "SELECT index_analyte FROM panel.patient_with_evidence ORDER BY 1")
    assert found == suspect


def test_replacement_makes_both_rules_worth_following():
    con = core(
        "analyte | observation_value\nigm | 1.0",
        exposure="kind | code | code_system | name | start_date\n"
        "medication | J06BA02 | ATC | immunoglobulin | 2023-01-01",
    )
    assert rows(con, "SELECT index_analyte FROM panel.patient_with_evidence ORDER BY 1") == [
        ("igg",),
        ("igm",),
    ]
