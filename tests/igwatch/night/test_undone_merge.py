"""Two persons joined by mistake are parted again, in all history, by one dated row."""

import pytest

from tests.home import RESULTS_HEADER, ask, deliver, new_home
from tests.igwatch.nights import quick_night

MERGES = "assigning_authority,retired_id,surviving_id,merged_at\n"


def panel(patient: str) -> str:
    return "".join(
        f"{patient},LAB,1980-01-05,F,,,serum,2024-01-10,2024-01-10,{code},LN,,{value},g/L,,,F,,\n"
        for code, value in (("2472-9", "0.2"), ("2465-3", "9.1"), ("2458-8", "1.4"))
    )


def flagged(home) -> list[str]:
    return [p for (p,) in ask(home, "SELECT patient_id FROM flag.patient_flag ORDER BY 1")]


@pytest.mark.heavy
def test_a_merge_into_itself_undoes_the_merge_before_it(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", RESULTS_HEADER + "\n" + panel("P20") + panel("P21"))
    deliver(home, "north", "merges.csv", MERGES + "LAB,P21,P20,2024-01-22\n")
    quick_night(home, "2024-02-01")
    assert flagged(home) == ["P20"]
    deliver(home, "north", "merges_undone.csv", MERGES + "LAB,P21,P21,2024-01-23\n")
    quick_night(home, "2024-02-02")
    assert flagged(home) == ["P20", "P21"]
