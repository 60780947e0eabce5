"""Exposures as hospitals send them, one a patient, through a whole night: what each leaves of a
pattern that would else be definite. The cases are tests/data/exposure_rows.csv."""

import csv
from pathlib import Path

import pytest

from tests.home import ask, deliver, new_home, night

pytestmark = pytest.mark.heavy

CASES = list(
    csv.DictReader((Path(__file__).parents[2] / "data" / "exposure_rows.csv").open(newline=""))
)
AS_OF = "2025-06-01"
# pattern -> rule, sex and birth date, and IgG/IgA/IgM on each day, in g/L
PATTERN = {
    "three_lows": (
        "selective_igm_deficiency",
        "F,1985-05-01",
        dict.fromkeys(("2024-06-05", "2024-10-10", "2025-02-10"), ("10.0", "1.9", "0.20")),
    ),
    "hyper_igm": (
        "hyper_igm",
        "M,2018-05-01",
        {"2024-10-05": ("0.8", "<0.07", "4.0"), "2024-12-10": ("0.7", "<0.07", "4.4")},
    ),
}
LOINC = ("2465-3", "2458-8", "2472-9")
RESULTS = "patient_id,sex,birth_date,order_number,collected_at,code,code_system,value,units"
EXPOSURES = "patient_id,kind,code,code_system,name,start_date,end_date"
# a living feed: ordinary people with an ordinary diagnosis of the last weeks
ORDINARY = [
    f"ordinary{n},diagnosis,I10,ICD10,hypertension,2025-05-0{n % 9 + 1}," for n in range(40)
]


def results_of(patient: str, pattern: str) -> list[str]:
    _, person, days = PATTERN[pattern]
    return [
        f"{patient},{person},{patient}-{day},{day} 08:00,{code},LN,{value},g/L"
        for day, values in days.items()
        for code, value in zip(LOINC, values, strict=True)
    ]


def as_line(cells: list[str]) -> str:
    return ",".join(f'"{cell}"' for cell in cells)


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """(patient, rule) -> state."""
    home = new_home(tmp_path_factory.mktemp("rows"))
    (home.facility / "lab.yaml").write_text("zone: UTC\nexposure_feed: complete\n")
    results = [line for c in CASES for line in results_of(c["patient_id"], c["pattern"])]
    sent = [as_line([case[name] for name in EXPOSURES.split(",")]) for case in CASES]
    deliver(home, "lab", "results.csv", "\n".join([RESULTS, *results]) + "\n")
    deliver(home, "lab", "exposures.csv", "\n".join([EXPOSURES, *sent, *ORDINARY]) + "\n")
    night(home, AS_OF)
    query = "SELECT patient_id, rule_id, status FROM flag.patient_flag"
    return {(patient, rule): status for patient, rule, status in ask(home, query)}


@pytest.mark.parametrize("case", CASES, ids=[case["patient_id"] for case in CASES])
def test_what_a_row_leaves_of_the_pattern(states, case):
    found = states.get((case["patient_id"], PATTERN[case["pattern"]][0]), "no_evidence")
    assert found == case["state"], case["why"]
