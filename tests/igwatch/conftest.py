"""A screen wide enough for any table, whatever the terminal of the tests is."""

import pytest

from igwatch.command.terminal import screen


@pytest.fixture(autouse=True)
def wide_screen(monkeypatch):
    monkeypatch.setattr(screen, "width", 300)
