"""Loading: typed columns, empty cells, and files that are refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from transforms.knowledge import KnowledgeError, knowledge_version, load_knowledge
from transforms.knowledge.load import FOLDER
from transforms.knowledge.schema import COLUMNS


def folder_with(path: Path, **files: str) -> Path:
    for name, content in files.items():
        (path / f"{name}.csv").write_text(content, encoding="utf-8")
    return path


def test_a_cell_has_the_type_of_its_column_and_an_empty_cell_is_null(tmp_path):
    folder = folder_with(
        tmp_path,
        source="source_id,citation,locator,read_on,note\nX1,A book,,2026-01-31,\nX2,Another,,,n\n",
        name_pattern="pattern,analyte,is_exclusion,note\nigm,igm,false,\ncsf,,true,\n",
    )
    tables = load_knowledge(folder)
    assert tables["source"]["read_on"].to_pylist() == [dt.date(2026, 1, 31), None]
    assert tables["source"]["note"].to_pylist() == [None, "n"]
    assert tables["name_pattern"]["is_exclusion"].to_pylist() == [False, True]
    assert tables["name_pattern"]["analyte"].to_pylist() == ["igm", None]


def test_a_code_of_digits_stays_text(tmp_path):
    folder = folder_with(tmp_path, unit_spelling="as_sent,unit_ucum,source_id\n007,1e3,X\n")
    assert load_knowledge(folder)["unit_spelling"].to_pylist() == [
        {"as_sent": "007", "unit_ucum": "1e3", "source_id": "X"}
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("sex", "as_sent,sex,comment\nF,F,x\n", "sex.csv: header is as_sent,sex,comment"),
        ("sex", "as_sent\nF\n", "schema.py declares as_sent,sex"),
        ("sex", "sex,as_sent\nF,F\n", "schema.py declares as_sent,sex"),
        ("sex", "as_sent,sex\nF\n", "sex.csv: CSV parse error"),
        ("sex", "", "sex.csv: header is "),
        ("gender", "as_sent,sex\nF,F\n", "gender.csv: not declared in schema.py"),
        ("value_word", "pattern,reason_code,sort_order\nqns,x,first\n", "value_word.csv: "),
    ],
)
def test_a_file_that_is_not_as_declared_is_refused(tmp_path, name, content, message):
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(folder_with(tmp_path, **{name: content}))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_declared_file_is_there_and_every_file_is_declared(knowledge):
    assert set(knowledge) == set(COLUMNS)
    assert all(table.num_rows > 0 for table in knowledge.values())


def test_numbers_are_numbers_where_sql_compares_them(knowledge):
    interval = knowledge["reference_interval"].schema
    assert interval.field("age_low_days").type == pa.float64()
    assert knowledge["unit_conversion"].schema.field("factor").type == pa.float64()
    assert knowledge["specimen"].schema.field("is_accepted").type == pa.bool_()


def test_the_version_names_the_content(tmp_path):
    folder_with(tmp_path, sex="as_sent,sex\nF,F\n")
    first = knowledge_version(tmp_path)
    assert first == knowledge_version(tmp_path)
    folder_with(tmp_path, sex="as_sent,sex\nF,M\n")
    second = knowledge_version(tmp_path)
    (tmp_path / "sex.csv").rename(tmp_path / "gender.csv")
    third = knowledge_version(tmp_path)
    (tmp_path / "README.md").write_text("prose does not count")
    assert knowledge_version(tmp_path) == third
    assert len({first, second, third}) == 3
    assert len(first) == 12


def test_files_are_utf8_with_plain_line_ends():
    for path in FOLDER.glob("*.csv"):
        content = path.read_bytes()
        content.decode("utf-8")
        assert b"\r" not in content, path.name
        assert content.endswith(b"\n"), path.name
        assert not content.startswith(b"\xef\xbb\xbf"), path.name
