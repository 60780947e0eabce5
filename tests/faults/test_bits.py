"""A bit that flips on disk, in each kind of file: seen by `igwatch verify --deep`, and the next night
ends as if nothing had been, or in one line that names the file; a backup of it mends that."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.child import igwatch
from tests.faults.homes import run_again, state

pytestmark = pytest.mark.heavy
KINDS = {
    "archive": "archive/*/*",
    "raw results": "raw/observation/*/*.parquet",
    "raw source files": "raw/source_file/*/*.parquet",
    "ledger, statuses": "ledger/publication/*.parquet",
    "ledger, sources": "ledger/source/*.parquet",
    "persons' numbers": "ledger/person_number.parquet",
    "published table": "live/flag/evidence.parquet",
    "published table of quality": "live/quality/conservation.parquet",
    "manifest": "live/manifest.json",
    "copy in one file": "live/warehouse.duckdb",
    "catalogue": "igwatch.duckdb",
    "catalogue of quality": "quality.duckdb",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit(region, undisturbed, tmp_path, tried, kind):
    tried("a bit flipped in a file of each kind, or its end cut off")
    home = region.home(tmp_path / "home")
    path = sorted(path for path in home.root.glob(KINDS[kind]) if path.is_file())[0]
    backup = Path(shutil.copy2(path, tmp_path / "backup"))
    flip(path)
    _seen_and_mended(region, undisturbed, home, path, backup)


@pytest.mark.parametrize("kind", ["archive", "raw results", "ledger, statuses"])
def test_a_file_whose_end_is_cut_off(region, undisturbed, tmp_path, tried, kind):
    tried("a bit flipped in a file of each kind, or its end cut off")
    home = region.home(tmp_path / "home")
    path = sorted(path for path in home.root.glob(KINDS[kind]) if path.is_file())[0]
    backup = Path(shutil.copy2(path, tmp_path / "backup"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    _seen_and_mended(region, undisturbed, home, path, backup)


def flip(path: Path) -> None:
    """The lowest bit of the byte in the middle of the file's first half, where data lie."""
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def _seen_and_mended(region, undisturbed, home, path: Path, backup: Path) -> None:
    seen = igwatch(home.root, "verify", "--deep")
    assert seen.code == 1, seen.said
    assert "Traceback" not in seen.said
    ended = igwatch(home.root, "run", "--as-of", region.last)
    assert "Traceback" not in ended.said
    if ended.code != 0 or igwatch(home.root, "verify", "--deep").code != 0:
        shutil.copy2(backup, path)
    run_again(home, region.last)
    assert state(home) == undisturbed.state
    mended = igwatch(home.root, "verify", "--deep")
    assert mended.code == 0, mended.said
