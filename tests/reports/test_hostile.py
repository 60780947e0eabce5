"""What a feed may hold shows as text everywhere: on the page, in the CSV, in the workbook."""

import csv
import io

import pytest
from openpyxl import load_workbook

from tests.reports.document import Document
from tests.reports.hostile import attacked_reports


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    return attacked_reports(tmp_path_factory.mktemp("attacked"))


@pytest.fixture(scope="module")
def pages(attacked):
    return [path.read_text(encoding="utf-8") for path in sorted(attacked.glob("latest-*.html"))]


def test_no_element_comes_from_a_feed(pages):
    for page in pages:
        document = Document(page)
        assert len(document.all("script")) <= 1
        assert document.all("img") == []
        assert not [e for e in document.elements if any(a.startswith("on") for a in e.attributes)]


def test_nothing_in_it_reorders_or_hides(pages):
    for page in pages:
        assert not set(page) & set("\u202e\u2066\x07\x00\x1b")
        assert "‹U+202E›gnp.exe‹U+2066›" in page


def test_a_flood_is_cut(pages):
    assert all("x" * 1_000 not in page for page in pages)
    assert "(10,000 characters)" in pages[0] + pages[1]


def test_a_template_sign_is_text(pages):
    assert any("{{ 7 * 7 }}" in page for page in pages)
    assert not any(">49 " in page for page in pages)


def test_the_files_hold_no_formula(attacked):
    path = next(attacked.glob("latest-*.csv"))
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    book = load_workbook(path.with_suffix(".xlsx"))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    texts = [text for row in rows for text in row]
    texts += [cell.value for cell in cells if isinstance(cell.value, str)]
    assert any(text.startswith("'=cmd") for text in texts)
    assert not [text for text in texts if text.startswith(("=", "+", "@", "-"))]
    assert not [text for text in texts if "x" * 1_000 in text or set(text) & set("\u202e\u2066")]
    assert any("(10,000 characters)" in text for text in texts)
    assert any("‹U+202E›gnp.exe‹U+2066›" in text for text in texts)
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}


def test_no_file_name_comes_from_a_feed(attacked):
    names = {path.name.split(".")[0] for path in attacked.glob("latest-*")}
    assert len(names) == 2
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for name in names)
