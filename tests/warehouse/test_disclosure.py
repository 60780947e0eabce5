"""Every number of the quality tables says what it counts and how it is shown."""

from tests.warehouse.drawn import DICTIONARY
from warehouse.dictionary import published_tables
from warehouse.disclosure import published_numbers

NUMBERS = ("BIGINT", "INTEGER", "DOUBLE")
EXACT = {"day", "line of a suite", "list", "parameter"}
WAYS = {"exact", "rounded", "beyond one", "beyond a text", "sum", "share", "two digits"}


def test_every_number_of_the_dictionary_has_a_line_and_every_line_a_number():
    numbers = [
        (name.split(".")[1], column.name)
        for name, columns in published_tables(DICTIONARY).items()
        for column in columns
        if name.startswith("quality.") and column.type in NUMBERS
    ]
    listed = [(number.table, number.column) for number in published_numbers()]
    assert sorted(listed) == sorted(numbers)


def test_only_what_is_about_no_person_is_shown_as_it_is():
    numbers = published_numbers()
    assert {number.shown for number in numbers} == WAYS
    assert {number.counts for number in numbers if number.shown == "exact"} == EXACT
