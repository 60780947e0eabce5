"""The wheel holds all that a night needs: installed into a fresh environment, it runs one.

The environment has the locked packages and the wheel; the checkout is nowhere on its path.
"""

import csv
import os
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from igwatch.site.home import home_at
from samples.demo_nights import deliver, write_samples
from tests.home import ask

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"dags", "expectations", "igwatch", "reports", "samples", "transforms", "warehouse"}

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy: an earlier build in the checkout must not get into it."""
    source = tmp_path_factory.mktemp("source")
    for package in PACKAGES:
        without_bytecode = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, source / package, ignore=without_bytecode)
    for file in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / file, source)
    folder = tmp_path_factory.mktemp("wheel")
    _run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--no-build-isolation", "--wheel-dir", folder, source),
    )
    return next(folder.glob("igwatch-*.whl"))


@pytest.fixture(scope="module")
def igwatch(wheel, tmp_path_factory):
    """The command `igwatch` of a fresh environment, run away from the checkout."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    _run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
        *("--disable-pip-version-check", "--no-deps", "--no-index", wheel),
    )
    [packages] = (folder / "venv" / "lib").glob("python*/site-packages")
    # a path in a .pth file is searched, but its own .pth files (the editable checkout) are not read
    locked = [path for path in site.getsitepackages() if Path(path).is_dir()]
    (packages / "locked.pth").write_text("\n".join(locked) + "\n", encoding="utf-8")

    def command(*words: object) -> str:
        return _run(folder / "venv" / "bin" / "igwatch", *words, cwd=folder)

    command.python = python
    command.folder = folder
    return command


def test_the_wheel_holds_every_package_whole_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    packages = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert packages == PACKAGES
    here = {
        path.relative_to(ROOT).as_posix()
        for package in packages
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here - set(names) == set()
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_checkout_is_not_what_runs(igwatch):
    where = _run(
        *(igwatch.python, "-c", "import igwatch, transforms; print(igwatch.__file__)"),
        cwd=igwatch.folder,
    )
    assert Path(where.strip()).is_relative_to(igwatch.folder)


def test_a_night_from_the_wheel_flags_as_expected_and_adds_up(igwatch, tmp_path):
    home = home_at(tmp_path / "home").prepare()
    for night in write_samples(home.root).nights[:2]:
        deliver(home.root, night)
        igwatch("run", "--home", home.root, "--as-of", night.as_of)
    igwatch("verify", "--home", home.root)
    found = {
        row[:3]: row[3]
        for row in ask(
            home, "SELECT patient_id, assigning_authority, rule_id, status FROM flag.patient_flag"
        )
    }
    expected = _expected_on(night.as_of.isoformat())
    assert len(expected) > 20
    assert {key: found.get(key, "no_evidence") for key in expected} == expected


def _expected_on(day: str) -> dict[tuple[str, str, str], str]:
    with (ROOT / "samples" / "expected.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["patient_id"], row["assigning_authority"], row["rule_id"]): row["status"]
            for row in csv.DictReader(file)
            if row["as_of"] == day
        }


def _run(*words: object, cwd: Path | None = None) -> str:
    """What a command prints; the test fails with what it said where it does not end well."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=environment | {"IGWATCH_SETTLE_SECONDS": "0", "IGWATCH_MEMORY_LIMIT": "1GB"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
