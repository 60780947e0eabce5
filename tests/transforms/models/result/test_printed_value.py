"""Values with what laboratories print around them: flags, off-scale signs, ranges with one end."""

import pytest

from tests.warehouse_in_memory import core, one_patient_each, rows

OFF_SCALE = [
    # OBX-8, value, comparator, class, reason
    ("<", "0.30", "<", "low", None),
    ("<", "0.80", "<", "censored_unresolved", None),
    (">", "3.10", ">", "high", None),
    ("L~<", "0.30", "<", "low", None),
    ("<", "<0.30", "<", "low", None),
    ("L", "0.80", None, "normal", None),
    (">", "<0.30", None, None, "comparator_contradicted"),
    ("<", "haemolysed", None, None, "specimen_haemolysed"),
]


@pytest.mark.parametrize(("flag", "value", "comparator", "cls", "reason"), OFF_SCALE)
def test_off_the_scale_of_the_instrument_is_a_comparator(flag, value, comparator, cls, reason):
    con = core(f"analyte | abnormal_flags | observation_value\nigm | {flag} | {value}")
    assert rows(con, "SELECT reason_code FROM result.disposition") == [(reason,)]
    measured = [] if reason else [(comparator, cls)]
    assert rows(con, "SELECT value_comparator, class FROM core.measurement") == measured


def test_in_a_file_the_sign_in_the_flag_column_is_a_flag():
    drawn = "analyte | message_number | abnormal_flags | observation_value\nigm | | < | 0.80"
    con = core(drawn)
    query = "SELECT value_comparator, laboratory_interpretation FROM core.measurement"
    assert rows(con, query) == [(None, "L")]


def test_a_flag_beside_the_number_is_what_the_laboratory_says():
    cases = [
        ("igm", "0.30 (L)", ""),
        ("igm", "3.1 HH", ""),
        ("igm", "1.1*", ""),
        ("igm", "1.1 N", "H"),
    ]
    con = core(one_patient_each("analyte | observation_value | abnormal_flags", cases))
    query = "SELECT laboratory_interpretation FROM core.measurement ORDER BY patient_id"
    assert rows(con, query) == [("L",), ("H",), (None,), ("H",)]


ONE_END = [
    # unit, value, range, reason: 40 to 230 mg/dL is 0.4 to 2.3 g/L
    ("g/L", "1.1", ">= 0.4", None),
    ("g/L", "1.1", ">= 40", "unit_contradicted_by_range"),
    ("mg/dL", "110", ">= 40", None),
    ("g/L", "1.1", "<2.3", None),
    ("g/L", "1.1", "up to 230", "unit_contradicted_by_range"),
]


@pytest.mark.parametrize(("unit", "value", "printed", "reason"), ONE_END)
def test_one_printed_end_tells_a_wrong_unit_too(unit, value, printed, reason):
    con = core(
        f"analyte | units | observation_value | references_range\nigm | {unit} | {value} | {printed}"
    )
    assert rows(con, "SELECT reason_code FROM result.disposition") == [(reason,)]


def test_what_cannot_be_read_is_shown_with_its_shape():
    con = core("analyte | value_type | observation_value\nigm | SN | ^1^^5")
    query = "SELECT reason_code, value_shape FROM core.unusable"
    assert rows(con, query) == [("value_second_number", "^9^^9")]
