"""The page for a sending laboratory in a browser: of a phone's width, and its picture."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from reports.feedback_page import Feedback, feedback_page
from tests.browser.test_picture import looked_at

pytestmark = pytest.mark.heavy
PHONE, WIDTH = 362, 1280


def counted(n, before, **said):
    return {"n": n, "n_before": before, **said}


UNIT = {"sentence": "two units are stated for it", "mend": "ask the laboratory which unit is right"}
WORDS = {"sentence": "the value is a text", "mend": "ask for the number, or map the word"}
TOLD = Feedback(
    "northgate", "NGH", False, date(2026, 10, 1), date(2026, 9, 1), date(2026, 11, 2), "20261102-ab12",
    {
        "came": [
            counted(1840, 1910, what="message"), counted(1425, 1490, what="patient"),
            counted(4180, 4390, what="sent"), counted(3985, 4335, what="measured"),
            counted(75, 55, what="superseded"), counted(120, None, what="unusable"),
        ],
        "unusable": [
            counted(95, None, reason_code="units_disagree", field="OBX-6", value_shape="999", **UNIT),
            counted(25, None, reason_code="value_is_text", field="OBX-5", value_shape="aaa aaaa", **WORDS),
        ],
        "refused": [],
        "median": [
            {"analyte": "igg", "unit": "g/L", "median": 10.2, "median_before": 10.0, "ratio": 1.0,
             "suspicion": None, "n": 1410, "n_before": 1480},
            {"analyte": "igm", "unit": "g/L", "median": 0.94, "median_before": 1.1, "ratio": 0.85,
             "suspicion": "step", "n": 1290, "n_before": 1420},
        ],
        "text": [
            counted(95, None, code="2472-9", code_system="LN", test_name="IgM <new>", units="mg/dL",
                    analyte=None, change="come"),
            counted(None, 1420, code="IGM##", code_system="L", test_name="IgM", units="g/L",
                    analyte="igm", change="gone"),
            counted(1410, 1480, code="2465-3", code_system="LN", test_name="IgG", units="g/L",
                    analyte="igg", change=None),
        ],
        "contradiction": [
            counted(95, None, field_a="OBX-6", statement_a="mg/dL", field_b="OBX-7",
                    statement_b="#.#-#.# g/L", **UNIT),
        ],
        "delay": [
            {"way": "collected_to_message", "half_hours": 5.5, "nine_tenths_hours": 52.0,
             "half_hours_before": 5.0, "nine_tenths_hours_before": 30.0, "n_late": 15},
            {"way": "message_to_delivery", "half_hours": 0.2, "nine_tenths_hours": 170.0,
             "half_hours_before": None, "nine_tenths_hours_before": None, "n_late": None},
        ],
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("feedback") / "northgate--ngh.html"
    path.write_text(feedback_page(TOLD), encoding="utf-8")
    return path


def test_nothing_is_wider_than_a_phone_but_tables_that_scroll(page, file):
    page.resize(PHONE, 800)
    page.open(file)
    assert page.js("document.documentElement.scrollWidth") <= PHONE
    assert page.complaints == []


def test_the_picture(page, file, tmp_path):
    folder = Path(os.environ.get("PICTURES", tmp_path))
    page.open(file)
    page.picture(folder / "feedback.png", WIDTH, 1180)
    looked_at(folder / "feedback.png")
