"""A facility signs which exposures ask for an immunoglobulin: NAME.measuring.csv."""

import pytest

from igwatch.site.facility_knowledge import copy_facility, own_measuring
from igwatch.site.settings_in_force import settings_in_force
from tests.home import new_home
from tests.igwatch.command_line import command
from transforms.knowledge import load_knowledge
from transforms.parse.facility.own_measuring import MeasuringError

HEADER = "measuring_id,approved_by,approved_on,within_days"
SIGNED = (
    f"{HEADER}\nanti_cd20_interval,d.doe,2026-11-30,\nclozapine_interval,d.doe,2026-11-30,200\n"
)


@pytest.fixture
def home(tmp_path):
    home = new_home(tmp_path / "one")
    (home.facility / "wards.yaml").write_text("")
    (home.facility / "wards.measuring.csv").write_text(SIGNED)
    return home


ROWS = [
    {"facility": "wards", "measuring_id": "anti_cd20_interval", "within_days": None},
    {"facility": "wards", "measuring_id": "clozapine_interval", "within_days": 200},
]


def test_what_is_signed_is_in_force_and_goes_with_the_facility(home, tmp_path):
    signed = [row | {"approved_by": "d.doe"} for row in ROWS]
    assert own_measuring(home, ["wards", "north"]).to_pylist() == signed
    assert settings_in_force(home, ["wards", "north"]).measuring.to_pylist() == signed
    other = new_home(tmp_path / "two")
    copy_facility(home, "wards", other)
    assert own_measuring(other, ["wards"]).num_rows == 2


def test_nothing_is_signed_as_shipped(tmp_path):
    assert own_measuring(new_home(tmp_path), ["wards"]).num_rows == 0
    columns = load_knowledge()["measuring"].column_names
    assert not {"approved_by", "reviewed_on", "checked_by"} & set(columns)


LINE = "anti_cd20_interval,d.doe,2026-11-30,"
BROKEN = {
    "a header": (
        "id,who\n",
        "wards.measuring.csv: header must be measuring_id,approved_by,approved_on",
    ),
    "an unknown row": (
        f"{HEADER}\nanti_cd21,d.doe,2026-11-30,\n",
        "wards.measuring.csv, line 2: anti_cd21 is no measuring_id; write one of anti_cd20_baseline,",
    ),
    "nobody": (
        f"{HEADER}\nanti_cd20_interval,,2026-11-30,\n",
        "wards.measuring.csv, line 2: approved_by must be filled; who approved it",
    ),
    "no day": (
        f"{HEADER}\nanti_cd20_interval,d.doe,,\n",
        "wards.measuring.csv, line 2: approved_on must be a date, written YYYY-MM-DD",
    ),
    "no number": (
        f"{HEADER}\n{LINE}half a year\n",
        "wards.measuring.csv, line 2: within_days is no number of days; write one such as 183",
    ),
    "none": (
        f"{HEADER}\n{LINE}0\n",
        "wards.measuring.csv, line 2: within_days is no number of days; write one such as 183",
    ),
    "twice": (
        f"{HEADER}\n{LINE}\n{LINE}90\n",
        "wards.measuring.csv, line 3: stands twice, first on line 2; keep one of them",
    ),
    "a comma": (
        f"{HEADER}\n{LINE}90,more\n",
        "wards.measuring.csv, line 2: more cells than headers; put quotes around a comma",
    ),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_used_is_one_line_with_its_mend(home, text, said):
    (home.facility / "wards.measuring.csv").write_text(text)
    with pytest.raises(MeasuringError) as fault:
        own_measuring(home, ["wards"])
    assert str(fault.value).startswith(said)
    assert "\n" not in str(fault.value)
    done = command(home, "facility", "check")
    assert (done.returncode, said in done.stdout + done.stderr) == (1, True)
