"""The reference ranges that real feeds print: two numbers where there are two, else text."""

import pytest

from tests.table import table
from tests.warehouse_in_memory import core, rows

SHAPES = table("""
    references_range           | low | high
    0.4-2.3                    | 0.4 | 2.3
    0.4 - 2.3                  | 0.4 | 2.3
    [ 0.4 - 2.3 ]              | 0.4 | 2.3
    4.3 to 6.2                 | 4.3 | 6.2
    4.0–11.0                   | 4   | 11
    70_105                     | 70  | 105
    4.50&5.90                  | 4.5 | 5.9
    35-150^35^150              | 35  | 150
    115.-155.000^F: 115 - 155  | 115 | 155
    [ < 5.0 ]                  |     |
    <=2.3                      |     |
    (<9.9)                     |     |
    TARGET <9.9                |     |
    SEE TARGETS                |     |
    0-2-7.2                    |     |
    >2-7.2                     |     |
    -2.0-2.0                   |     |
""")


@pytest.fixture(scope="module")
def printed() -> dict[str, tuple[float, float]]:
    sent = "\n".join(f"igm | {n} | {row['references_range']}" for n, row in enumerate(SHAPES))
    con = core(f"analyte | observation_value | references_range\n{sent}")
    read = rows(con, "SELECT references_range, range_low, range_high FROM lookup.printed_range")
    return {text: limits for text, *limits in read}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape["references_range"])
def test_a_range_is_two_numbers_or_text(printed, shape):
    stated = [float(shape["low"]), float(shape["high"])] if shape["low"] else None
    assert printed.get(shape["references_range"]) == stated
