"""panel.followed: of core.panel the panels that the fold needs, in the same words."""

import pytest

from tests.property.history import EXPOSURES, MERGES, RESULTS
from tests.transforms.models.test_grain import drawn
from tests.warehouse_in_memory import MODELS, by_patient, core, patients, rows
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


# patient -> analyte, birth date and value, and the isotypes whose rules follow them
WORTH = {
    "low IgM": ("igm | 1989-01-05 | 0.30", [("igm",)]),
    "borderline IgM": ("igm | 1989-01-05 | 0.45", []),
    "normal IgM": ("igm | 1989-01-05 | 1.00", []),
    "IgM before it can be judged": ("igm | 2023-12-01 | 0.50", [("igm",)]),
    "low IgG": ("igg | 1989-01-05 | 5.00", [("igg",)]),
    "borderline IgG": ("igg | 1989-01-05 | 7.00", []),
    "IgG censored above the limit": ("igg | 1989-01-05 | <9.0", [("igg",)]),
    "very low IgA, beside which a borderline IgG speaks": (
        "iga | 1989-01-05 | 0.01",
        [("igg",)],
    ),
    "low IgA": ("iga | 1989-01-05 | 0.50", []),
    "IgA for electrophoresis": ("iga | 1989-01-05 | 10.5", [("igg",), ("igm",)]),
    "IgG for electrophoresis": ("igg | 1989-01-05 | 26.0", [("igg",), ("igm",)]),
    "IgM for electrophoresis": ("igm | 1989-01-05 | 10.5", [("igg",), ("igm",)]),
    "high IgM of a child": ("igm | 2018-01-05 | 10.5", []),
}
REPLACED = "normal IgM under replacement"


@pytest.fixture(scope="module")
def followed():
    drawn = {
        name: f"analyte | birth_date | observation_value\n{result}"
        for name, (result, _) in WORTH.items()
    }
    replacement = """
        kind       | code    | code_system | name           | start_date
        medication | J06BA02 | ATC         | immunoglobulin | 2023-01-01
    """
    con = core(
        patients({**drawn, REPLACED: "analyte | observation_value\nigm | 1.0"}),
        exposure=patients({REPLACED: replacement}),
    )
    return by_patient(
        con,
        "SELECT k.patient_id, e.index_analyte FROM panel.patient_with_evidence AS e "
        "INNER JOIN identity.person AS k ON e.person_number = k.rowid ORDER BY ALL",
    )


@pytest.mark.parametrize("name", WORTH)
def test_what_makes_a_patient_worth_following(followed, name):
    _, expected = WORTH[name]
    assert followed[name] == expected


def test_replacement_makes_both_rules_worth_following(followed):
    assert followed[REPLACED] == [("igg",), ("igm",)]
