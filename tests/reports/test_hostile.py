"""What a feed may hold shows as text everywhere: on the page, in the CSV, in the workbook."""

import csv
import io

import pytest
from openpyxl import load_workbook

from reports.clinic import write_clinic_reports
from reports.quality import write_quality_page
from tests.reports.document import Document
from tests.reports.region import region, write_generation

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></script><script>alert(2)</script>",
    "=cmd|' /C calc'!A0",
    "+1",
    "@x",
    "\u202egnp.exe\u2066",
    "bell\x07 nul\x00 escape\x1b[31m",
    "{{ 7 * 7 }} {% raw %}",
    "x" * 10_000,
]
TEXT = {
    "flag.patient_flag": ("patient_id", "assigning_authority", "facility", "status_reason"),
    "core.measurement": (
        "value_source_value",
        "unit_source_value",
        "laboratory",
        "comment",
        "source_name",
    ),
    "flag.evidence": ("reason",),
    "core.exposure": ("name", "code"),
    "core.unusable": ("test_name", "value_source_value", "reason"),
    "mart.worklist": ("action",),
    "mart.review": ("reviewer", "note"),
    "mart.request": ("test", "tube"),
    "quality.unmapped_code": ("facility", "code", "test_name", "units"),
    "quality.freshness": ("facility",),
    "quality.check_result": ("why", "column_name"),
}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Every text column of every table holds one hostile string or another."""
    tables, number = {}, 0
    for name, rows in region().items():
        if name in TEXT:
            rows = [dict(row) for row in rows]
            for row in rows:
                for column in TEXT[name]:
                    row[column] = HOSTILE[number % len(HOSTILE)]
                    number += 1
        tables[name] = [row | {"clinic": HOSTILE[1]} for row in rows]
    folder = tmp_path_factory.mktemp("attacked")
    generation = write_generation(folder / "generation", tables)
    write_clinic_reports(generation, folder / "out")
    write_quality_page(generation, folder / "out")
    return folder / "out"


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
