"""A night runs where none of the optional libraries is installed."""

import sys

from tests.home import deliver, new_home
from tests.igwatch.night.test_night import panel, results
from tests.igwatch.nights import quick_night
from tests.test_layers import OPTIONAL


def test_a_night_runs_without_any_optional_library(tmp_path, monkeypatch):
    for library in OPTIONAL:
        for name in [library, *(m for m in sys.modules if m.startswith(f"{library}."))]:
            monkeypatch.setitem(sys.modules, name, None)
    home = new_home(tmp_path)
    deliver(home, "north", "a.csv", results(panel("2024-01-10", "0.21")))
    quick_night(home, "2024-01-20")
    assert home.live.exists()
