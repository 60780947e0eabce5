"""The same list as CSV and XLSX."""

import csv
import io
from datetime import datetime

import pytest
from openpyxl import load_workbook

from reports.worklist_export import HEADINGS


@pytest.fixture(scope="module")
def listed(out) -> list[dict[str, str]]:
    text = (out / "latest-riverside-immunology.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def sheet(out):
    return load_workbook(out / "latest-riverside-immunology.xlsx").active


def test_one_row_per_patient_and_rule_in_the_order_of_the_page(listed):
    assert len(listed) == 16
    assert [row["patient"] for row in listed[:3]] == ["4471120", "4471121", "4471122"]
    assert [row["state"] for row in listed if row["patient"] == "4471130"] == [
        "not_higm_pattern",
        "not_selective",
    ]


def test_what_a_row_says(listed):
    bert = next(row for row in listed if row["patient"] == "4471121")
    assert (
        bert
        | {
            "facility": "riverside",
            "rule": "selective_igm_deficiency",
            "state": "repeat_overdue",
            "previous_state": "repeat_due",
            "changed_on": "2026-10-02",
            "new": "no",
            "urgent": "no",
            "repeat_due_on": "2026-07-01",
            "repeat_overdue_on": "2026-10-02",
            "n_counted": "1",
            "latest_igm_g_per_l": "0.31",
            "latest_igm_class": "low",
            "as_of": "2026-11-20",
        }
        == bert
    )


def test_a_bound_and_the_words_of_a_list(listed):
    cora = next(row for row in listed if row["patient"] == "4471122")
    assert cora["latest_igm_g_per_l"] == "<0.18"
    gerd = next(row for row in listed if row["patient"] == "4471126")
    assert gerd["routes"] == "Paraprotein; Common variable immunodeficiency"
    assert "electrophoresis" in gerd["would_settle_it"]


def test_a_spreadsheet_reads_it_as_utf_8(out):
    assert (out / "latest-riverside-immunology.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_workbook_holds_the_same(sheet, listed):
    assert [cell.value for cell in sheet[1]] == HEADINGS
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == [r["patient"] for r in listed]


def test_identifiers_are_text_and_dates_are_dates(out):
    path = next(out.glob("latest-paediatric*.xlsx"))
    sheet = load_workbook(path).active
    first = dict(zip((cell.value for cell in sheet[1]), sheet[2], strict=True))
    assert (first["patient"].value, first["patient"].data_type) == ("0100234", "s")
    assert first["as_of"].value == datetime(2026, 11, 20)
    assert first["n_counted"].value == 2


def test_the_workbook_is_ready_to_be_filtered_and_printed(sheet):
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == sheet.dimensions
    assert sheet.page_setup.orientation == "landscape"
