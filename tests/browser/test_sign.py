"""A rule set's way: answered on the page by keyboard, saved, and read by igwatch as it was meant."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from igwatch.decision.sign import keep_signoff, write_sign_pages
from igwatch.site.home import Home
from igwatch.site.sign_row import rule_sets
from igwatch.site.signoff import signature_state
from igwatch.site.signoff_file import parse_signoff
from tests.browser.chromium import Page, browser
from tests.browser.test_picture import looked_at
from tests.home import SETTINGS, new_home
from tests.signing import IMMUNOLOGIST, allow, new_key

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    home = new_home(tmp_path_factory.mktemp("sign"))
    write_sign_pages(home, SETTINGS)
    return home


@pytest.fixture(scope="module")
def saved(home, tmp_path_factory) -> Path:
    """Two answers, one with a comment that a spreadsheet would compute."""
    folder = tmp_path_factory.mktemp("chromium")
    with browser(folder / "profile") as page:
        (folder / "saved").mkdir()
        page.ask(
            "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder / "saved")
        )
        page.open(next((home.reports / "sign").glob("*.html")))
        answer(page, 0, steps=0, comment="")
        answer(page, 1, steps=1, comment='=1+1 "we" use 0.35')
        said = page.js("document.querySelector('#save output').value")
        assert said == f"2 answered, {len(rule_sets(home)[0].rows) - 2} not; not saved yet"
        page.js("document.querySelector('[name=signer]').focus(); 1")
        page.write(IMMUNOLOGIST)
        page.press("Enter")
        for _ in range(200):
            if found := list((folder / "saved").glob("signoff-*.csv")):
                break
            time.sleep(0.05)
        assert page.complaints == []
        assert [url for url in page.requests if not url.startswith(("file:", "blob:"))] == []
        return found[0]


def answer(page: Page, number: int, steps: int, comment: str) -> None:
    """Open a row and choose, so many steps down from `agree`."""
    page.js(
        f"(r => {{ r.open = true; r.querySelector('[value={('agree', 'not')[steps]}]').click();"
        f" r.querySelector('[name=comment]').focus(); }})(document.querySelectorAll('.row')[{number}]); 1"
    )
    page.write(comment)


def test_what_is_saved_says_what_was_answered_about_what_was_shown(home, saved):
    rows = rule_sets(home)[0].rows
    said = parse_signoff(saved.read_bytes(), saved.name)
    assert [(a.kind, a.item, a.sha256, a.answer, a.comment, a.signer) for a in said] == [
        (rows[0].kind, rows[0].item, rows[0].sha256, "agree", "", IMMUNOLOGIST),
        (rows[1].kind, rows[1].item, rows[1].sha256, "not", '=1+1 "we" use 0.35', IMMUNOLOGIST),
    ]


def test_signed_as_it_was_saved_it_is_accepted(home, saved, tmp_path):
    key = new_key(tmp_path, "immunologist")
    allow(home, f"{IMMUNOLOGIST} {key.public}")
    keep_signoff(home, SETTINGS, saved, "data team", key.private)
    states = [row.state for row in signature_state(home, SETTINGS).sets[0].rows]
    assert states[:3] == ["signed", "not_agreed", "unsigned"]


def test_the_picture(page, home, tmp_path):
    folder = Path(os.environ.get("PICTURES", tmp_path))
    page.open(next((home.reports / "sign").glob("*.html")))
    page.js("document.querySelectorAll('.row').forEach((r, n) => { r.open = n === 6; }); 1")
    page.picture(folder / "sign.png", 1280, 1000)
    looked_at(folder / "sign.png")
