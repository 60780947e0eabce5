"""One file for each quirk of real feeds, and the rows it must become.

golden/<quirk>.hl7 is the message, with invented names; golden/<quirk>.csv the rows of all raw
tables, in the columns that matter to the quirk. The feed's zone is Europe/Berlin.
"""

from pathlib import Path

import pytest

from tests.transforms.parse.hl7.hl7_file import as_csv, is_balanced, read

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.hl7"))


@pytest.mark.parametrize("message", GOLDEN, ids=lambda path: path.stem)
def test_quirk(message):
    expected = message.with_suffix(".csv").read_bytes().decode()
    columns = expected.split("\n", 1)[0].split(",")
    rows = read(message)
    assert as_csv(rows, columns) == expected
    assert is_balanced(rows)
