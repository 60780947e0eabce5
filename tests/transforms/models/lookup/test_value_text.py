"""lookup.value_text: how a value's text becomes comparator and number, or a reason."""

import pytest

from tests.warehouse_in_memory import core, one_patient_each, rows

# as sent, type of value, comparator, number, fault
WITH_POINT = [
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
    ("?7", "NM", None, None, "value_is_text"),
    ("haemolysed", "ST", None, None, "specimen_haemolysed"),
    ("4/5/2024", "ST", None, None, "value_is_text"),
    ("0,45", "NM", None, None, "value_ambiguous_decimal"),
    ("1,234", "NM", None, None, "value_ambiguous_decimal"),
    ("-0.3", "NM", None, -0.3, "negative_value"),
    ("1,234.5", "NM", None, 1234.5, None),
    ("1,23.5", "NM", None, None, "value_ambiguous_decimal"),
    ("10 IU/mL", "ST", None, 10.0, None),
    ("<40 mg/dL", "ST", "<", 40.0, None),
    ("125,256 mg/L", "ST", None, None, "value_ambiguous_decimal"),
    ("10 copies/ml", "ST", None, None, "value_is_text"),
]
# as sent, comparator, number, fault
WITH_COMMA = [
    ("0,45", None, 0.45, None),
    ("<0,05", "<", 0.05, None),
    ("1.234,5", None, 1234.5, None),
    ("45", None, 45.0, None),
    ("1.234", None, None, "value_ambiguous_decimal"),
    ("0.45", None, None, "value_ambiguous_decimal"),
]


def read(drawn: str, decimal_mark: str) -> dict[tuple[str, bool], tuple]:
    """(value as sent, whether it was sent as a structured number) -> how it was read."""
    con = core(drawn, facility={"decimal_mark": decimal_mark})
    found = rows(
        con,
        "SELECT observation_value, is_sn, value_comparator, value_as_number, value_fault "
        "FROM lookup.value_text",
    )
    return {(sent, is_sn): tuple(how) for sent, is_sn, *how in found}


@pytest.fixture(scope="module")
def with_point():
    cases = (("igm", value_type, sent) for sent, value_type, *_ in WITH_POINT)
    return read(one_patient_each("analyte | value_type | observation_value", cases), ".")


@pytest.fixture(scope="module")
def with_comma():
    cases = (("igm", sent) for sent, *_ in WITH_COMMA)
    return read(one_patient_each("analyte | observation_value", cases), ",")


@pytest.mark.parametrize(("sent", "value_type", "comparator", "number", "fault"), WITH_POINT)
def test_value_with_a_decimal_point(with_point, sent, value_type, comparator, number, fault):
    assert with_point[sent.strip(), value_type == "SN"] == (comparator, number, fault)


@pytest.mark.parametrize(("sent", "comparator", "number", "fault"), WITH_COMMA)
def test_value_with_a_decimal_comma(with_comma, sent, comparator, number, fault):
    assert with_comma[sent, False] == (comparator, number, fault)


def test_an_empty_value_is_missing():
    con = core("analyte | observation_value\nigm |")
    assert rows(con, "SELECT reason_code FROM core.unusable") == [("value_missing",)]


@pytest.mark.parametrize(
    ("value", "units", "g_per_l", "reason"),
    [
        ("21 mg/dL", "", 0.21, None),
        ("<7 mg/dL", "", 0.07, None),
        ("0.21 g/L", "g/L", 0.21, None),
        ("21 mg/dL", "g/L", None, "unit_contradicted_by_value"),
        ("21", "", None, "unit_missing"),
        ("21 furlong", "", None, "value_is_text"),
    ],
)
def test_a_unit_within_the_value_is_read_where_none_stands_beside_it(value, units, g_per_l, reason):
    con = core(f"analyte | observation_value | units\nigm | {value} | {units}")
    assert rows(con, "SELECT reason_code FROM result.disposition") == [(reason,)]
    assert rows(con, "SELECT value_g_per_l FROM core.measurement") == (
        [(g_per_l,)] if g_per_l else []
    )
