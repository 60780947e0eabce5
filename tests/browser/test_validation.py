"""Blind forms in a browser: answered, saved, and read by igwatch as they were meant."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from igwatch.base.knowledge import rule_ids
from igwatch.validation.answer_file import FormAnswer, read_answers
from reports.validation_page import validation_page
from tests.browser.chromium import browser
from tests.browser.test_picture import looked_at

pytestmark = pytest.mark.heavy
DRAW = "draw-2026-11-30-200-7"
LIMITS = {"igg": (6.0, 7.0, 16.0), "iga": (0.7, 0.8, 4.0), "igm": (0.4, 0.5, 2.5)}


def result(day, analyte, value, class_name, age_days=12_000):
    low, low_max, high = LIMITS[analyte]
    return {
        "day": day, "age_days": age_days + day, "analyte": analyte, "comparator": None,
        "value": value, "unit": "g/L", "lower_limit_min": low, "lower_limit_max": low_max,
        "upper_limit_min": high, "upper_limit_max": high, "class_name": class_name,
        "laboratory": 1,
    }  # fmt: skip


def panel(day, igg, iga, igm, class_name):
    return [
        result(day, "igg", igg, "normal"),
        result(day, "iga", iga, "normal"),
        result(day, "igm", igm, class_name),
    ]


FORMS = [
    {
        "form": "F001", "sex": "F", "age_days": 12_000,
        "results": [*panel(0, 9.8, 1.9, 0.31, "low"), *panel(118, 10.2, 2.1, 0.28, "low")],
        "known": [{"kind": "medication", "name": "levothyroxine", "start_day": -900, "end_day": None}],
    },
    {
        "form": "F002", "sex": None, "age_days": 12_000,
        "results": panel(0, 11.0, 2.4, 1.1, "normal"),
        "known": [
            {"kind": "diagnosis", "name": "<b>x</b>", "start_day": None, "end_day": 4},
        ],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def forms(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("forms") / "reader-1.html"
    path.write_text(validation_page(DRAW, "reader-1", FORMS, rule_ids()), encoding="utf-8")
    return path


def test_what_is_saved_is_read(forms, tmp_path):
    (tmp_path / "saved").mkdir()
    with browser(tmp_path / "profile") as page:
        page.ask(
            "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path / "saved")
        )
        page.open(forms)
        for form, word in (("F001", "yes"), ("F002", "no")):
            box = f"[data-form={form}][data-rule=selective_igm_deficiency] [value={word}]"
            page.js(f"document.querySelector('{box}').click(); 1")
        page.js("document.querySelector('#save button').click(); 1")
        for _ in range(200):
            if found := list((tmp_path / "saved").glob(f"{DRAW}-*.csv")):
                break
            time.sleep(0.05)
        assert page.complaints == []
        assert [url for url in page.requests if not url.startswith(("file:", "blob:"))] == []
    assert read_answers(found) == [
        FormAnswer(DRAW, "F001", "selective_igm_deficiency", "yes", "reader-1"),
        FormAnswer(DRAW, "F002", "selective_igm_deficiency", "no", "reader-1"),
    ]


def test_the_picture(page, forms, tmp_path):
    folder = Path(os.environ.get("PICTURES", tmp_path))
    page.open(forms)
    page.picture(folder / "validation.png", 1280, 860)
    looked_at(folder / "validation.png")
