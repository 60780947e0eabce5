"""The invented region's reports, written once for all tests that only read them."""

from copy import deepcopy
from pathlib import Path

import pytest

from reports.clinic_files import write_clinic_reports
from reports.generation import open_generation
from reports.patient import load_patients
from reports.quality_page import write_quality_page
from tests.reports.region import write_generation
from tests.shown import SHOWN

RIVERSIDE = "Riverside Immunology"


@pytest.fixture(scope="session")
def generation(tmp_path_factory) -> Path:
    return write_generation(tmp_path_factory.mktemp("generation"))


@pytest.fixture(scope="session")
def out(generation, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    write_clinic_reports(generation, folder)
    write_quality_page(generation, folder, SHOWN)
    return folder


@pytest.fixture(scope="session")
def riverside(out) -> str:
    return (out / "latest-riverside-immunology.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def paediatric(out) -> str:
    return next(out.glob("latest-paediatric*.html")).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def loaded(generation):
    opened = open_generation(generation)
    return {
        patient.patient_key.removeprefix("key-"): patient
        for row in opened.rows("clinic")
        for patient in load_patients(opened, row["clinic"])
    }


@pytest.fixture
def patients(loaded):
    """Patients of both clinics by their name in region/patient.csv, to be changed at will."""
    return deepcopy(loaded)
