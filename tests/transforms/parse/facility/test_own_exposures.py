"""A facility's own map of exposures: read whole and signed, or refused in one line."""

import pytest

from igwatch.site.facility_knowledge import copy_facility, own_exposures
from igwatch.site.home import home_at
from transforms.parse.facility.own_exposures import (
    LOCAL_EXPOSURE,
    OPTIONAL,
    REQUIRED,
    ExposureMapError,
    read_exposure_map,
)

WHO, DAY = "A. Person", "2024-09-01"
CLL = f"SNOMED,92814006,,{WHO},,ICD10,C91.1,{DAY}"
RITUXIMAB = f'LOCAL,"RTX,500",,{WHO},,atc,L01FA01,{DAY}'
BY_NAME = f",,,{WHO},MTX Lsg.,ATC,L04AX03,{DAY}"
NOTHING = f"SNOMED,195967001,,{WHO},,,,{DAY}"
GROUP = f"SNOMED,118601006,b_cell_malignancy,{WHO},,,,"


HEADER = ",".join((*REQUIRED, *OPTIONAL))


@pytest.fixture
def home(tmp_path):
    return home_at(tmp_path).prepare()


def written(home, *lines, header=HEADER):
    path = home.facility / "north.exposures.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def test_codes_and_names_mean_a_code_of_a_system_that_is_read_or_nothing(home):
    written(home, CLL, RITUXIMAB, BY_NAME, NOTHING, GROUP)
    rows = own_exposures(home, ["south", "north"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("north", "SNOMED", "92814006", None, None, "ICD10", "C91.1"),
        ("north", "LOCAL", "RTX,500", None, None, "ATC", "L01FA01"),
        ("north", None, None, "MTX Lsg.", None, "ATC", "L04AX03"),
        ("north", "SNOMED", "195967001", None, None, None, None),
        ("north", "SNOMED", "118601006", None, "b_cell_malignancy", None, None),
    ]


def test_the_four_columns_of_the_contract_are_enough(home):
    """DESIGN 8: code_system, code, exposure_group, approved_by."""
    header = "code_system,code,exposure_group,approved_by"
    written(home, f"SNOMED,118601006,b_cell_malignancy,{WHO}", header=header)
    (row,) = read_exposure_map(home.facility, "north").to_pylist()
    assert (row["code"], row["exposure_group"]) == ("118601006", "b_cell_malignancy")


def test_without_a_file_there_is_nothing_of_its_own(home):
    found = own_exposures(home, ["north"])
    assert (found.num_rows, found.schema) == (0, LOCAL_EXPOSURE)


def test_a_code_may_mean_two_things(home):
    both = [CLL, CLL.replace("C91.1", "D80.1")]
    written(home, *both)
    assert read_exposure_map(home.facility, "north")["target_code"].to_pylist() == [
        "C91.1",
        "D80.1",
    ]


def test_it_goes_where_the_facility_goes(home, tmp_path):
    written(home, CLL)
    other = home_at(tmp_path / "other").prepare()
    copy_facility(home, "north", other)
    assert own_exposures(other, ["north"]).num_rows == 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([f"SNOMED,,,{WHO},,ICD10,C91.1,"], "north.exposures.csv, line 2: code or name must be filled"),
        ([CLL, CLL.replace("A. Person", "")],
         "north.exposures.csv, line 3: approved_by must be filled; who approved it"),
        ([CLL.replace("2024-09-01", "1.9.2024")],
         "north.exposures.csv, line 2: approved_on must be a date, written YYYY-MM-DD"),
        ([CLL.replace("C91.1", "")],
         "north.exposures.csv, line 2: half a target; fill target_code_system and target_code, or"
         " neither where it means nothing to a rule"),
        ([CLL.replace("ICD10", "")], "north.exposures.csv, line 2: half a target; fill target_code_"),
        ([CLL.replace("ICD10", "READ2")],
         "north.exposures.csv, line 2: READ2 is no system that is read; write ATC"),
        ([CLL, RITUXIMAB, CLL.replace("C91.1", "c911")],
         "north.exposures.csv, line 4: stands twice, first on line 2; keep one of them"),
        ([NOTHING, f"SNOMED,195967001,,{WHO},,ICD10,J45,"],
         "north.exposures.csv, line 3: a meaning and none, as line 2 says; keep one of them"),
        ([f"LOCAL,RTX,500,anti_cd20,{WHO},,,,,"],
         "north.exposures.csv, line 2: more cells than headers; put quotes around a comma"),
        (["LOCAL,RTX,anti_cd20"], "north.exposures.csv, line 2: approved_by must be filled"),
        ([GROUP.replace("b_cell_malignancy", "blood")],
         "north.exposures.csv, line 2: blood is no group of exposures; write one of "),
        ([f"LOCAL,RTX,anti_cd20,{WHO},,ATC,L01FA01,"],
         "north.exposures.csv, line 2: a group and a code; fill one of them"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused_in_one_line(home, lines, message):
    written(home, *lines)
    with pytest.raises(ExposureMapError) as refused:
        own_exposures(home, ["north"])
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_another_header_or_character_set_is_refused(home):
    written(home, CLL, header="code,name")
    with pytest.raises(
        ExposureMapError, match="header must be code_system,code,exposure_group,approved_by"
    ):
        own_exposures(home, ["north"])
    (home.facility / "north.exposures.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(ExposureMapError, match="not UTF-8; save the file as UTF-8"):
        own_exposures(home, ["north"])
