"""Who asked for a result: on the clinic's page where the facility shows it, and nowhere the night after it
takes that back."""

from __future__ import annotations

import pytest

from igwatch.site.home import Home
from tests.file_text import file_texts
from tests.home import ask, deliver, new_home
from tests.igwatch.command_line import command

pytestmark = pytest.mark.heavy
DOCTOR, ATTENDING, WARD = "THISTLEWOOD", "BRAMBLEBY", "KESTREL UNIT"
IGM = {"20240110": "0.21", "20240512": "0.19"}  # low twice: a repeat was due, and done


def messages() -> str:
    lines = []
    for day, igm in IGM.items():
        lines += [
            f"MSH|^~\\&|LAB|NORTH|IGW|CLINIC|{day}1200||ORU^R01|C{day}|P|2.5.1",
            "PID|1||1001^^^NORTH^MR||LARK^ANNA||19801123|F",
            f"PV1|1|O|{WARD}^12^A^MAIN||||D7^{ATTENDING}^OLGA",
            f"OBR|1||F{day}|IGS^Immunoglobulins^L|||{day}0900|||||||||D9^{DOCTOR}^ANN^^^DR",
            "OBX|1|NM|2465-3^IgG^LN||9.1|g/L|7-16|N|||F",
            "OBX|2|NM|2458-8^IgA^LN||1.4|g/L|0.7-4|N|||F",
            f"OBX|3|NM|2472-9^IgM^LN||{igm}|g/L|0.4-2.3|L|||F",
        ]
    return "\r".join([*lines, ""])


def run(home: Home, shown: str) -> None:
    (home.facility / "north.yaml").write_text(f"show_requester: {shown}\n", encoding="utf-8")
    done = command(home, "run", "--as-of", "2024-12-01")
    assert done.returncode == 0, done.stderr


def named_in(home: Home, folder: str) -> set[str]:
    """Which of the names stand in any file below this folder of the home."""
    files = [path for path in (home.root / folder).rglob("*") if path.is_file()]
    text = " ".join(part for path in files for part in file_texts(path))
    return {name for name in (DOCTOR, ATTENDING, WARD) if name in text}


def test_it_is_told_where_it_is_shown_and_is_gone_from_raw_when_that_is_taken_back(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "a.hl7", messages())
    run(home, "true")
    waits = "SELECT requested_from, ended_by, days FROM mart.repeat_time"
    # due 90 days after the first, done 33 days later
    assert ask(home, waits) == [(f"{WARD}, MAIN", "repeat", 33)]
    page = (home.reports / "latest-north.html").read_text(encoding="utf-8")
    assert f"asked for by <bdi>DR ANN {DOCTOR}</bdi> from <bdi>{WARD}, MAIN</bdi>" in page
    assert named_in(home, "raw") == {DOCTOR, ATTENDING, WARD}

    run(home, "false")
    assert ask(home, waits) == [(None, "repeat", 33)]
    assert ask(home, "SELECT count(*) FROM mart.requester") == [(0,)]
    page = (home.reports / "latest-north.html").read_text(encoding="utf-8")
    assert "asked for by" not in page
    assert named_in(home, "raw") == set()
    assert named_in(home, "archive") == {DOCTOR, ATTENDING, WARD}  # as delivered
