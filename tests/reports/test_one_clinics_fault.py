"""A clinic whose report cannot be written stops no other; its old page is not the latest any more."""

import re

import pytest

from igwatch.night.pipeline import report
from reports.clinic_files import write_clinic_reports
from reports.generation import ReportError
from tests.home import SETTINGS, new_home
from tests.igwatch.command_line import command
from tests.reports.document import Document
from tests.reports.region import region, write_generation

PAEDIATRIC = "Paediatric immunology (St. Ælfgifu)"
SECRET = "key-boy"


def broken(folder):
    """The region with a flag of the paediatric clinic in a state that no section is for."""
    flags = region()["flag.patient_flag"]
    spoilt = [
        flag | {"n_counted": None, "repeat_due_on": None, "as_of": None}
        if flag["facility"] == "northgate"
        else flag
        for flag in flags
    ]
    return write_generation(folder, {"flag.patient_flag": spoilt})


def written(folder):
    before = write_generation(folder / "before")
    out = folder / "out"
    out.mkdir()
    write_clinic_reports(before, out)
    pages = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(ReportError) as fault:
        write_clinic_reports(broken(folder / "tonight"), out)
    return out, pages, str(fault.value)


def test_the_others_are_written_and_the_fault_is_told(tmp_path):
    out, before, said = written(tmp_path)
    assert said.startswith(f"no report of {PAEDIATRIC} (")
    assert re.search(r"\(\w+Error at [\w<>.]+:\d+\); those of the other clinics are written", said)
    assert "igwatch report" in said
    riverside = "latest-riverside-immunology.html"
    assert (out / riverside).read_bytes() == before[riverside]


def test_its_page_says_that_there_is_none(tmp_path):
    out, _, said = written(tmp_path)
    (page,) = out.glob("latest-paediatric*.html")
    text = Document(page.read_text(encoding="utf-8")).all("body")[0].text
    assert "There is no report of 20 Nov 2026." in text
    assert "This is no list without patients" in text
    assert [*out.glob("latest-paediatric*.csv"), *out.glob("latest-paediatric*.xlsx")] == []
    assert SECRET not in text + said
    with pytest.raises(ReportError):  # it is known as that clinic's page the next night too
        write_clinic_reports(broken(tmp_path / "again"), out)


def test_the_command_ends_with_1_and_the_quality_page_is_there(tmp_path):
    home = new_home(tmp_path)
    home.live.symlink_to(broken(tmp_path / "tonight"))
    with pytest.raises(ReportError):
        report(home, SETTINGS)
    assert (home.reports / "latest-quality.html").exists()
    done = command(home, "report")
    assert (done.returncode, "no report of" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr
