"""A home in which run r1 is published, made once and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.warehouse.drawn import few, published
from warehouse.catalogue import write_catalogues


@pytest.fixture(scope="session")
def published_once(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("home")
    published(home, "r1")
    return home


@pytest.fixture
def home(published_once, tmp_path) -> Path:
    """r1 is published and recorded; there are no catalogues."""
    return Path(shutil.copytree(published_once, tmp_path / "home", symlinks=True))


@pytest.fixture
def catalogued(home) -> Path:
    """r1 is published and recorded, with its catalogues."""
    write_catalogues(home, few(home))
    return home
