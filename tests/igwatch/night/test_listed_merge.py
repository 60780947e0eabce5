"""The printed mend of a refused A40 joins the two people it names, and no stranger."""

from __future__ import annotations

import pytest

from tests.home import ask, deliver, new_home, night
from tests.transforms.parse.hl7.hl7_file import MSH, OBR, OBX

ADT = MSH.replace("ORU^R01", "ADT^A40")


def result(pid_3: str, born: str, month: str) -> str:
    order = OBR.replace("F-1", f"F-{month}").replace("20240314", f"2024{month}14")
    return "\r".join([MSH, f"PID|1||{pid_3}||||{born}|F", order, OBX]) + "\r"


@pytest.mark.heavy
def test_a_merge_across_authorities_is_listed_with_both(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "lab", "1.hl7", result("7^^^N^MR", "19800101", "01"))
    deliver(home, "lab", "2.hl7", result("9^^^S^MR", "19800101", "02"))
    deliver(home, "lab", "3.hl7", result("7^^^S^MR", "19551111", "03"))
    deliver(home, "lab", "4.hl7", f"{ADT}\rPID|1||9^^^S^MR\rMRG|7^^^N^MR\r")
    deliver(
        home,
        "lab",
        "merges.csv",
        "retired_assigning_authority,retired_id,surviving_assigning_authority,surviving_id\n"
        "N,7,S,9\n",
    )
    night(home, "2024-12-20")
    assert ask(
        home,
        "SELECT list(DISTINCT birth_date::VARCHAR), count(*) FROM core.measurement "
        "GROUP BY patient_key ORDER BY 2",
    ) == [(["1955-11-11"], 1), (["1980-01-01"], 2)]
