"""The box of the runbook that walks the ledger's chain without igwatch, on whole and broken ones."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.warehouse.drawn import published

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
(BOX,) = re.findall(r"^## Does everything add up\?$.*?```sh\n(.*?)```", RUNBOOK, re.S | re.M)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("chain")
    for run_id in ("r1", "r2", "r3"):
        published(home, run_id)
    return home


def walked(home) -> tuple[int, str]:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", BOX],
        capture_output=True, text=True, check=False, env=os.environ | {"IGWATCH_HOME": str(home)},
    )  # fmt: skip
    return done.returncode, done.stdout


def test_it_is_some_ten_lines_of_sha256sum():
    assert len(BOX.splitlines()) <= 12
    assert "sha256sum" in BOX


def test_a_whole_chain_holds(home):
    assert walked(home) == (0, "the chain of the ledger holds\n")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (
            "publication/00000002-r2.parquet",
            "00000003-r3.parquet does not follow the one before it",
        ),
        ("source/00000002-r2.parquet", "../source/00000002-r2.parquet: FAILED"),
    ],
)
def test_a_byte_that_was_changed_is_found(home, broken, said):
    path = home / "ledger" / broken
    whole = path.read_bytes()
    path.write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
    try:
        code, told = walked(home)
    finally:
        path.write_bytes(whole)
    assert code != 0
    assert said in told


def test_a_record_that_was_taken_out_is_found(home):
    path = home / "ledger" / "publication" / "00000002-r2.parquet"
    aside = path.rename(home / "aside")
    try:
        assert walked(home)[0] != 0
    finally:
        aside.rename(path)
