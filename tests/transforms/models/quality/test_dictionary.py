"""The quality tables are what the dictionary says, to the type and the order of the columns."""

from tests.transforms.models.quality.conftest import ROOT
from warehouse.dictionary import as_built, differences, published_tables


def test_tables_without_a_row_have_the_columns_of_the_dictionary(fresh):
    fresh.build(
        *("quality", "exposure", "identity", "mart.last_message", "mart.measuring"),
        *("level.shown_month", "level.month_shift"),
    )
    tables = {
        name: columns
        for name, columns in published_tables(ROOT / "warehouse" / "dictionary.csv").items()
        if name.startswith("quality.") and name != "quality.check_result"
    }
    assert len(tables) == 21
    assert differences(fresh.con, "memory", as_built(tables)) == []
