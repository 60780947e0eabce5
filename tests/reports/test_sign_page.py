"""The page that rules are signed from: every sentence with its cases, every number, nothing run."""

from datetime import date

import pytest

from igwatch.decision.sign import write_sign_pages
from reports.drawn_case import case_svg, panel_text
from reports.sign_page import sign_page
from tests.home import SETTINGS, new_home
from tests.reports.document import Document
from transforms.knowledge.drawn_case import drawn, drawn_classes, read_cases


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("sign"))
    (path,) = write_sign_pages(home, SETTINGS)
    return path.read_text(encoding="utf-8")


def test_every_case_stands_on_it_under_its_sentence_with_a_drawing(text):
    cases = list(read_cases())
    drawings = sum(bool(drawn(case.row)) for case in cases)
    assert text.count('<svg class="case"') == drawings
    assert drawings > 550
    shown = Document(text).all("summary")
    told = " ".join(each.text for each in shown)
    assert all(case.sentence in told for case in cases)


def test_it_names_nobody_before_somebody_signed_and_fetches_nothing(text):
    assert "default-src &#39;none&#39;" in text
    loading = [e for e in Document(text).elements if e.attributes.keys() & {"src", "href"}]
    assert [e.attributes["href"] for e in loading] == ["#rows"]
    assert 'class="so ' not in text
    assert len(text) < 3_000_000


PANEL = {
    "day": 28,
    "results": [
        {"analyte": "igg", "day": 28, "class_name": "normal", "comparator": None, "value": 10.0,
         "is_borrowed": False, "is_written": False},
        {"analyte": "igm", "day": 37, "class_name": "very_low", "comparator": "<", "value": 0.2,
         "is_borrowed": True, "is_written": True},
    ],
    "laboratory": "lab2",
    "facility": None,
    "subclasses": ["1", "2L"],
}  # fmt: skip


def test_a_panel_in_words():
    assert panel_text(PANEL) == (
        "day 28: IgG 10 normal, IgM <0.2 very low from day 37 (laboratory lab2; subclasses 1, 2 low)"
    )


def test_a_lower_class_is_drawn_lower_and_a_later_day_further_right():
    classes = [row["class"] for row in drawn_classes().values()][:6]
    panels = [
        {**PANEL, "day": n, "results": [{**PANEL["results"][0], "day": n, "class_name": name}]}
        for n, name in enumerate(classes)
    ]
    dots = [(float(d["cx"]), float(d["cy"])) for d in circles(case_svg(panels))]
    assert dots == sorted(dots)  # further right for each later day
    heights = [y for _, y in dots]
    assert heights == sorted(heights, reverse=True)


def circles(svg):
    return [each.attributes for each in Document(str(svg)).all("circle")]


def test_what_a_facility_wrote_is_escaped():
    row = {
        "kind": "choice", "item": "<img src=x>", "sha256": "0" * 64, "state": "changed",
        "content": {"value": "<script>alert(1)</script>"},
        "answers": [{"signer": "<b>", "answer": "agree", "comment": "<i>",
                     "signed_at": date(2026, 11, 30)}],
    }  # fmt: skip
    page = sign_page({"name": "north", "version": "<v>", "counts": {"changed": 1}, "rows": [row]})
    for sent in ("<img", "<script>alert", "<b>", "<i>", "<v>"):
        assert sent not in page
