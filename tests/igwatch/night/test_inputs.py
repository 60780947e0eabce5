"""The build file is opened as a service needs it."""

from igwatch.night.inputs import open_build
from tests.home import SETTINGS


def test_no_progress_bar_gets_into_logs(tmp_path):
    with open_build(tmp_path / "build.duckdb", SETTINGS) as con:
        bar = con.execute("SELECT current_setting('enable_progress_bar')").fetchone()
    assert bar == (False,)
