"""Models in the order that they need, as tables or views, and refused without a value in the text."""

import duckdb
import pytest

from warehouse.build_models import ModelError, build_models


def models(folder, **texts):
    for name, text in texts.items():
        schema, table = name.split("__")
        (folder / schema).mkdir(exist_ok=True)
        (folder / schema / f"{table}.sql").write_text(text)
    return folder


def kinds(con):
    return dict(
        con.execute("SELECT table_name, table_type FROM information_schema.tables").fetchall()
    )


def test_a_header_line_makes_a_view(tmp_path):
    folder = models(
        tmp_path,
        core__told="-- core.told: x\n-- grain: n\n-- view: read once\nSELECT n FROM core.counted",
        core__counted="-- core.counted: x\n-- grain: n\nSELECT 1 AS n -- view: no header",
    )
    with duckdb.connect() as con:
        assert build_models(con, folder, {"core"}) == ["core.counted", "core.told"]
        assert kinds(con) == {"counted": "BASE TABLE", "told": "VIEW"}
        build_models(con, folder, {"core"})
        assert con.execute("FROM core.told").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"core__a": "SELECT * FROM core.b", "core__b": "SELECT * FROM core.a"}, "circle"),
        ({"core__a": "SELEC 1"}, "model core.a: Parser Error"),
        ({"core__a": "SELECT * FROM core.missing"}, "model core.a: Catalog Error"),
        ({"core__a": "SELECT 'secret'::INTEGER AS n"}, "model core.a: ConversionException"),
    ],
)
def test_a_model_that_cannot_be_built_is_named_without_a_value(tmp_path, texts, said):
    with duckdb.connect() as con, pytest.raises(ModelError) as refused:
        build_models(con, models(tmp_path, **texts), {"core"})
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_model_in_parts_is_built_part_by_part_where_memory_is_short(tmp_path):
    text = (
        "-- core.told: x\n-- grain: n\n-- in parts of raw.sent: it is large\n"
        "SELECT n, getvariable('part') AS part FROM raw.sent "
        "WHERE n % getvariable('n_parts') = getvariable('part')"
    )
    told = "SELECT count(*), count(DISTINCT n), count(DISTINCT part) FROM core.told"
    for memory_limit, n_parts in (("2GB", 1), ("300MB", 5)):
        with duckdb.connect(config={"memory_limit": memory_limit, "threads": 1}) as con:
            con.execute(
                "CREATE SCHEMA raw; CREATE TABLE raw.sent AS SELECT * FROM range(1_000_000) AS t (n)"
            )
            build_models(con, models(tmp_path, core__told=text), {"core"})
            assert con.execute(told).fetchall() == [(1_000_000, 1_000_000, n_parts)]


@pytest.mark.parametrize("broken", ["", " FROM core.missing"])
def test_joins_as_written_hold_for_their_model_alone(tmp_path, broken):
    text = (
        "-- core.a: x\n-- joins as written: y\nSELECT current_setting('disabled_optimizers') AS off"
    )
    with duckdb.connect() as con:
        try:
            build_models(con, models(tmp_path, core__a=text + broken), {"core"})
            assert "join_order" in con.execute("FROM core.a").fetchone()[0]
        except ModelError:
            assert broken
        assert con.execute("SELECT current_setting('disabled_optimizers')").fetchone()[0] == ""
