"""A delimited feed that says no more than it must: its canaries are found, corrections too.

A correction is told from what it corrects by resulted_at, else by its delivery (the canonical CSV's
contract, docs/facility.md); neither feed states a status.
"""

from datetime import date

import pytest

from igwatch.night import pipeline
from igwatch.prove.prove import prove
from tests.home import SETTINGS, deliver, new_home

pytestmark = pytest.mark.heavy

ISOTYPES = {"2472-9": "1.1", "2465-3": "10.2", "2458-8": "1.9"}


def feed(columns: str, row: str) -> str:
    """Six patients with the three isotypes."""
    rows = [
        row.format(patient=f"P{n}", code=code, value=value)
        for n in range(6)
        for code, value in ISOTYPES.items()
    ]
    return "\n".join([columns, *rows, ""])


FEEDS = {
    "days_only": feed(
        "patient_id,birth_date,sex,order_number,collected_at,resulted_at,code,value,units",
        "{patient},1980-01-05,F,O-{patient},2024-03-01,2024-03-02,{code},{value},g/L",
    ),
    "no_times": feed(
        "patient_id,birth_date,sex,order_number,collected_at,code,value,units",
        "{patient},1980-01-05,F,O-{patient},2024-03-01,{code},{value},g/L",
    ),
}


def test_every_canary_is_found(tmp_path):
    home = new_home(tmp_path)
    for name, text in FEEDS.items():
        deliver(home, name, "results.csv", text)
    pipeline.land(home, SETTINGS)
    proof = prove(home, SETTINGS, date(2024, 3, 5))
    lost = [(one.facility, one.canary, one.lost_at, one.field) for one in proof.lost]
    assert lost == []
    assert {(one.facility, one.canary, one.state) for one in proof.outcomes} == {
        (name, canary, "found")
        for name in FEEDS
        for canary in ("correction", "healthy_child", "low_igm_adult", "strong_infant", "unit")
    }
