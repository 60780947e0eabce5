"""A verdict's whole way: ticked on the page, exported, delivered, read, shown on the next report."""

from __future__ import annotations

import csv
import io
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from igwatch.site.home import Home
from tests.browser.chromium import Page, browser, tab_to
from tests.home import RESULTS_HEADER, ask, deliver, new_home, night

pytestmark = pytest.mark.heavy
TODAY = datetime.now(UTC).date()
HOSTILE = [
    "=cmd()",
    "+1",
    "@x",
    "-2",
    "'=x",
    'a "b", c',
    "<script>alert(1)</script>",
    "שלום \u202ex",
]
PATIENTS = ["-007", "=id()", "P3"]
LEVELS = {"igg": 10.0, "iga": 2.0, "igm": 0.2}


def results(patients: list[str], days_ago: int) -> str:
    """A file of panels with IgM alone low."""
    day = TODAY - timedelta(days=days_ago)
    codes = {"igg": "2465-3", "iga": "2458-8", "igm": "2472-9"}
    rows = [
        f"{who},NORTH,1980-01-05,F,{who}{days_ago},,,{day}T08:00:00,{day}T12:00:00,{codes[a]},LN,{a},"
        f"{level},g/L,,,F,Lab,"
        for who in patients
        for a, level in LEVELS.items()
    ]
    return "\n".join([RESULTS_HEADER, *rows]) + "\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """Three patients with a persistent low IgM, published today."""
    home = new_home(tmp_path_factory.mktemp("verdict"))
    for days_ago in (200, 100):
        deliver(home, "north", f"results-{days_ago}.csv", results(PATIENTS, days_ago))
    night(home, TODAY.isoformat())
    return home


def saved(folder: Path) -> Path:
    """The file that the browser has finished saving."""
    for _ in range(200):
        if found := list(folder.glob("reviews-*.csv")):
            return found[0]
        time.sleep(0.05)
    raise AssertionError("the browser saved nothing")


def report(home: Home) -> Path:
    return home.reports / "latest-north.html"


def downloads(page: Page, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    page.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    return folder


def tick(page: Page, patient: str, verdict: str, note: str) -> None:
    """Open the patient's line, tick a verdict and write a note, all by keyboard."""
    place = page.js(
        "[...document.querySelectorAll('details.p')]"
        f".find(p => p.querySelector('h3').textContent === {patient!r}).id"
    )
    page.js(f"document.querySelector('#{place} > summary').focus(); 1")
    page.press("Enter")
    tab_to(page, f"#{place} .verdict [type=radio]:checked")
    for _ in range(7):
        page.press("ArrowDown")
        if page.js("document.activeElement.value") == verdict:
            break
    tab_to(page, f"#{place} .verdict [name=note]")
    page.write(note)


@pytest.fixture(scope="module")
def exported(home, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("chromium")
    with browser(folder / "profile") as page:
        out = downloads(page, folder / "saved")
        page.open(report(home))
        verdicts = zip(PATIENTS, ("dismissed", "confirmed", "dismissed"), HOSTILE[:3], strict=True)
        for patient, verdict, note in verdicts:
            tick(page, patient, verdict, note)
        assert "3 verdicts not saved yet" in page.js("document.querySelector('#save output').value")
        tab_to(page, "[name=reviewer]")
        page.write("  =Reviewer One ")
        page.press("Enter")
        path = saved(out)
        assert "3 verdicts saved as reviews-" in page.js(
            "document.querySelector('#save output').value"
        )
        assert page.complaints == []
        assert [url for url in page.requests if not url.startswith(("file:", "blob:"))] == []
        assert page.js("[localStorage.length, sessionStorage.length, document.cookie]") == [
            0,
            0,
            "",
        ]
        return path


def test_the_file_has_the_contracts_columns_and_no_formula(exported):
    text = exported.read_bytes().decode("utf-8-sig")
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert head == [
        "patient_id", "assigning_authority", "rule_id", "verdict", "diagnosis", "reviewer",
        "reviewed_at", "note",
    ]  # fmt: skip
    assert [(r[0], r[1], r[2], r[3]) for r in rows] == [
        ("'-007", "NORTH", "selective_igm_deficiency", "dismissed"),
        ("'=id()", "NORTH", "selective_igm_deficiency", "confirmed"),
        ("P3", "NORTH", "selective_igm_deficiency", "dismissed"),
    ]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert exported.name.startswith(f"reviews-{TODAY}-north-")
    assert not [who for who in PATIENTS if who in exported.name.removeprefix(f"reviews-{TODAY}")]


@pytest.fixture(scope="module")
def next_night(home, exported) -> Home:
    deliver(home, "north", exported.name, exported.read_bytes())
    night(home, (TODAY + timedelta(days=1)).isoformat())
    return home


def test_the_next_night_reads_what_was_meant(next_night):
    assert ask(
        next_night,
        "SELECT patient_id, verdict, reviewer, note, is_quieted FROM mart.review "
        "JOIN flag.patient_flag USING (patient_key, rule_id) ORDER BY patient_id",
    ) == [
        ("-007", "dismissed", "=Reviewer One", "=cmd()", True),
        ("=id()", "confirmed", "=Reviewer One", "+1", False),
        ("P3", "dismissed", "=Reviewer One", "@x", True),
    ]
    assert ask(next_night, "SELECT n_flagged, n_positive, n_negative FROM mart.precision") == [
        (3, 1, 2)
    ]


PART = "document.querySelector('#{} .p h3')?.closest('.part').querySelectorAll('h3').length ?? 0"


def test_the_verdict_shows_and_what_was_dismissed_is_quiet_until_a_result_counts(
    next_night, tmp_path
):
    with browser(tmp_path / "one") as page:
        page.open(report(next_night))
        said = page.js("document.getElementById('dismissed').textContent")
        assert page.js(PART.format("dismissed")) == 2
        assert page.js(PART.format("known")) == 1
        assert "=Reviewer One" in said
        assert "@x" in said
    deliver(next_night, "north", "results-new.csv", results(["P3"], -2))
    night(next_night, (TODAY + timedelta(days=2)).isoformat())
    with browser(tmp_path / "two") as page:
        page.open(report(next_night))
        assert page.js(PART.format("dismissed")) == 1
        assert page.js(PART.format("persistent")) == 1
        said = page.js("document.getElementById('persistent').textContent")
        assert "dismissed, but a result that counts became known since" in said


def test_nothing_is_saved_without_a_name_or_a_verdict(home, tmp_path):
    with browser(tmp_path / "profile") as page:
        out = downloads(page, tmp_path / "saved")
        page.open(report(home))
        assert page.js("document.getElementById('save').hidden")
        page.js("document.querySelector('details.p').open = true; 1")
        tab_to(page, ".verdict [name=note]")
        page.write("a note alone")
        said = "document.querySelector('#save output').value"
        assert "1 note without a verdict will not be saved" in page.js(said)
        tab_to(page, "#save button")
        page.press("Enter")
        time.sleep(0.3)
        assert list(out.iterdir()) == []


def test_every_hostile_note_comes_back_as_it_was(home, exported, tmp_path):
    """The page's own cell(), then the reader of delivered files."""
    from tests.transforms.parse.delivery import delivered

    with browser(tmp_path / "profile") as page:
        page.open(report(home))
        for note in HOSTILE:
            shown = page.js(f"cell({note!r})")
            text = (
                "patient_id,rule_id,verdict,reviewer,reviewed_at,note\n"
                f"A1,hyper_igm,confirmed,X,2024-01-31,{shown}\n"
            )
            (row,) = delivered(tmp_path, text, name="reviews.csv")["review"]
            assert row["note"] == note
