"""The reference ranges that real feeds print: two numbers where there are two, else text."""

import pytest

from tests.table import table
from tests.warehouse_in_memory import core, rows

SHAPES = table("""
    references_range           | low | high | unit
    0.4-2.3                    | 0.4 | 2.3  |
    0.4 - 2.3                  | 0.4 | 2.3  |
    [ 0.4 - 2.3 ]              | 0.4 | 2.3  |
    (0.4-2.3)                  | 0.4 | 2.3  |
    [0.4;2.3]                  | 0.4 | 2.3  |
    [0.4, 2.3]                 | 0.4 | 2.3  |
    0.4..2.3                   | 0.4 | 2.3  |
    4.3 to 6.2                 | 4.3 | 6.2  |
    0.4 bis 2.3                | 0.4 | 2.3  |
    4.0–11.0                   | 4   | 11   |
    0.4 − 2.3                  | 0.4 | 2.3  |
    0·4-2·3                    | 0.4 | 2.3  |
    70_105                     | 70  | 105  |
    4.50&5.90                  | 4.5 | 5.9  |
    35-150^35^150              | 35  | 150  |
    40^230                     | 40  | 230  |
    ^40^230                    | 40  | 230  |
    115.-155.000^F: 115 - 155  | 115 | 155  |
    0.4-2.3 g/L                | 0.4 | 2.3  | g/L
    (40-230 mg/dL)             | 40  | 230  | mg/dL
    40 mg/dL - 230 mg/dL       | 40  | 230  | mg/dL
    0.4-2.3 g/L (M)            | 0.4 | 2.3  | g/L
    M: 0.4-2.3 F: 0.5-3.0      | 0.4 | 3    |
    Frauen 0.5-3.0; Männer 0.4-2.3 g/L | 0.4 | 3 | g/L
    0.4-2.3 (m), 0.5-3.0 (f)   | 0.4 | 3    |
    >= 40                      | 40  |      |
    ≥40 mg/dL                  | 40  |      | mg/dL
    [ < 5.0 ]                  |     | 5    |
    <=2.3                      |     | 2.3  |
    (<9.9)                     |     | 9.9  |
    up to 230                  |     | 230  |
    1,234.5-2,000.5            | 1234.5 | 2000.5 |
    TARGET <9.9                |     |      |
    SEE TARGETS                |     |      |
    0-2-7.2                    |     |      |
    >2-7.2                     |     |      |
    -2.0-2.0                   |     |      |
    2.3-0.4                    |     |      |
    700-1,600                  |     |      |
    0,4-2,3                    |     |      |
    0.4-2.3 adult              |     |      |
    0-1y: 0.2-1.0 1-5y: 0.4-2.3 |    |      |
    0.2-1.0 0.4-2.3            |     |      |
    0.4-2.3 g/L mg/dL          |     |      |
    0.4-2.3~0.5-3.0            |     |      |
""")
WITH_COMMA = table("""
    references_range | low | high
    0,4-2,3          | 0.4 | 2.3
    0.4-2.3          | 0.4 | 2.3
    [0,4; 2,3]       | 0.4 | 2.3
    700-1.600        |     |
""")


def limits(shapes, **facility):
    """References range as sent -> its low and high limit and its unit, of those that hold one."""
    sent = "\n".join(f"igm | {n} | {row['references_range']}" for n, row in enumerate(shapes))
    con = core(f"analyte | observation_value | references_range\n{sent}", facility=facility)
    query = "SELECT references_range, range_low, range_high, unit_in_range"
    read = rows(con, f"{query} FROM lookup.printed_range")
    return {text: tuple(stated) for text, *stated in read}


@pytest.fixture(scope="module")
def printed():
    return limits(SHAPES)


@pytest.fixture(scope="module")
def printed_with_comma():
    return limits(WITH_COMMA, decimal_mark=",")


def stated(shape):
    ends = tuple(float(shape[end]) if shape[end] else None for end in ("low", "high"))
    return None if ends == (None, None) else (*ends, shape.get("unit"))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape["references_range"])
def test_a_range_is_its_ends_and_its_unit_or_text(printed, shape):
    assert printed.get(shape["references_range"]) == stated(shape)


@pytest.mark.parametrize("shape", WITH_COMMA, ids=lambda shape: shape["references_range"])
def test_a_range_where_the_facility_writes_a_decimal_comma(printed_with_comma, shape):
    assert printed_with_comma.get(shape["references_range"]) == stated(shape)
