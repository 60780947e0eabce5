"""Urgent patients of whom nobody took note: told each night, also where their file is withheld."""

from __future__ import annotations

import json

import pytest

from tests.home import RESULTS_HEADER, ask, deliver, new_home, night

pytestmark = pytest.mark.heavy

# a boy of six months with IgG 0.9 g/L and no IgA: alarming under 9 months as IgA is not normal
BOY = [
    "URGENT739184,N,2024-06-01,M,,,serum,2024-12-05,2024-12-05,{code},LN,{name},{value},g/L,,,F,,"
]
SAMPLE = [("2465-3", "IgG", "0.9"), ("2458-8", "IgA", "<0.07"), ("2472-9", "IgM", "3.1")]


def boy() -> str:
    rows = [BOY[0].format(code=code, name=name, value=value) for code, name, value in SAMPLE]
    return "\n".join([RESULTS_HEADER, *rows, ""])


def seen(day: str) -> str:
    return (
        "patient_id,assigning_authority,rule_id,verdict,reviewer,reviewed_at,note\n"
        f"URGENT739184,N,*,seen,Dr Who,{day},called the ward\n"
    )


@pytest.fixture
def alarms(tmp_path, monkeypatch):
    """What IGWATCH_ALARM_COMMAND was handed so far."""
    heard = tmp_path / "heard"
    monkeypatch.setenv("IGWATCH_ALARM_COMMAND", f"sh -c 'cat >> {heard}; echo >> {heard}'")
    return lambda: heard.read_text() if heard.exists() else ""


def unseen(home) -> dict[str, int]:
    return json.loads((home.status / "run.json").read_text())["urgent_unseen"]


def test_an_urgent_child_is_told_each_night_until_seen(tmp_path, alarms):
    home = new_home(tmp_path)
    (home.facility / "north.yaml").write_text("clinic: North Immunology\n")
    deliver(home, "north", "results.csv", boy())
    night(home, "2024-12-10")
    assert unseen(home) == {"North Immunology": 1}
    assert alarms().count("1 urgent patient of North Immunology not yet seen") == 1
    night(home, "2024-12-11")
    assert alarms().count("not yet seen") == 2
    assert "URGENT739184" not in alarms()
    told = 'igwatch_urgent_unseen{clinic="North Immunology"} 1'
    assert told in (home.status / "exact" / "igwatch.prom").read_text()
    open_to_dashboards = (home.status / "igwatch.prom").read_text()
    assert "urgent_unseen" not in open_to_dashboards, "one child of a clinic would be told"
    deliver(home, "north", "reviews.csv", seen("2024-12-11 09:00"))
    night(home, "2024-12-12")
    assert unseen(home) == {"North Immunology": 0}
    assert alarms().count("not yet seen") == 2
    assert ask(home, "SELECT ask, seen_at::VARCHAR FROM mart.worklist") == [
        ("urgent", "2024-12-11 09:00:00")
    ]
    assert json.loads((home.status / "run.json").read_text())["urgent_days_to_seen"] == 1


def test_seen_without_a_reason_is_refused(tmp_path):
    home = new_home(tmp_path)
    deliver(home, "north", "results.csv", boy())
    deliver(home, "north", "reviews.csv", seen("2024-12-11 09:00").replace("called the ward", ""))
    night(home, "2024-12-12")
    assert ask(home, "SELECT is_unseen FROM mart.urgent") == [(True,)]
