"""core.value: how a value's text becomes comparator and number, or a reason."""

import pytest

from tests.warehouse_in_memory import core, rows


@pytest.mark.parametrize(
    ("sent", "value_type", "comparator", "number", "fault"),
    [
        ("0.21", "NM", None, 0.21, None),
        (".2", "NM", None, 0.2, None),
        ("139.", "NM", None, 139.0, None),
        ("+4.1", "NM", None, 4.1, None),
        (" 4.1 ", "ST", None, 4.1, None),
        ("<0.05", "ST", "<", 0.05, None),
        ("< 0.05", "NM", "<", 0.05, None),
        ("<=0.05", "ST", "<=", 0.05, None),
        ("≤0.05", "ST", "<=", 0.05, None),
        (">30", "ST", ">", 30.0, None),
        ("<^0.10", "SN", "<", 0.10, None),
        ("^182", "SN", None, 182.0, None),
        ("=^16", "SN", None, 16.0, None),
        ("<0.10", "SN", "<", 0.10, None),
        ("^1^:^128", "SN", None, None, "value_is_range"),
        ("6-10", "ST", None, None, "value_is_range"),
        ("?7", "NM", None, None, "value_not_numeric"),
        ("haemolysed", "ST", None, None, "value_not_numeric"),
        ("0,45", "NM", None, None, "value_ambiguous_decimal"),
        ("1,234", "NM", None, None, "value_ambiguous_decimal"),
        ("-0.3", "NM", None, -0.3, "negative_value"),
        (None, "NM", None, None, "value_missing"),
    ],
)
def test_value_with_a_decimal_point(sent, value_type, comparator, number, fault):
    drawn = f"analyte | value_type | observation_value\nigm | {value_type} | {sent or ''}"
    con = core(drawn)
    assert rows(con, "SELECT value_comparator, value_as_number, value_fault FROM core.value") == [
        (comparator, number, fault)
    ]


@pytest.mark.parametrize(
    ("sent", "comparator", "number", "fault"),
    [
        ("0,45", None, 0.45, None),
        ("<0,05", "<", 0.05, None),
        ("1.234,5", None, 1234.5, None),
        ("45", None, 45.0, None),
        ("1.234", None, None, "value_ambiguous_decimal"),
        ("0.45", None, None, "value_ambiguous_decimal"),
    ],
)
def test_value_with_a_decimal_comma(sent, comparator, number, fault):
    con = core(f"analyte | observation_value\nigm | {sent}", facility={"decimal_mark": ","})
    assert rows(con, "SELECT value_comparator, value_as_number, value_fault FROM core.value") == [
        (comparator, number, fault)
    ]
