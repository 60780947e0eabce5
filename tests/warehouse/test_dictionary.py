"""warehouse/dictionary.csv is the contract of what is published."""

from __future__ import annotations

import re

import duckdb
import pytest

from tests.warehouse.drawn import DICTIONARY, drawn_build
from warehouse.dictionary import (
    Column,
    DictionaryError,
    as_built,
    differences,
    published_tables,
)
from warehouse.dictionary_page import dictionary_page

TWO = {
    "mart.funnel": [
        Column("step", "INTEGER", "", "order of the step", "igwatch"),
        Column("n_patients", "INTEGER", "", "patients at this step", "igwatch"),
    ]
}


def test_the_page_to_read_has_every_table_of_the_csv_and_every_column():
    page = dictionary_page(DICTIONARY)
    tables = published_tables(DICTIONARY)
    assert sorted(re.findall("^### (.+)$", page, re.MULTILINE)) == sorted(tables)
    assert page.count("\n| `") == sum(len(columns) for columns in tables.values())


def test_every_published_table_says_its_run_and_how_far_its_data_reach():
    tables = published_tables(DICTIONARY)
    assert {tuple(c.name for c in columns[-2:]) for columns in tables.values()} == {
        ("run_id", "data_to")
    }
    assert {name.split(".")[0] for name in tables} == {"core", "flag", "mart", "quality"}


def test_quality_holds_no_identifier():
    private = {"patient_key", "patient_id", "measurement_id", "birth_date", "value_source_value"}
    for name, columns in published_tables(DICTIONARY).items():
        if name.startswith("quality."):
            assert private.isdisjoint(column.name for column in columns), name


@pytest.mark.parametrize(
    ("column", "comment"),
    [
        (Column("a", "DOUBLE", "g/L", "normalised", "igwatch"), "normalised [g/L]"),
        (Column("a", "VARCHAR", "", "value as sent", "OBX-5"), "value as sent (OBX-5)"),
        (Column("a", "VARCHAR", "", "rule", "igwatch"), "rule"),
    ],
)
def test_comment_names_unit_and_standard(column, comment):
    assert column.comment == comment


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("step INTEGER, n_patients INTEGER", []),
        ("step INTEGER", ["mart.funnel.n_patients is missing"]),
        (
            "step INTEGER, n_patients BIGINT",
            ["mart.funnel.n_patients is BIGINT, the dictionary says INTEGER"],
        ),
        (
            "step INTEGER, n_patients INTEGER, name VARCHAR",
            ["mart.funnel.name is not in the dictionary"],
        ),
        (
            "n_patients INTEGER, step INTEGER",
            ["mart.funnel: columns stand in another order than in the dictionary"],
        ),
    ],
)
def test_each_difference_is_named(made, said):
    with duckdb.connect() as con:
        con.execute(f"CREATE SCHEMA mart; CREATE TABLE mart.funnel ({made})")
        assert differences(con, "memory", TWO) == said


def test_a_line_with_a_cell_too_many_is_named(tmp_path):
    path = tmp_path / "dictionary.csv"
    path.write_text("schema,table,column,type,unit,meaning,source_term\nmart,a,b,c,,one, two,x\n")
    with pytest.raises(DictionaryError, match=r"dictionary\.csv line 2: 8 cells"):
        published_tables(path)


def test_a_table_that_is_not_there_is_named():
    with duckdb.connect() as con:
        assert differences(con, "memory", TWO) == ["mart.funnel is missing"]


def test_a_drawn_build_agrees(tmp_path):
    path = drawn_build(tmp_path, "r1")
    with duckdb.connect(str(path), read_only=True) as con:
        assert differences(con, "build", as_built(published_tables(DICTIONARY))) == []
