"""Generations: which are kept, going back to one, what differs between two."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.warehouse.drawn import DICTIONARY, few, published
from warehouse.generation import (
    GenerationError,
    diff,
    drop_oldest,
    generations,
    live_generation,
    make_live,
    read_generation,
    rollback,
)

ROOT = Path(__file__).resolve().parents[2]
BEFORE = """
patient_key | patient_id | assigning_authority | rule_id   | status    | last_evidence_at
k1          | ann        | NORTH               | hyper_igm | candidate | 2025-06-01 08:00:00
k2          | bob        | NORTH               | hyper_igm | candidate | 2025-06-02 08:00:00
k3          | cem        | NORTH               | hyper_igm | resolved  | 2025-06-03 08:00:00
"""
AFTER = """
patient_key | patient_id | assigning_authority | rule_id   | status     | last_evidence_at
k1          | ann        | NORTH               | hyper_igm | persistent | 2025-09-01 08:00:00
k4          | dia        | NORTH               | hyper_igm | candidate  | 2025-06-02 08:00:00
k5          | eve        | NORTH               | hyper_igm | candidate  | 2025-09-03 08:00:00
"""
BOB_IS_DIA = """
assigning_authority | patient_id | patient_key | surviving_patient_id
NORTH               | bob        | k4          | dia
"""


def test_a_home_without_generations(tmp_path):
    assert generations(tmp_path) == []
    assert live_generation(tmp_path) is None


def test_generations_stand_in_the_order_of_publication(home):
    for run_id in ("20260102-b", "20260101-a"):
        published(home, run_id)
    os.utime(live_generation(home).path, (0, 0))
    assert [g.run_id for g in generations(home)] == ["r1", "20260102-b", "20260101-a"]


def test_rollback_makes_an_earlier_one_live_and_a_rerun_makes_the_last_live_again(home):
    last = published(home, "r2")
    assert rollback(home, "r1", few(home)).run_id == "r1"
    assert live_generation(home).run_id == "r1"
    assert published(home, "r2") == last
    assert live_generation(home) == last


@pytest.mark.parametrize(
    ("keep", "left"), [(3, ["r1", "r2", "r3"]), (2, ["r2", "r3"]), (1, ["r3"]), (-5, ["r3"])]
)
def test_the_last_are_kept_and_never_none(home, keep, left):
    for run_id in ("r2", "r3"):
        shutil.copytree(home / "generations" / "r1", home / "generations" / run_id)
        make_live(home, run_id)
    drop_oldest(home, keep)
    assert sorted(path.name for path in (home / "generations").glob("r*")) == left


CANNOT_REMOVE = """
import logging, os, sys
from pathlib import Path
from warehouse.generation import drop_oldest

home = Path(sys.argv[1])
if os.geteuid() == 0:  # to whom nothing is refused: be somebody else
    for path in (home, *home.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    os.seteuid(65534)
logging.basicConfig(format="%(message)s")
print(drop_oldest(home, 1))
"""


def test_an_old_generation_that_cannot_be_removed_is_told_and_tried_again():
    """A folder of it cannot be written to, as on a share that forbids it."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        home = Path(folder, "home")
        for run_id in ("r1", "r2"):
            published(home, run_id)
        locked = home / "generations" / "r1" / "core"
        locked.chmod(0o500)
        said = subprocess.run(
            [sys.executable, "-c", CANNOT_REMOVE, str(home)],
            capture_output=True, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        assert said.stdout == "1\n"
        (told,) = said.stderr.splitlines()
        assert told.startswith("an old generation cannot be removed (Permission denied)")
        assert told.endswith(f"rm -r {home}/generations/r1.tmp")
        assert [g.run_id for g in generations(home)] == ["r2"]
        (home / "generations" / "r1.tmp" / "core").chmod(0o700)
        assert drop_oldest(home, 1) == 0
        assert sorted(p.name for p in (home / "generations").glob("r*")) == ["r2"]


@pytest.mark.parametrize("has_its_own", [True, False])
def test_live_that_a_copy_made_a_folder_is_a_link_again(home, has_its_own):
    copy = home.with_name("copy")
    shutil.copytree(home, copy)  # follows links, as many tools do
    assert not (copy / "live").is_symlink()
    if not has_its_own:
        shutil.rmtree(copy / "generations" / "r1")
    assert live_generation(copy).run_id == "r1"
    published(copy, "r2")
    assert live_generation(copy).path == copy / "generations" / "r2"
    assert [g.run_id for g in generations(copy)] == ["r1", "r2"]
    assert {p.name for p in (copy / "generations").iterdir()} == {".lock", "r1", "r2"}
    rollback(copy, "r1", few(copy))
    assert live_generation(copy).path == copy / "generations" / "r1"


def test_the_live_one_is_kept_however_old(home):
    for run_id in ("r2", "r3"):
        published(home, run_id)
    rollback(home, "r1", few(home))
    drop_oldest(home, 1)
    assert [g.run_id for g in generations(home)] == ["r1", "r3"]


@pytest.mark.parametrize("run_id", ["r9", "../r1", "r1/core", ".", ""])
def test_rollback_to_what_is_not_kept_is_refused(home, run_id):
    with pytest.raises(GenerationError, match="kept are: r1"):
        rollback(home, run_id, few(home))
    assert live_generation(home).run_id == "r1"


def test_rollback_to_what_readers_could_not_read_is_refused(home):
    """The home was published with a few tables; the catalogues would name all of them."""
    published(home, "r2")
    with pytest.raises(GenerationError, match="another version of igwatch, without core"):
        rollback(home, "r1", DICTIONARY)
    assert live_generation(home).run_id == "r2"


def test_diff_names_each_flag_that_differs_and_a_merge_is_no_difference(tmp_path):
    published(tmp_path, "r1", flag__patient_flag=BEFORE)
    published(tmp_path, "r2", flag__patient_flag=AFTER, core__patient_alias=BOB_IS_DIA)
    changed = diff(tmp_path, "r1", "r2").to_pylist()
    assert [(r["patient_id"], r["status_before"], r["status_after"]) for r in changed] == [
        ("ann", "candidate", "persistent"),
        ("cem", "resolved", "no_evidence"),
        ("eve", "no_evidence", "candidate"),
    ]
    assert diff(tmp_path, "r2", "r2").num_rows == 0


def test_diff_of_what_is_not_kept_is_refused(home):
    with pytest.raises(GenerationError, match="r0"):
        diff(home, "r0", "r1")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"run_id": "r1", "tables": {"a": {}}}'])
def test_a_manifest_that_cannot_be_read_is_said(home, content):
    generation = live_generation(home)
    (generation.path / "manifest.json").write_text(content)
    with pytest.raises(GenerationError, match=r"manifest\.json cannot be read"):
        read_generation(generation.path)
