"""Facility files that no parser should be given: each is one line with file, place and mend."""

import os

import pytest

from tests.ordinary_user import ordinary_user
from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility import FacilityError, is_facility_name, load_facility
from transforms.parse.facility.own_limits import LimitError, read_limits

# ten lines of which each says the one before ten times over: 10^9 words
BOMB = "a0: &a0 [w, w, w, w, w, w, w, w, w, w]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
ENDLESS = {
    "an alias to itself": ("zone: UTC\ncode_map: &me {XM1: *me}\n", "line 2: *me stands inside"),
    "an alias bomb": (BOMB, "line 5: more than 100,000 values"),
    "3,000 brackets": (f"zone: {'[' * 3000}{']' * 3000}\n", "line 1: nested deeper than 20"),
    "300 steps": ("".join(f"{' ' * n}k:\n" for n in range(300)), "nested deeper than 20"),
    "half a letter": ('clinic: "\\uD800"\n', "line 1: half a letter"),
    "a bracket left open": ("zone: UTC\ncollected_at: [OBR-7\n", "line 3: not valid YAML"),
}


@pytest.mark.parametrize(("text", "fault"), ENDLESS.values(), ids=ENDLESS)
def test_endless_yaml_is_refused_before_it_is_built(tmp_path, text, fault):
    (tmp_path / "north.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FacilityError) as refused:
        load_facility(tmp_path, "north")
    assert str(refused.value).startswith("north.yaml, line ")
    assert fault in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_alias_that_ends_is_read(tmp_path):
    text = "unit_default:\n  A: &agreed {unit: g/L, approved_by: Dr Who}\n  B: *agreed\n"
    (tmp_path / "north.yaml").write_text(text, encoding="utf-8")
    units = load_facility(tmp_path, "north").unit_default
    assert units["B"] == units["A"]


def test_a_file_too_large_to_be_settings(tmp_path):
    with (tmp_path / "north.yaml").open("wb") as file:
        file.truncate(3 << 20)
    with pytest.raises(FacilityError, match=r"north\.yaml: larger than 2 MB"):
        load_facility(tmp_path, "north")


@pytest.mark.parametrize("kind", ["folder", "fifo", "link to nothing"])
def test_what_is_no_file_is_not_taken_for_no_settings(tmp_path, kind):
    path = tmp_path / "north.yaml"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FacilityError, match=r"north\.yaml: (is no plain file|a link to nothing)"):
        load_facility(tmp_path, "north")


def test_settings_that_igwatch_may_not_read(tmp_path):
    (tmp_path / "north.yaml").write_text("zone: UTC\n")
    (tmp_path / "north.yaml").chmod(0)
    mend = r"make it a plain file that the user igwatch runs as may read"
    with (
        ordinary_user(),
        pytest.raises(FacilityError, match=rf"north\.yaml: cannot be read \(permission.*; {mend}"),
    ):
        load_facility(tmp_path, "north")


def test_a_table_with_a_zero_byte_is_one_line(tmp_path):
    (tmp_path / "north.limits.csv").write_bytes(b'table_id\n"\0' + b"x" * 200_000)
    with pytest.raises(LimitError, match=r"north\.limits\.csv"):
        read_limits(tmp_path, "north", load_knowledge()["reference_interval"], {})


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("a" * 200, True), ("a" * 201, False), ("a" * 300, False), ("-north", False), ("_n-", True)],
)
def test_names_that_fit_a_folder_and_a_command(name, is_one):
    assert is_facility_name(name) == is_one


def test_a_long_name_is_refused_in_one_short_line(tmp_path):
    with pytest.raises(FacilityError, match="is no facility's name: it may hold") as refused:
        load_facility(tmp_path, "a" * 300)
    assert len(str(refused.value)) < 200
