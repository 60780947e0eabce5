"""A page asks nothing of anyone: a strict policy, nothing from outside, usable by all."""

import base64
import hashlib
import re
from itertools import pairwise

import pytest

from igwatch.base.atomic_file import write_whole
from reports.page import slug
from tests.reports.document import Document


@pytest.fixture(params=["latest-riverside-immunology", "latest-quality"])
def page(request, out) -> str:
    return (out / f"{request.param}.html").read_text(encoding="utf-8")


def test_the_policy_allows_the_pages_own_style_and_script_alone(page):
    policy = Document(page).all("meta")[1].attributes
    assert policy["http-equiv"] == "Content-Security-Policy"
    rules = dict(rule.split(" ", 1) for rule in policy["content"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["form-action"] == rules["base-uri"] == "'none'"
    assert rules["style-src"] == digest(re.search(r"<style>(.*?)</style>", page, re.S)[1])
    script = re.search(r"<script>(.*?)</script>", page, re.S)
    assert rules["script-src"] == (digest(script[1]) if script else "'none'")


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_nothing_comes_from_outside(page):
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page)
    names = {e.name for e in Document(page).elements}
    assert not names & {"link", "img", "iframe", "object", "embed", "base", "video", "audio"}
    for element in Document(page).elements:
        assert not {"style", "src", "onclick", "onload"} & element.attributes.keys()


def test_links_stay_beside_the_page(page):
    for link in Document(page).all("a"):
        assert re.fullmatch(r"#[\w-]+|2026-11-20-[a-z0-9-]+\.(csv|xlsx)", link.attributes["href"])


def test_every_link_within_the_page_arrives(page):
    document = Document(page)
    ids = [e.attributes["id"] for e in document.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    wanted = {a.attributes["href"][1:] for a in document.all("a") if a.attributes["href"][0] == "#"}
    labels = {e.attributes.get("aria-labelledby") for e in document.elements} - {None}
    assert wanted | labels <= set(ids)


def test_it_says_its_language_title_and_one_main_heading(page):
    document = Document(page)
    assert document.all("html")[0].attributes["lang"] == "en"
    assert document.all("title")[0].text
    assert len(document.all("h1")) == len(document.all("main")) == 1


def test_headings_skip_no_level(page):
    levels = [int(e.name[1]) for e in Document(page).elements if re.fullmatch(r"h[1-6]", e.name)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_have_names_and_heads(page):
    document = Document(page)
    assert document.all("table")
    for head in document.all("th"):
        assert head.attributes.get("scope") in {"col", "row", "rowgroup"}
    for region in document.all("div", "scroll"):
        assert {"aria-label", "aria-labelledby"} & region.attributes.keys()
        assert region.attributes["tabindex"] == "0"


def test_pictures_have_a_name_or_are_decoration(page):
    for svg in Document(page).all("svg"):
        assert svg.attributes.get("aria-hidden") == "true" or svg.attributes["aria-label"]


def test_fields_have_a_label(riverside):
    document = Document(riverside)
    form = document.elements.index(document.all("form")[0])
    inside = [e for e in document.elements[form:] if e.name in {"label", "input", "select"}]
    for before, field in pairwise(inside):
        if field.name in {"input", "select"}:
            assert before.name == "label"
            assert before.text


def test_without_a_script_everything_is_there_and_no_dead_filter(riverside):
    document = Document(riverside)
    assert "hidden" in document.all("form")[0].attributes
    assert not [e for e in document.patients() if "hidden" in e.attributes]


def test_a_state_is_never_told_by_colour_alone(riverside):
    for chip in Document(riverside).all("span", "chip"):
        assert chip.text


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Riverside Immunology", "riverside-immunology"),
        ("north", "north"),
        ("A-1", "a-1"),
    ],
)
def test_a_plain_name_is_its_own_file_name(name, stem):
    assert slug(name) == stem


def test_a_page_takes_its_name_only_when_it_is_whole(tmp_path):
    path = tmp_path / "deep" / "page.html"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [p.name for p in path.parent.iterdir()] == ["page.html"]
