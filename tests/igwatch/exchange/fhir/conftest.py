"""One home, told once, and the validators that are not ours, installed once."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.igwatch.exchange.fhir.told_home import Told, told

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def exported(tmp_path_factory) -> Told:
    """Two nights and what was exported of them (told_home.py)."""
    return told(tmp_path_factory.mktemp("fhir"))


@pytest.fixture(scope="session")
def node_folder(tmp_path_factory) -> Path:
    """A folder with the validators of package-lock.json, by their hashes."""
    assert shutil.which("npm"), "install node and npm (apt-get install nodejs npm) to run this test"
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", "validators.mjs"):
        shutil.copy(HERE / name, folder)
    npm = ["npm", "ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]
    subprocess.run(npm, cwd=folder, check=True, timeout=300)
    return folder
