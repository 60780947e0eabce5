"""How likely two records are one person's: by hand from the rows of knowledge/link_level.csv."""

import sys

import duckdb
import pytest

from igwatch.base.error import PipelineError
from igwatch.exchange.link_model import scored_pairs
from tests.table import table

PERSONS = """
unique_id | birth_date | sex | other_numbers
a         | 1980-01-05 | F   | SSN 1234567
b         | 1980-01-05 | F   |
c         | 1980-01-06 | F   | SSN 1234567
d         | 1980-01-05 | M   |
e         |            |     |
f         | 1955-07-01 | M   | SSN 7654321
"""
# One record in twenty has another of its person: 0.05 / 6 before anything is compared, odds of
# 0.008403. The same birth date is 0.95 / 0.00005 = 19,000 times likelier of one person than of two,
# a slip 0.04 / 0.001 = 40, the same sex 1.98, another 0.02, a shared number 0.9 / 0.00001 = 90,000.
ODDS = {
    ("a", "b"): 0.008403 * 19_000 * 1.98,
    ("a", "d"): 0.008403 * 19_000 * 0.02,
    ("b", "d"): 0.008403 * 19_000 * 0.02,
    ("a", "c"): 0.008403 * 40 * 1.98 * 90_000,
}


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE person (unique_id VARCHAR, birth_date DATE, sex VARCHAR, "
            "other_numbers VARCHAR[])"
        )
        for row in table(PERSONS):
            numbers = [row["other_numbers"]] if row["other_numbers"] else []
            person = [row["unique_id"], row["birth_date"], row["sex"], numbers]
            con.execute("INSERT INTO person VALUES ($1, $2, $3, $4)", person)
        yield con


def test_pairs_of_one_birth_date_or_number_are_weighed_as_by_hand(con):
    found = scored_pairs(con, "person", 0.05).to_pylist()
    probability = {
        tuple(sorted((row["one_id"], row["other_id"]))): row["match_probability"] for row in found
    }
    assert probability == {
        pair: pytest.approx(odds / (1 + odds), abs=1e-4) for pair, odds in ODDS.items()
    }
    weights = [row["match_weight"] for row in found]
    assert weights == sorted(weights, reverse=True)


def test_without_splink_the_mend_is_one_line(con, monkeypatch):
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(PipelineError) as told:
        scored_pairs(con, "person", 0.05)
    assert str(told.value) == (
        "splink is not installed, by which records are compared: pip install 'igwatch[links]'; "
        "a night needs none of it"
    )
