"""What a night goes by when a facility's files are broken: its own of before, and nobody else's."""

import pytest

from igwatch.site.settings_in_force import keep_settings, settings_in_force
from tests.home import new_home
from tests.transforms.parse.facility.test_own_limits import ADULT, CHILD, MAN
from tests.transforms.parse.facility.test_own_rules import SIGNED, written
from transforms.parse.facility.own_limits import COLUMNS

NAMES = ("north", "south")
LIMITS = "\n".join([",".join(COLUMNS), CHILD, ADULT, MAN]) + "\n"


@pytest.fixture
def home(tmp_path):
    """Both facilities had good settings on the night before."""
    home = new_home(tmp_path)
    (home.facility / "north.yaml").write_text("zone: Europe/London\n")
    (home.facility / "south.yaml").write_text("zone: Europe/Berlin\n")
    written(home.facility, SIGNED)
    keep_settings(home, settings_in_force(home, NAMES))
    return home


BROKEN = {
    "an open question": ("north.yaml", 'zone: "?"\n', "north.yaml, line 1: key zone: not answered"),
    "a typo": ("north.yaml", "zoone: UTC\n", "north.yaml, line 1: key zoone: not a known key"),
    "limits": ("north.limits.csv", "one,two\n1,2\n", "north.limits.csv: header must be"),
    "rules": ("north.rules.csv", "one,two\n1,2\n", "north.rules.csv: header must be"),
    "exposures": ("north.exposures.csv", "one,two\n1,2\n", "north.exposures.csv: header must be"),
    "measuring": ("north.measuring.csv", "one,two\n1,2\n", "north.measuring.csv: header must be"),
    "a name nothing reads": ("north.rule.csv", "", "north.rule.csv: nothing reads it"),
    "rules without yaml": ("north.yaml", None, "north.rules.csv: there is no north.yaml beside"),
}


@pytest.mark.parametrize(("name", "text", "fault"), BROKEN.values(), ids=BROKEN)
def test_what_was_good_stays_in_force(home, name, text, fault):
    path = home.facility / name
    path.write_text(text) if text is not None else path.unlink()
    found = settings_in_force(home, NAMES)
    assert str(found.faults["north"]).startswith(fault)
    assert [*found.faults] == ["north"]
    assert [f.zone for f in found.facilities] == ["Europe/London", "Europe/Berlin"]
    assert found.rules["facility"].to_pylist() == ["north"]


def test_a_fault_is_not_kept_and_its_mend_is(home):
    (home.facility / "north.yaml").write_text("zoone: UTC\n")
    keep_settings(home, settings_in_force(home, NAMES))
    assert settings_in_force(home, NAMES).of["north"].facility.zone == "Europe/London"
    (home.facility / "north.yaml").write_text("zone: UTC\n")
    keep_settings(home, settings_in_force(home, NAMES))
    (home.facility / "north.yaml").write_text("zoone: UTC\n")
    assert settings_in_force(home, NAMES).of["north"].facility.zone == "UTC"


def test_nothing_is_known_of_a_facility_that_was_never_good(tmp_path):
    home = new_home(tmp_path)
    (home.facility / "north.yaml").write_text("zoone: UTC\n")
    found = settings_in_force(home, NAMES)
    assert [*found.of] == ["south"]
    assert [*found.faults] == ["north"]


def test_a_facility_without_files_goes_on_without_any(tmp_path):
    home = new_home(tmp_path)
    keep_settings(home, settings_in_force(home, NAMES))
    (home.facility / "north.yaml").write_text("zoone: UTC\n")
    found = settings_in_force(home, NAMES)
    assert [*found.faults] == ["north"]
    assert found.of["north"].facility.zone == "UTC"


def test_two_tables_of_one_name_are_the_fault_of_the_newcomer(home):
    (home.facility / "south.limits.csv").write_text(LIMITS)
    keep_settings(home, settings_in_force(home, NAMES))
    (home.facility / "north.limits.csv").write_text(LIMITS)
    found = settings_in_force(home, NAMES)
    assert [*found.faults] == ["north"]
    assert set(found.of) == {"north", "south"}
    assert found.limits.num_rows > 0
