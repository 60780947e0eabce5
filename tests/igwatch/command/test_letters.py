"""`igwatch letters` on a published home, and a verdict that answers the repeat it asked for."""

from __future__ import annotations

import json
import sys
from datetime import date

import pytest

from igwatch.command import main
from igwatch.site.home import Home
from tests.home import RESULTS_HEADER, ask, deliver, new_home, night

pytestmark = pytest.mark.heavy

CODES = {"igg": ("2465-3", 9.1), "iga": ("2458-8", 1.4), "igm": ("2472-9", 0.21)}
REVIEW = (
    "patient_id,assigning_authority,rule_id,verdict,reviewer,reviewed_at,note\n"
    "ann,NORTH,selective_igm_deficiency,dismissed,Reviewer One,2024-05-02 09:00,known\n"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """One low IgM, long enough ago for its repeat to be due."""
    home = new_home(tmp_path_factory.mktemp("letters"))
    rows = "".join(
        f"ann,NORTH,1989-01-05,F,,,serum,2024-01-10,,{code},LN,{name},{value},g/L,,,F,,\n"
        for name, (code, value) in CODES.items()
    )
    deliver(home, "north", "a.csv", f"{RESULTS_HEADER}\n{rows}")
    night(home, "2024-05-01")
    return home


def run(home: Home, monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["igwatch", *arguments, "--home", str(home.root)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code or 0


def test_a_letter_names_the_tests_the_tubes_and_what_is_missing(home, monkeypatch, capsys):
    assert run(home, monkeypatch, "letters", "--json") == 0
    ((clinic, paths),) = json.loads(capsys.readouterr().out).items()
    assert clinic == "north"
    assert paths == [str(home.reports / "2024-05-01-north-letter-0001.txt")]
    letter = (home.reports / "2024-05-01-north-letter-0001.txt").read_text(encoding="utf-8")
    assert "Patient ann (NORTH), female, born 5 Jan 1989" in letter
    assert "10 Jan 2024: IgG 9.1 normal; IgA 1.4 normal; IgM 0.21 low (north)" in letter
    assert "- IgG, IgA and IgM, all from one sample (serum, gel tube)" in letter
    assert "- B- and T-cell numbers with a full blood count (whole blood, EDTA" in letter
    assert "antibody response to vaccines" in letter


def test_the_table_names_nobody(home, monkeypatch, capsys):
    assert run(home, monkeypatch, "letters") == 0
    said = capsys.readouterr().out
    assert "2024-05-01-north-letter-0001.txt" in said
    assert "ann" not in said.split()


def test_a_template_at_fault_stops_in_one_line(home, monkeypatch, capsys):
    home.letter.mkdir()
    template = home.letter / "north.txt"
    template.write_text("Dear colleague\n{{ patient.nmuber }}\n", encoding="utf-8")
    assert run(home, monkeypatch, "letters") == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert (
        "letter/north.txt, line 2: 'dict object' has no attribute 'nmuber'; docs/letter.md" in line
    )
    template.unlink()


def test_before_anything_is_published_the_mend_is_said(tmp_path, monkeypatch, capsys):
    assert run(new_home(tmp_path), monkeypatch, "letters") == 1
    assert "nothing is published yet; run: igwatch run" in capsys.readouterr().err


def test_a_dismissal_from_a_folder_of_reviews_quiets_the_flag_and_its_letter(home, monkeypatch):
    """Last: it changes the home. The folder is no feed: it gets no page of its own."""
    deliver(home, "clinic", "reviews-1.csv", REVIEW)
    night(home, "2024-05-03")
    assert ask(
        home, "SELECT verdict, reviewer, note, changed_since, is_quieted FROM mart.review"
    ) == [("dismissed", "Reviewer One", "known", None, True)]
    assert ask(home, "SELECT action FROM mart.worklist") == []
    assert ask(home, "SELECT watched_as, asks_on::VARCHAR FROM mart.watched") == [
        ("dismissed", "2025-05-02")  # a year after the day of the verdict
    ]
    assert ask(home, "SELECT month, n_flagged, n_negative, positive_share FROM mart.precision") == [
        (date(2024, 5, 1), 1, 1, 0.0)
    ]
    assert run(home, monkeypatch, "letters", "--json") == 0
    assert not list(home.reports.glob("2024-05-03-*-letter-*"))
    assert sorted(path.name for path in home.reports.glob("latest-*.html")) == [
        "latest-north.html",
        "latest-quality.html",
    ]
    assert "known" in (home.reports / "latest-north.html").read_text(encoding="utf-8")
