"""The pictures of the documentation: first screen, one patient, print. PICTURES=docs keeps them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.heavy
MOST_BYTES = 300_000
RIVERSIDE = "latest-riverside-immunology.html"
PATIENT = "#p1"
WIDTH = 1280
NAMES = {"light": "{}.png", "dark": "{}-dark.png"}
A4_AT_96_DPI = (794, 1123)


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(os.environ.get("PICTURES", tmp_path))


def looked_at(path: Path) -> None:
    """A picture that holds something and is light enough for a page of documentation."""
    assert 20_000 < path.stat().st_size < MOST_BYTES


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_screen(page, out, folder, scheme):
    page.shown_as(scheme=scheme)
    page.open(out / RIVERSIDE)
    path = folder / NAMES[scheme].format("report")
    page.picture(path, WIDTH, 900)
    looked_at(path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_patient(page, out, folder, scheme):
    page.shown_as(scheme=scheme)
    page.open(out / RIVERSIDE, PATIENT)
    path = folder / NAMES[scheme].format("report-patient")
    page.picture_of(path, PATIENT, WIDTH)
    looked_at(path)


def test_the_print(page, out, folder):
    page.shown_as(media="print")
    page.open(out / RIVERSIDE, PATIENT)
    path = folder / "report-print.png"
    page.picture(path, *A4_AT_96_DPI)
    looked_at(path)
