"""A clinic of many patients and a patient of many results: the work grows no faster than they do."""

import sys
from datetime import datetime, timedelta

import pytest

from reports.clinic_files import clinic_page
from reports.clinic_page import load_report
from reports.course_plot import course_svg
from reports.course_plot_rows import course_rows
from reports.generation import open_generation
from reports.patient import MOST_KEPT, MOST_LINES, MOST_POINTS
from reports.sparkline import MOST_POINTS as MOST_OF_LINE
from reports.sparkline import sparkline
from reports.thinned import thinned
from reports.worklist_export import worklist_csv
from tests.reports.document import Document
from tests.reports.region import AS_OF, region, write_generation

CLINIC = "Riverside Immunology"
ANNA = "key-anna"


def copies(n: int) -> dict[str, list]:
    """The region with its flagged patients n times, under other numbers, on their first night."""
    first_night = {"changed_on": AS_OF, "previous_status": None}
    tables = {}
    for name, rows in region().items():
        is_numbered = bool(rows) and "patient_key" in rows[0]
        tables[name] = [numbered(row, k) for k in range(n) for row in rows] if is_numbered else rows
    tables["mart.cohort"] = [row | first_night for row in tables["mart.cohort"]]
    return tables


def numbered(row, number):
    own = ("patient_key", "patient_id", "measurement_id")
    return row | {name: f"{row[name]}-{number}" for name in own if row.get(name)}


def calls_for(folder, n: int) -> int:
    """How many functions are called for the page of n times the region's patients."""
    opened = open_generation(write_generation(folder / str(n), copies(n)))
    counted = 0

    def count(frame, event, argument):
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        report = load_report(opened, CLINIC, "stem")
        clinic_page(report, most_plots=0)
        worklist_csv(report.patients, report.signature)
    finally:
        sys.setprofile(before)
    return counted


def test_twice_the_patients_are_twice_the_work(tmp_path):
    _, few, some, many = (calls_for(tmp_path, n) for n in (1, 4, 8, 16))  # the first compiles
    assert many - some <= 2.05 * (some - few)


def day(number: int) -> datetime:
    return datetime(1990, 1, 1) + timedelta(hours=number)


def results(n: int) -> list[dict]:
    """n results of Anna's IgM: 1 g/L but for the lowest at n // 3 and the highest at n // 2."""
    (first, *_) = [
        r for r in region()["core.measurement"] if (r["patient_key"], r["analyte"]) == (ANNA, "igm")
    ]
    values = {n // 3: 0.01, n // 2: 90.0}
    return [
        first
        | {
            "measurement_id": f"m{i}",
            "collected_at": day(i),
            "value_g_per_l": values.get(i, 1.0),
        }
        for i in range(n)
    ]


def steps(n: int, changed: list[int]) -> list[dict]:
    """A step of each result; the state becomes another one at these."""
    (first, *_) = [r for r in region()["flag.evidence"] if r["patient_key"] == ANNA]
    made = []
    for i in range(n):
        state = ("candidate", "persistent")[sum(i >= at for at in changed) % 2]
        step = {"event_number": i, "measurement_id": f"m{i}", "collected_at": day(i)}
        made.append(first | step | {"role": "index", "status_after": state, "is_counted": True})
    return made


CHANGED = [7, 1_000, 20_011, 24_990]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A clinic one of whose patients has 25,000 results."""
    n = 25_000
    others = {
        name: [row for row in region()[name] if row["patient_key"] != ANNA]
        for name in ("core.measurement", "flag.evidence")
    }
    tables = {
        "core.measurement": [*others["core.measurement"], *results(n)],
        "flag.evidence": [*others["flag.evidence"], *steps(n, CHANGED)],
    }
    generation = write_generation(tmp_path_factory.mktemp("large"), tables)
    return load_report(open_generation(generation), CLINIC, "stem")


def anna(report):
    return next(p for p in report.patients if p.patient_key == ANNA)


def test_what_is_kept_and_drawn_of_it_is_bounded(large):
    patient = anna(large)
    assert patient.n_read["results"] == 25_000
    assert len(patient.results) < 2 * MOST_KEPT
    drawn = course_rows(patient, ("igm",))
    assert MOST_POINTS - 10 <= len(drawn["result"]) <= MOST_POINTS
    assert len(drawn["limit"]) == len(drawn["result"]) + 2


def test_the_ends_the_extremes_and_each_change_of_state_are_drawn(large):
    patient = anna(large)
    (first, *_), (*_, last) = patient.series["igm"], patient.series["igm"]
    assert (first["measurement_id"], last["measurement_id"]) == ("m0", "m24999")
    drawn = course_rows(patient, ("igm",))["result"]
    values = [row["value"] for row in drawn]
    assert (min(values), max(values)) == (0.01, 90.0)
    times = {row["at"] for row in drawn}
    epoch = datetime(1970, 1, 1)
    wanted = [0, *CHANGED, 24_999]
    assert {int((day(i) - epoch) / timedelta(milliseconds=1)) for i in wanted} <= times


def test_the_page_says_so_in_words_and_shows_everybody(large):
    page = clinic_page(large)
    document = Document(page)
    assert len(document.patients()) == large.n_patients
    text = document.all("body")[0].text
    assert text.count("Not every result is drawn: the first, the last, the lowest") == 1
    assert "not every result is drawn" in str(course_svg(anna(large)))
    assert f"igwatch explain {anna(large).lead.patient_id}" in text
    assert len(page) < 1_000_000


def rows(n, **values):
    return [{"at": i, "value": values.get(f"v{i}", 1)} for i in range(n)]


def kept(*given, **named):
    return [row["at"] for row in thinned(*given, **named)]


def test_few_rows_stay_as_they_are():
    assert kept(rows(10), 10) == list(range(10))


def test_of_many_the_ends_the_extremes_and_what_must_stay():
    found = kept(rows(1000, v17=0, v923=9), 20, lambda row: row["at"] in (5, 6))
    assert len(found) <= 20
    assert {0, 5, 6, 17, 923, 999} <= {*found}
    assert found == sorted(found)


def test_of_too_many_that_must_stay_the_newest_do():
    found = kept(rows(1000), 20, lambda row: True)
    assert len(found) <= 20
    assert {0, *range(985, 1000)} <= {*found}


def test_a_row_without_a_value_is_no_extreme():
    assert kept(rows(100, v3=None, v50=-1), 4) == [0, 50, 99]
    assert kept([{"at": i, "value": None} for i in range(100)], 5)[0] == 0


def test_a_small_line_is_bounded_too():
    line = [
        {
            "collected_at": day(i),
            "value": 1.0,
            "class": "normal",
            "lower_limit_max": 0.4,
            "upper_limit_min": 2.3,
        }
        for i in range(5_000)
    ]
    assert str(sparkline(line)).count("L") <= MOST_OF_LINE


def test_a_patient_of_more_lines_than_a_page_shows_is_not_listed(large):
    clinic_page(large, most_plots=0)
    assert anna(large).n_read["results"] > MOST_LINES
    assert [p.patient_key for p in large.patients if not p.is_listed] == [ANNA]
