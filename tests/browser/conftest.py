"""Pages of the invented region, written once, and a browser for each test."""

import pytest

from reports.clinic_files import clinic_page, write_clinic_reports
from reports.clinic_page import load_report
from reports.generation import open_generation
from reports.quality_page import write_quality_page
from tests.browser.chromium import browser
from tests.reports.region import crowd, write_generation
from tests.shown import SHOWN


@pytest.fixture(scope="session")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    generation = write_generation(folder / "generation")
    write_clinic_reports(generation, folder / "out")
    write_quality_page(generation, folder / "out", SHOWN)
    return folder / "out"


@pytest.fixture(scope="session")
def crowded(tmp_path_factory):
    """A page of 2,000 patients."""
    folder = tmp_path_factory.mktemp("crowd")
    opened = open_generation(write_generation(folder, crowd(2_000)))
    path = folder / "page.html"
    page = clinic_page(load_report(opened, "Riverside Immunology", "page"))
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture
def page(tmp_path):
    with browser(tmp_path) as page:
        yield page


@pytest.fixture
def riverside(page, out):
    page.open(out / "latest-riverside-immunology.html")
    return page
