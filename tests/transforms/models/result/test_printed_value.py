"""Values with what laboratories print around them: flags, off-scale signs, ranges with one end."""

import pytest

from tests.warehouse_in_memory import by_patient, core, patients

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
FLAGGED = [
    # value, OBX-8, what the laboratory says
    ("0.30 (L)", "", "L"),
    ("3.1 HH", "", "H"),
    ("1.1*", "", None),
    ("1.1 N", "H", "H"),
]
ONE_END = [
    # unit, value, range, reason: 40 to 230 mg/dL is 0.4 to 2.3 g/L
    ("g/L", "1.1", ">= 0.4", None),
    ("g/L", "1.1", ">= 40", "unit_contradicted_by_range"),
    ("mg/dL", "110", ">= 40", None),
    ("g/L", "1.1", "<2.3", None),
    ("g/L", "1.1", "up to 230", "unit_contradicted_by_range"),
]
SENT = {
    "in a file": "analyte | message_number | abnormal_flags | observation_value\nigm | | < | 0.80",
    "unread": "analyte | value_type | observation_value\nigm | SN | ^1^^5",
}


def sent() -> dict[str, str]:
    """The result of every patient; one of a case table is named by the cells that it is sent."""
    flagged = "analyte | abnormal_flags | observation_value"
    ranged = "analyte | units | observation_value | references_range"
    return {
        **SENT,
        **{f"{flag} {v}": f"{flagged}\nigm | {flag} | {v}" for flag, v, *_ in OFF_SCALE},
        **{f"beside {v}": f"{flagged}\nigm | {flag} | {v}" for v, flag, _ in FLAGGED},
        **{f"{v} {u} of {r}": f"{ranged}\nigm | {u} | {v} | {r}" for u, v, r, _ in ONE_END},
    }


@pytest.fixture(scope="module")
def warehouse():
    return core(patients(sent()))


@pytest.fixture(scope="module")
def measured(warehouse):
    return by_patient(warehouse, "SELECT patient_id, value_comparator, class FROM core.measurement")


@pytest.fixture(scope="module")
def said(warehouse):
    query = "SELECT patient_id, laboratory_interpretation FROM core.measurement"
    return by_patient(warehouse, query)


@pytest.fixture(scope="module")
def reasons(warehouse):
    of_patient = "result.disposition INNER JOIN core.patient USING (patient_key)"
    return by_patient(warehouse, f"SELECT patient_id, reason_code FROM {of_patient}")


@pytest.mark.parametrize(("flag", "value", "comparator", "cls", "reason"), OFF_SCALE)
def test_off_the_scale_of_the_instrument_is_a_comparator(
    measured, reasons, flag, value, comparator, cls, reason
):
    name = f"{flag} {value}"
    assert reasons[name] == [(reason,)]
    assert measured[name] == ([] if reason else [(comparator, cls)])


def test_in_a_file_the_sign_in_the_flag_column_is_a_flag(measured, said):
    assert [comparator for comparator, _ in measured["in a file"]] == [None]
    assert said["in a file"] == [("L",)]


@pytest.mark.parametrize(("value", "flag", "expected"), FLAGGED)
def test_a_flag_beside_the_number_is_what_the_laboratory_says(said, value, flag, expected):
    assert said[f"beside {value}"] == [(expected,)]


@pytest.mark.parametrize(("unit", "value", "printed", "reason"), ONE_END)
def test_one_printed_end_tells_a_wrong_unit_too(reasons, unit, value, printed, reason):
    assert reasons[f"{value} {unit} of {printed}"] == [(reason,)]


def test_what_cannot_be_read_is_shown_with_its_shape(warehouse):
    shown = by_patient(
        warehouse,
        "SELECT patient_id, reason_code, value_shape FROM core.unusable "
        "INNER JOIN core.patient USING (patient_key)",
    )
    assert shown["unread"] == [("value_second_number", "^9^^9")]
