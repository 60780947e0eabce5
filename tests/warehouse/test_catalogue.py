"""Catalogues: views that an open connection can keep for ever."""

from __future__ import annotations

import duckdb
import pytest

from tests.warehouse.drawn import few, live_run_id, published
from warehouse.catalogue import (
    READABLE,
    CatalogueError,
    storage_version,
    write_catalogues,
)
from warehouse.dictionary import published_tables
from warehouse.generation import live_generation, rollback

RUN_IDS = "SELECT DISTINCT run_id FROM core.measurement"


def test_an_open_connection_sees_the_next_generation(catalogued):
    with duckdb.connect(str(catalogued / "igwatch.duckdb"), read_only=True) as con:
        for run_id in ("r2", "r3", "r4"):
            published(catalogued, run_id)
            assert con.execute(RUN_IDS).fetchall() == [(run_id,)]


def test_an_open_connection_sees_a_rollback(catalogued):
    published(catalogued, "r2")
    with duckdb.connect(str(catalogued / "igwatch.duckdb"), read_only=True) as con:
        assert con.execute(RUN_IDS).fetchall() == [("r2",)]
        rollback(catalogued, "r1", few(catalogued))
        assert con.execute(RUN_IDS).fetchall() == [("r1",)]


def test_a_catalogue_that_says_the_same_is_left_alone(catalogued):
    before = (catalogued / "igwatch.duckdb").stat().st_ino
    published(catalogued, "r2")
    assert write_catalogues(catalogued, few(catalogued)) == ()
    assert (catalogued / "igwatch.duckdb").stat().st_ino == before
    assert live_run_id(catalogued) == "r2"


def test_a_catalogue_whose_dictionary_changed_is_replaced(catalogued):
    changed = catalogued / "dictionary.csv"
    changed.write_text(
        few(catalogued).read_text().replace("order of the step", "order of the question")
    )
    assert write_catalogues(catalogued, changed) == (catalogued / "igwatch.duckdb",)


def test_quality_catalogue_holds_quality_alone(catalogued):
    quality = {
        n.split(".")[1] for n in published_tables(few(catalogued)) if n.startswith("quality.")
    }
    with duckdb.connect(str(catalogued / "quality.duckdb"), read_only=True) as con:
        views = con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert {name for (name,) in views} == quality


@pytest.mark.parametrize("catalogue", ["igwatch.duckdb", "quality.duckdb"])
def test_quality_tables_have_one_name_in_both_catalogues(catalogued, catalogue):
    """A schema named as its file is ambiguous to DuckDB."""
    with duckdb.connect(str(catalogued / catalogue), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM quality.freshness").fetchone() == (0,)


def test_catalogue_for_another_mount_need_not_exist_here(home, tmp_path):
    write_catalogues(home, few(home), root=tmp_path / "mnt")
    with (
        duckdb.connect(str(home / "igwatch.duckdb"), read_only=True) as con,
        pytest.raises(duckdb.IOException, match="mnt/live/core/measurement"),
    ):
        con.execute(RUN_IDS)
    home.rename(tmp_path / "mnt")
    assert live_run_id(tmp_path / "mnt") == "r1"


def test_the_root_that_was_asked_for_is_kept(catalogued, tmp_path):
    mounted = tmp_path / "mnt"
    assert len(write_catalogues(catalogued, few(catalogued), root=mounted)) == 2
    assert write_catalogues(catalogued, few(catalogued)) == ()
    mounted.symlink_to(catalogued)
    assert live_run_id(catalogued) == "r1"
    mounted.unlink()
    assert len(write_catalogues(catalogued, few(catalogued), root=catalogued)) == 2
    assert live_run_id(catalogued) == "r1"


def test_a_reader_can_name_its_own_mount(catalogued, tmp_path):
    moved = catalogued.rename(tmp_path / "moved")
    with duckdb.connect(str(moved / "igwatch.duckdb"), read_only=True) as con:
        con.execute("SET VARIABLE igwatch_root = $1", [str(moved)])
        assert con.execute(RUN_IDS).fetchall() == [("r1",)]


def test_a_path_with_a_quote_is_a_path(home, tmp_path):
    quoted = home.rename(tmp_path / "St Mary's")
    write_catalogues(quoted, few(quoted))
    assert live_run_id(quoted) == "r1"


def test_columns_and_views_say_what_they_mean(catalogued):
    with duckdb.connect(str(catalogued / "igwatch.duckdb"), read_only=True) as con:
        found = con.execute(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'measurement' "
            "AND column_name = 'value_source_value'"
        ).fetchall()
    assert found == [("value as sent (OBX-5)",)]


def test_duckdb_1_4_can_read_what_readers_open(catalogued):
    generation = live_generation(catalogued)
    for path in (
        catalogued / "igwatch.duckdb",
        catalogued / "quality.duckdb",
        generation.path / "warehouse.duckdb",
    ):
        assert storage_version(path) in READABLE


def test_storage_version_of_what_is_no_database(tmp_path):
    (tmp_path / "short").write_bytes(b"DUCK")
    (tmp_path / "other").write_bytes(b"x" * 100)
    assert storage_version(tmp_path / "short") is None
    assert storage_version(tmp_path / "other") is None


def test_nothing_published_has_no_catalogue(tmp_path):
    with pytest.raises(CatalogueError, match="igwatch run"):
        write_catalogues(tmp_path, few(tmp_path))


def test_a_live_generation_of_an_older_dictionary_is_said_and_the_catalogue_stays(catalogued):
    dictionary = few(catalogued)
    with dictionary.open("a") as file:
        file.write("mart,novelty,run_id,VARCHAR,,generation,igwatch\n")
    with pytest.raises(CatalogueError, match=r"not as warehouse/dictionary\.csv says"):
        write_catalogues(catalogued, dictionary)
    assert live_run_id(catalogued) == "r1"
