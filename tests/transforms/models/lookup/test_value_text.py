"""lookup.value_text: how a value's text becomes comparator and number, or a reason."""

import pytest

from tests.warehouse_in_memory import by_patient, core, one_patient_each, patients, rows

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
    # signs as web pages, word processors and other scripts write them
    ("−0.3", "NM", None, -0.3, "negative_value"),
    ("０．２１", "ST", None, 0.21, None),
    ("0·21", "ST", None, 0.21, None),
    ("٠٫٢١", "ST", None, 0.21, None),
    ("&lt;0.05", "ST", "<", 0.05, None),
    ("=<\u2009 0.05", "ST", "<=", 0.05, None),
    ("\u200e0.21", "ST", None, 0.21, None),
    ("0.2\u200b1", "ST", None, None, "value_is_text"),
    ("1'210.5", "ST", None, 1210.5, None),
    ("1 210", "ST", None, None, "value_ambiguous_decimal"),
    ("0.21 0.22", "ST", None, None, "value_is_text"),
    # powers of ten
    ("5.0e-02", "NM", None, 0.05, None),
    ("<5 x 10^-2", "ST", "<", 0.05, None),
    ("5E400", "NM", None, None, "value_is_text"),
    # words that repeat the comparator, and those that are all there is
    ("<0.05 below detection limit", "ST", "<", 0.05, None),
    ("not detected (<0.05)", "ST", "<", 0.05, None),
    ("below detection limit of 0.05", "ST", "<", 0.05, None),
    ("less than 0.05", "ST", "<", 0.05, None),
    ("not detected", "ST", None, None, "value_below_detection"),
    ("0.05 below detection limit", "ST", None, None, "value_below_detection"),
    (">0.05 below detection limit", "ST", None, None, "comparator_contradicted"),
    ("> <0.80", "ST", None, None, "comparator_contradicted"),
    # what is no one number
    ("(0.21)", "ST", None, None, "value_is_text"),
    ("approx 0.21", "ST", None, None, "value_is_text"),
    ("0.21 repeated", "ST", None, None, "value_is_text"),
    ("0.2 to 0.4", "ST", None, None, "value_is_range"),
    ("2+", "ST", None, None, "value_is_grade"),
    ("30+", "ST", None, None, "value_is_grade"),
    ("3.1-", "ST", None, None, "value_is_text"),
    # structured numbers: each part its own
    ("^1^^5", "SN", None, None, "value_second_number"),
    ("^^^5", "SN", None, None, "value_second_number"),
    ("1^5", "SN", None, None, "value_second_number"),
    ("^1^:^5", "SN", None, None, "value_is_range"),
    ("^1^-^5", "SN", None, None, "value_is_range"),
    ("^2^+", "SN", None, None, "value_is_grade"),
    ("^0.21^L", "SN", None, None, "value_not_numeric"),
    (">^<0.05", "SN", None, None, "comparator_contradicted"),
    ("<>^5", "SN", None, None, "comparator_contradicted"),
    ("<^haemolysed", "SN", None, None, "specimen_haemolysed"),
]
# as sent, number, unit, flag
FLAGGED = [
    ("0.21 L", 0.21, None, "L"),
    ("0.21L", 0.21, None, "L"),
    ("L 0.21", 0.21, None, "L"),
    ("0.21 (L)", 0.21, None, "L"),
    ("0.21↓", 0.21, None, "L"),
    ("0.21 low", 0.21, None, "L"),
    ("0.21 -", 0.21, None, "L"),
    ("H 30", 30.0, None, "H"),
    ("3.1+", 3.1, None, "H"),
    ("3.1 ++", 3.1, None, "HH"),
    ("*0.21", 0.21, None, "A"),
    ("0.21*", 0.21, None, "A"),
    ("0.21 LL *", 0.21, None, "LL"),
    ("0.21 g/L (L)", 0.21, "g/L", "L"),
    ("0.21 L g/L", 0.21, "g/L", "L"),
    ("L0.21", None, None, None),  # IgM L0.21 or 10.21?
    ("0.21 B", None, None, None),
    ("L 0.21 H", None, None, None),
]
# thousands as stated, decimal mark, as sent, number, fault
THOUSANDS = [
    (",", ".", "1,210", 1210.0, None),
    (",", ".", "11,210", 11210.0, None),
    (",", ".", "1,210.5", 1210.5, None),
    (",", ".", "0,210", None, "value_ambiguous_decimal"),
    (",", ".", "1,2100", None, "value_ambiguous_decimal"),
    (".", ",", "1.210", 1210.0, None),
    (".", ",", "0.210", None, "value_ambiguous_decimal"),
    (" ", ",", "1\u202f210,5", 1210.5, None),
    (" ", ".", "1 21", None, "value_is_text"),
]
# as sent, comparator, number, fault
WITH_COMMA = [
    ("0,45", None, 0.45, None),
    ("<0,05", "<", 0.05, None),
    ("1.234,5", None, 1234.5, None),
    ("45", None, 45.0, None),
    ("1.234", None, None, "value_ambiguous_decimal"),
    ("0.45", None, None, "value_ambiguous_decimal"),
    ("0·45", None, 0.45, None),
    ("5,0E-2", None, 0.05, None),
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


@pytest.mark.parametrize(("sent", "number", "unit", "flag"), FLAGGED)
def test_a_flag_beside_the_number_is_the_laboratorys_flag(flagged, sent, number, unit, flag):
    assert flagged[sent] == (number, unit, flag)


@pytest.fixture(scope="module")
def flagged():
    con = core(
        one_patient_each("analyte | observation_value", (("igm", sent) for sent, *_ in FLAGGED))
    )
    query = "SELECT observation_value, value_as_number, unit_in_value, flag_in_value"
    return {sent: tuple(how) for sent, *how in rows(con, f"{query} FROM lookup.value_text")}


@pytest.mark.parametrize(("thousands", "mark", "sent", "number", "fault"), THOUSANDS)
def test_signs_between_thousands_as_the_facility_states_them(
    by_thousands, thousands, mark, sent, number, fault
):
    assert by_thousands[thousands, mark, sent] == (number, fault)


@pytest.fixture(scope="module")
def by_thousands():
    """(sign between thousands, decimal mark, value as sent) -> how it was read."""
    con = core(
        [
            {
                "facility": f"{thousands} {mark}",
                "patient_id": f"p{n}",
                "analyte": "igg",
                "observation_value": sent,
            }
            for n, (thousands, mark, sent, *_) in enumerate(THOUSANDS)
        ]
    )
    for signs in {(thousands, mark) for thousands, mark, *_ in THOUSANDS}:
        con.execute(
            "UPDATE knowledge.facility SET thousands = $1, decimal_mark = $2 "
            "WHERE facility = $1 || ' ' || $2",
            signs,
        )
    query = "SELECT thousands, decimal_mark, observation_value, value_as_number, value_fault"
    read = rows(con, f"{query} FROM lookup.value_text")
    return {tuple(sent): (number, fault) for *sent, number, fault in read}


SHAPES = [("^1^^5", "^9^^9"), ("Ägs 2,5 mg", "Aaa 9,9 aa"), ("x" * 50, "a" * 40 + "…")]
WITH_UNIT = [
    # value, unit beside it, in g/L, reason
    ("21 mg/dL", "", 0.21, None),
    ("<7 mg/dL", "", 0.07, None),
    ("0.21 g/L", "g/L", 0.21, None),
    ("21 mg/dL", "g/L", None, "unit_contradicted_by_value"),
    ("21", "", None, "unit_missing"),
    ("21 furlong", "", None, "value_is_text"),
]


@pytest.fixture(scope="module")
def sent_with_units():
    header = "analyte | observation_value | units\n"
    return core(
        patients(
            {f"value {value}": f"analyte | observation_value\nigm | {value}" for value, _ in SHAPES}
            | {
                f"{value}, {unit}": f"{header}igm | {value} | {unit}"
                for value, unit, *_ in WITH_UNIT
            }
            | {"empty": "analyte | observation_value\nigm |"}
        )
    )


@pytest.fixture(scope="module")
def reasons(sent_with_units):
    of_patient = "result.disposition INNER JOIN core.patient USING (patient_key)"
    return by_patient(sent_with_units, f"SELECT patient_id, reason_code FROM {of_patient}")


@pytest.mark.parametrize(("sent", "shape"), SHAPES)
def test_what_cannot_be_read_is_shown_as_a_shape(sent_with_units, sent, shape):
    shapes = dict(
        rows(sent_with_units, "SELECT observation_value, value_shape FROM lookup.value_text")
    )
    assert shapes[sent] == shape


def test_an_empty_value_is_missing(reasons):
    assert reasons["empty"] == [("value_missing",)]


@pytest.mark.parametrize(("value", "units", "g_per_l", "reason"), WITH_UNIT)
def test_a_unit_within_the_value_is_read_where_none_stands_beside_it(
    sent_with_units, reasons, value, units, g_per_l, reason
):
    patient = f"{value}, {units}"
    assert reasons[patient] == [(reason,)]
    measured = by_patient(sent_with_units, "SELECT patient_id, value_g_per_l FROM core.measurement")
    assert measured[patient] == ([(g_per_l,)] if g_per_l else [])
