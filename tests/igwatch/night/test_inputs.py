"""The build file is opened as a service needs it, and holds what facilities say."""

from datetime import date

import duckdb
import pytest

from igwatch.night.inputs import open_build, store_inputs
from igwatch.night.pipeline import land
from igwatch.night.run import plan_run
from tests.home import SETTINGS, deliver, new_home

SETTINGS_OF_NORTH = """exposure_delivery: snapshot
kind: medication
exposure_status_map: {Canceled: cancelled}
exposure_certainty_map: {V.a.: suspected}
exposure_list_accepted: list_1.csv
exposure_from: [north, wards]
"""


def test_no_progress_bar_gets_into_logs(tmp_path):
    with open_build(tmp_path / "build.duckdb", SETTINGS) as con:
        bar = con.execute("SELECT current_setting('enable_progress_bar')").fetchone()
    assert bar == (False,)


@pytest.fixture
def built(tmp_path):
    home = new_home(tmp_path)
    (home.facility / "north.yaml").write_text(SETTINGS_OF_NORTH, encoding="utf-8")
    (home.facility / "north.exposures.csv").write_text(
        "code_system,code,exposure_group,approved_by,target_code_system,target_code\n"
        "LOCAL,RTX,,A. Person,ATC,L01FA01\n",
        encoding="utf-8",
    )
    deliver(home, "north", "list_1.csv", "patient_id,code,status\nann,RTX,Canceled\n")
    deliver(home, "wards", "exposures.csv", "patient_id,kind,code\nann,diagnosis,C90.0\n")
    land(home, SETTINGS)
    with duckdb.connect() as con:
        store_inputs(con, home, plan_run(home, date(2024, 6, 1)), ())
        yield con


def test_what_facilities_say_of_their_exposures_is_in_the_build(built):
    def asked(query):
        return built.sql(f"{query} ORDER BY ALL").fetchall()

    assert asked("SELECT facility, exposure_delivery FROM knowledge.facility") == [
        ("north", "snapshot"),
        ("wards", "changes"),
    ]
    assert asked("FROM knowledge.exposure_from") == [("north", "north"), ("north", "wards")]
    assert asked("FROM knowledge.local_word") == [
        ("north", "exposure_certainty", "V.A.", "suspected"),
        ("north", "exposure_list", "LIST_1.CSV", "accepted"),
        ("north", "exposure_status", "CANCELED", "cancelled"),
    ]
    assert asked("FROM knowledge.local_exposure") == [
        ("north", "LOCAL", "RTX", None, None, "ATC", "L01FA01"),
    ]
    assert asked("SELECT facility, kind, event_kind, code, statements FROM raw.exposure") == [
        ("north", "medication", "ordered", "RTX", "status Canceled"),
        ("wards", "diagnosis", "listed", "C90.0", None),
    ]
