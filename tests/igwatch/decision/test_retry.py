"""Held rows are read again only under a facility that landing would accept."""

import pytest

from igwatch.decision.retry import retry_rejects
from igwatch.night.pipeline import land
from tests.home import RESULTS_HEADER, SETTINGS, deliver, new_home
from transforms.parse.facility.facility import FacilityError

NO_DAY = RESULTS_HEADER + "\nann,N,1980-01-05,F,,,serum,someday,,2472-9,LN,IgM,1.2,g/L,,,F,,\n"


@pytest.mark.parametrize("name", ["north.limits.csv", "north.rules.csv", "north.exposures.csv"])
def test_a_facility_with_a_broken_file_beside_it_is_refused(tmp_path, name):
    home = new_home(tmp_path)
    (home.facility / "north.yaml").write_text("zone: UTC\n", encoding="utf-8")
    deliver(home, "north", "a.csv", NO_DAY)
    land(home, SETTINGS)
    retry_rejects(home)
    (home.facility / name).write_text("one,two\n1,2\n", encoding="utf-8")
    with pytest.raises(FacilityError, match=name):
        retry_rejects(home)
