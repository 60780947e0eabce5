"""The pages by axe-core (WCAG 2.2 AA) in light and dark, and in the order a screen reader says them."""

from __future__ import annotations

import json
from datetime import date
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest

from igwatch.base.knowledge import rule_ids
from igwatch.site.signoff import signature_state
from reports.feedback_page import feedback_page
from reports.sign_page import sign_page
from reports.validation_page import validation_page
from tests.browser.chromium import Page
from tests.browser.test_feedback import TOLD
from tests.browser.test_validation import FORMS
from tests.home import SETTINGS, new_home

pytestmark = pytest.mark.heavy
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RIVERSIDE = "latest-riverside-immunology.html"
EVERYTHING = "for (const d of document.querySelectorAll('details')) d.open = true; 1"


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        (script,) = [f for f in files("axe-playwright-python") or [] if f.name == "axe.min.js"]
    except PackageNotFoundError:
        raise AssertionError("axe-core is not installed; run: make test-browser") from None
    return Path(script.locate()).read_text(encoding="utf-8")


def faults(page: Page, axe: str) -> list[str]:
    """Each rule of the standards that an element breaks, with the element."""
    page.js(f"{axe}; 1")
    run = f"axe.run(document, {{runOnly: {json.dumps(STANDARDS)}, resultTypes: ['violations']}})"
    found = page.js(
        f"{run}.then(r => [r.passes.length, r.violations.map(v => [v.id, v.nodes.map(n => n.html)])])"
    )
    n_passed, violations = found
    assert n_passed > 15, "axe-core looked at next to nothing"
    return [f"{rule}: {html[:200]}" for rule, nodes in violations for html in nodes]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [RIVERSIDE, "latest-quality.html"])
def test_no_rule_of_wcag_is_broken_as_it_opens(page, out, axe, name, scheme):
    page.shown_as(scheme=scheme)
    page.open(out / name)
    assert faults(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_wcag_is_broken_with_everything_open_and_a_verdict_marked(
    page, out, axe, scheme
):
    page.shown_as(scheme=scheme)
    page.open(out / RIVERSIDE)
    page.js(EVERYTHING)
    page.js("new Promise(done => setTimeout(done, 300))")
    page.js("document.querySelector('.verdict [type=radio]').click(); 1")
    assert page.js("document.querySelectorAll('.verdict').length") == 16
    assert not page.js("document.getElementById('save').hidden")
    assert faults(page, axe) == []


def test_axe_finds_what_is_wrong(page, out, axe):
    """That an empty list of faults means something."""
    page.open(out / RIVERSIDE)
    page.js(
        "document.querySelector('[name=q]').closest('label').replaceWith(document.querySelector('[name=q]')); 1"
    )
    page.js("document.querySelector('[name=q]').placeholder = ''; 1")
    assert "label" in " ".join(faults(page, axe))


def spoken(page: Page) -> list[tuple[str, str]]:
    """Role and name of what a screen reader meets, in its order."""
    nodes = page.ask("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}
    told: list[tuple[str, str]] = []

    def walk(node: dict) -> None:
        if not node.get("ignored"):
            told.append((node["role"]["value"], node.get("name", {}).get("value", "")))
        for child in node.get("childIds", []):
            if child in by_id:
                walk(by_id[child])

    walk(nodes[0])
    return told


def test_a_screen_reader_meets_the_page_in_the_order_of_urgency(page, out):
    page.open(out / RIVERSIDE)
    headings = [name for role, name in spoken(page) if role == "heading"]
    assert headings[:5] == [
        "Riverside Immunology",
        "Feeds",
        "Counts",
        "New since the last report",
        "Definite pattern 1",
    ]
    parts = [h.rsplit(" ", 1)[0] for h in headings[4:] if not h[:1].isdigit()]
    assert parts[:8] == [
        "Definite pattern",
        "Repeat overdue",
        "Repeat due",
        "Persistent",
        "One answer away",
        "Recently resolved",
        "Watched: repeat not due yet",
        "Known to the clinic",
    ]


def test_a_screen_reader_hears_of_a_patient_who_state_values_why_next(page, out):
    page.open(out / RIVERSIDE)
    (line,) = [
        name for role, name in spoken(page) if role == "DisclosureTriangle" and "4471121" in name
    ]
    wanted = ["4471121", "female" if "female" in line else "male", "repeat overdue", "IgG", "IgA",
              "IgM 0.31 ↓ low", "the repeat is overdue", "overdue since"]  # fmt: skip
    places = [line.find(word) for word in wanted]
    assert -1 not in places, line
    assert places == sorted(places)


def test_the_plot_has_a_name_and_its_points_stand_in_the_table(page, out):
    page.open(out / RIVERSIDE, "#p1")
    told = spoken(page)
    (plot,) = [name for role, name in told if role == "image" and "every point" in name]
    assert "IgG, IgA, IgM" in plot
    assert ("table", "Dated results") in told


def test_dark_is_dark_and_paper_is_white(page, out):
    background = "getComputedStyle(document.body).backgroundColor"
    page.shown_as(scheme="dark")
    page.open(out / RIVERSIDE)
    assert page.js(background) == "rgb(20, 25, 29)"
    page.shown_as(media="print", scheme="dark")
    assert page.js(background) == "rgb(255, 255, 255)"
    assert page.js("getComputedStyle(document.body).color") == "rgb(29, 42, 51)"


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> Path:
    """Pages that ask clinicians: forms of a draw, and a row of each kind of the rules, one signed."""
    folder = tmp_path_factory.mktemp("asked")
    home = new_home(folder)
    common = signature_state(home, SETTINGS).sets[0]
    kinds = {state.row.kind: state for state in common.rows}
    answer = {"signer": "a", "answer": "not", "comment": "why", "signed_at": date(2026, 11, 30)}
    rows = [
        {"kind": kind, "item": state.row.item, "sha256": state.row.sha256, "state": "not_agreed",
         "content": state.row.content, "answers": [answer]}
        for kind, state in kinds.items()
    ]  # fmt: skip
    rules = {"name": "*", "version": "2026.2", "counts": common.counts, "rows": rows}
    (folder / "sign.html").write_text(sign_page(rules), encoding="utf-8")
    forms = validation_page("draw-x", "reader-1", FORMS, rule_ids())
    (folder / "validation.html").write_text(forms, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["sign.html", "validation.html"])
def test_no_rule_of_wcag_is_broken_where_clinicians_are_asked(page, asked, axe, name):
    page.open(asked / name)
    page.js(EVERYTHING)
    page.js("document.querySelector('[type=radio]').click(); 1")
    assert faults(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_wcag_is_broken_on_a_laboratorys_page(page, tmp_path, axe, scheme):
    (tmp_path / "feedback.html").write_text(feedback_page(TOLD), encoding="utf-8")
    page.shown_as(scheme=scheme)
    page.open(tmp_path / "feedback.html")
    assert faults(page, axe) == []
