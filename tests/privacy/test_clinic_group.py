"""A clinic's group reads its own report and tables, and neither raw nor another clinic's.

Needs root, to be other users.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import duckdb
import pytest

from igwatch.night import pipeline
from igwatch.site.home import home_at
from tests.file_text import texts
from tests.home import RESULTS_HEADER, SETTINGS, ask, deliver
from tests.igwatch.command_line import command
from tests.igwatch.nights import quick_night
from tests.other_user import as_user
from tests.privacy.test_dashboards_user import everything, reached

pytestmark = pytest.mark.heavy

HOMES, NORTHS, SOUTHS = 64199, 64201, 64202
OF_NORTH, DASHBOARD = (64301, NORTHS, HOMES), (64102, HOMES)
LETTER = "2024-05-20-north-letter-0001.txt"
MEASURED = {"2472-9": ("IgM", "0.2"), "2465-3": ("IgG", "9.1"), "2458-8": ("IgA", "1.4")}
# a merge and its reverse join nobody, and are listed with both numbers
CIRCLE = (
    "assigning_authority,retired_id,surviving_id,merged_at\n"
    "LAB,northern,southern,2024-02-01\nLAB,southern,northern,2024-02-02\n"
)


def low_igm(patient: str) -> str:
    lines = [
        f"{patient},LAB,1989-01-05,F,,,serum,2024-01-10,2024-01-10,{code},LN,{name},{value},g/L,,,F,,"
        for code, (name, value) in MEASURED.items()
    ]
    return "\n".join([RESULTS_HEADER, *lines, ""])


@pytest.fixture(scope="module")
def home():
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o711)
    home = home_at(folder / "home").prepare()
    for name, gid in (("north", NORTHS), ("south", SOUTHS)):
        deliver(home, name, "first.csv", low_igm(f"{name}ern"))
        (home.facility / f"{name}.yaml").write_text(f"clinic_group: '{gid}'\n")
    deliver(home, "south", "merges.csv", CIRCLE)
    os.chown(home.root, -1, HOMES)
    quick_night(home, "2024-05-20")
    pipeline.report(home, SETTINGS)
    pipeline.letters(home, SETTINGS)
    for path in (*home.root.iterdir(), *home.generations.rglob("*")):
        os.chown(path, -1, HOMES, follow_symlinks=False)
    yield home.prepare()
    shutil.rmtree(folder)


def test_a_clinic_reads_its_own_and_nothing_of_another(home):
    listed, read = as_user(OF_NORTH, reached, everything(home.root))
    of_clinics = {str(Path(p).relative_to(home.root)) for p in read if "/clinic/" in p}
    assert of_clinics == {
        f"clinic/north/{name}"
        for name in ("north.html", "north.csv", "north.xlsx", "igwatch.duckdb", LETTER)
    }
    rest = [p for p in (*listed, *read) if "/clinic/north" not in p and "quality" not in p]
    assert rest == [str(home.status)]


def test_its_tables_are_of_its_patients(home):
    with duckdb.connect(
        str(home.root / "clinic" / "north" / "igwatch.duckdb"), read_only=True
    ) as con:
        ids = "SELECT DISTINCT patient_id FROM {}"
        for table in ("flag.patient_flag", "core.patient", "mart.worklist", "mart.cohort"):
            assert con.execute(ids.format(table)).fetchall() == [("northern",)], table
        assert con.execute("SELECT count(*) FROM core.measurement").fetchone() == (3,)


def test_none_of_its_files_names_a_patient_of_another(home):
    """The merge that was refused names one of each clinic."""
    refused = ask(
        home, "SELECT patient_id, surviving_patient_id FROM core.merge_refused ORDER BY 1"
    )
    assert refused == [("northern", "southern"), ("southern", "northern")]
    told = {name for name, text in texts(home.root / "clinic" / "north") if "southern" in text}
    assert told == set()


def test_dashboards_reach_no_clinics_folder(home):
    listed, read = as_user(DASHBOARD, reached, everything(home.root))
    assert [path for path in (*listed, *read) if "/clinic" in path] == []


def test_its_letters_are_its_own_and_of_tonight(home):
    folder = home.root / "clinic" / "north"
    letter = (folder / LETTER).read_text()
    assert letter == (home.reports / LETTER).read_text()
    assert "northern" in letter
    (folder / "2024-05-19-north-letter-0001.txt").write_text("of a night before")
    pipeline.report(home, SETTINGS)
    assert [path.name for path in folder.glob("*.txt")] == [LETTER]


def test_a_group_that_gives_nobody_a_right_is_told(home):
    (home.facility / "south.yaml").write_text("clinic_group: nosuchgroup\n")
    done = command(home, "run", "--as-of", "2024-05-20")
    assert done.returncode == 0, done.stderr
    why = "this machine has no such group"
    assert f"clinic_group of south gives nobody a right: {why}" in done.stdout
    told = json.loads((home.status / "run.json").read_text())
    assert why in told["clinic_groups"]["south"]
    assert "igwatch_clinics_without_folder 1" in (home.status / "igwatch.prom").read_text()
    doctor = json.loads(command(home, "doctor", "--json").stdout)
    told = {f["what"]: f["mend"] for f in doctor if f["about"] == "clinic"}
    assert why in told["clinic_group of south gives nobody a right"]
    assert not (home.root / "clinic" / "south").exists()
    assert (home.root / "clinic" / "north").is_dir()


def test_a_clinic_whose_group_is_gone_or_the_homes_has_no_folder(home):
    (home.facility / "south.yaml").write_text(f"clinic_group: '{HOMES}'\n")
    (home.facility / "north.yaml").unlink()
    pipeline.report(home, SETTINGS)
    assert list((home.root / "clinic").iterdir()) == []
