"""Text of a feed, safe to look at and to open in a spreadsheet."""

from datetime import date

import pytest

from reports.safe_text import age, cell, day, quantity, safe_text

RIGHT_TO_LEFT = "\u202e"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("plain", "plain"),
        (None, ""),
        ("Ærøskøbing 免疫 אב", "Ærøskøbing 免疫 אב"),
        (f"{RIGHT_TO_LEFT}gpj.exe", "‹U+202E›gpj.exe"),
        ("a\u2066b\u2069", "a‹U+2066›b‹U+2069›"),
        ("zero\u200bwidth\ufeff", "zero‹U+200B›width‹U+FEFF›"),
        ("nul\x00bell\x07", "nul‹U+0000›bell‹U+0007›"),
        ("two\nlines", "two ⏎ lines"),
        ("tab\there", "tab here"),
        ("  much   room ", "much room"),
        ("ك\u200cت", "ك\u200cت"),
        ("\U000e0041tag", "‹U+E0041›tag"),
    ],
)
def test_nothing_hides_or_reorders(sent, shown):
    assert safe_text(sent) == shown


def test_a_flood_is_cut_and_its_length_said():
    shown = safe_text("x" * 10_000)
    assert len(shown) < 250
    assert shown.endswith("… (10,000 characters)")


@pytest.mark.parametrize(
    ("value", "opened"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-2+3", "'-2+3"),
        ("@x", "'@x"),
        ("\t=1", "'=1"),
        ("＝1", "'＝1"),
        ("<script>", "<script>"),
        ("0100234", "0100234"),
        ("<0.05", "<0.05"),
    ],
)
def test_a_spreadsheet_computes_no_text(value, opened):
    assert cell(value) == opened


@pytest.mark.parametrize("value", [3, -3, 0.5, date(2026, 1, 1), None, True])
def test_numbers_and_dates_stay_what_they_are(value):
    assert cell(value) is value


@pytest.mark.parametrize(
    ("value", "comparator", "shown"),
    [
        (0.21, None, "0.21"),
        (0.0847, None, "0.0847"),
        (9.1, None, "9.1"),
        (24.0, None, "24"),
        (112.4, None, "112"),
        (1234.5, None, "1,234"),
        (0.05, "<", "<0.05"),
        (0.0, None, "0"),
        (None, None, ""),
    ],
)
def test_a_quantity_to_three_figures(value, comparator, shown):
    assert quantity(value, comparator) == shown


@pytest.mark.parametrize(
    ("born", "shown"),
    [
        (date(2026, 3, 2), "8 months"),
        (date(2026, 11, 20), "0 months"),
        (date(2024, 11, 21), "23 months"),
        (date(2024, 11, 20), "2 years"),
        (date(1956, 11, 21), "69 years"),
        (None, "age not known"),
        (date(2027, 1, 1), "age not known"),
    ],
)
def test_age(born, shown):
    assert age(born, date(2026, 11, 20)) == shown


def test_a_day_in_words():
    assert day(date(2026, 3, 2)) == "2 Mar 2026"
    assert day(None) == ""
