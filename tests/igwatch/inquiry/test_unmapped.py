"""`igwatch unmapped`: what nobody has mapped, by patients, and the line that would map it."""

import json

import pytest

from igwatch.inquiry.unmapped import SITE_MAP
from tests.home import deliver, new_home
from tests.igwatch.command_line import command
from tests.igwatch.night.test_night import panel, results
from tests.igwatch.nights import quick_night
from tests.table import table
from transforms.parse.facility.own_exposures import ExposureMapError, read_exposure_map

SENT = """
patient | kind       | code     | code_system | name                  | start_date | status
p1      | diagnosis  | 92814006 | SNOMED      | Chronic thing, a      | 2024-01-02 |
p2      | diagnosis  | 92814006 | SNOMED      | Chronic thing, a      | 2024-01-02 |
p3      | diagnosis  | 92814006 | SNOMED      | Chronic thing, a      | 2024-01-02 |
p1      | medication |          |             | Elixir\x1b[31m of life | 2024-01-02 |
p2      | medication |          |             | Elixir\x1b[31m of life | 2024-01-02 |
p1      | procedure  | 77-1     |             | Scan                  | 2024-01-02 |
p2      | procedure  | 77-2     |             | Scan                  | 2024-01-02 |
p3      | medication | N05AH02  | ATC         | clozapine             | 2024-01-02 | Zz "word"
p4      | medication | C07AB02  | ATC         | metoprolol            | 2024-01-02 |
"""
COLUMNS = ("kind", "code", "code_system", "name", "start_date", "status")
# of the site's file, the cells that a person must fill left open
LINES = """
n | reason_code       | file                         | line
3 | code_not_read     | facility/north.exposures.csv | SNOMED,92814006,"Chronic thing, a",...,...,...
2 | system_not_stated | facility/north.yaml          | exposure_system: {procedure: ...}
2 | name_not_known    | facility/north.exposures.csv | ,,Elixir\\x1b[31m of life,...,...,...
1 | status_not_known  | facility/north.yaml          | exposure_status_map: {"Zz \\"word\\"": ...}
1 | code_not_read     | facility/north.exposures.csv | ,77-1,Scan,...,...,...
1 | code_not_read     | facility/north.exposures.csv | ,77-2,Scan,...,...,...
"""


def cell(text: str | None) -> str:
    return '"' + (text or "").replace('"', '""') + '"'


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("unmapped"))
    (home.facility / "north.yaml").write_text("zone: UTC\n")
    rows = [",".join([row["patient"], "NORTH", *(cell(row[c]) for c in COLUMNS)])
            for row in table(SENT)]  # fmt: skip
    header = ",".join(["patient_id", "assigning_authority", *COLUMNS])
    deliver(home, "north", "exposures.csv", "\n".join([header, *rows]) + "\n")
    own = panel("2024-01-10", "0.21").replace("2472-9,LN", "Q17,L")
    deliver(home, "north", "a.csv", results(own))
    quick_night(home, "2024-01-20")
    return home


def told(home, *words):
    done = command(home, "unmapped", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_exposures_are_listed_by_patients_each_with_its_line(home):
    found = [(str(r["n_patients"]), r["reason_code"], r["file"], r["line"])
             for r in told(home, "--exposures")]  # fmt: skip
    assert found == [tuple(row.values()) for row in table(LINES)]


def test_codes_of_results_are_listed_likewise(home):
    (row,) = told(home)
    assert (row["code"], row["n_patients"], row["line"]) == ("Q17", 1, 'code_map: {"Q17": igm}')


def test_a_terminal_shows_lines_unbroken_and_no_control_sign(home):
    shown = command(home, "unmapped", "--exposures").stdout
    assert '  SNOMED,92814006,"Chronic thing, a",...,...,...\n' in shown
    assert "Elixir\\x1b[31m of life" in shown
    assert "\x1b" not in shown
    assert "a word means one of active, completed" in shown


def test_so_many_are_shown_and_the_others_counted(home):
    assert len(told(home, "--exposures", "--limit", "2")) == 2
    assert "and 4 more" in command(home, "unmapped", "--exposures", "--limit", "2").stdout
    assert told(home, "--exposures", "--facility", "south") == []


@pytest.mark.parametrize("words", [["--exposures"], []])
def test_nothing_to_map_is_one_line(home, words):
    shown = command(home, "unmapped", *words, "--facility", "south").stdout
    assert shown.strip().endswith("that nobody has mapped: nothing")


def test_a_line_that_a_person_has_filled_is_a_line_of_the_sites_map(home, tmp_path):
    (row, *_) = [r for r in told(home, "--exposures") if r["code"] == "92814006"]
    unfilled = ",".join(SITE_MAP) + "\n" + row["line"] + "\n"
    path = tmp_path / "north.exposures.csv"
    path.write_text(unfilled, encoding="utf-8")
    with pytest.raises(ExposureMapError):
        read_exposure_map(tmp_path, "north")
    filled = unfilled.replace("...,...,...", "b_cell_malignancy,a.doctor,2024-01-20")
    path.write_text(filled, encoding="utf-8")
    (line,) = read_exposure_map(tmp_path, "north").to_pylist()
    assert (line["code"], line["exposure_group"]) == ("92814006", "b_cell_malignancy")
