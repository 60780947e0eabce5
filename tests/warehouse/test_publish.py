"""Publishing: what is written, what is kept, what is refused."""

from __future__ import annotations

import os
import shutil
import stat
from datetime import datetime

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.warehouse.drawn import DICTIONARY, MEASUREMENT, drawn_build, few, published
from warehouse.catalogue import write_catalogues
from warehouse.dictionary import differences, published_tables
from warehouse.generation import generations, live_generation, rollback
from warehouse.publish import PublishError, publish
from warehouse.verify import verify_published


def test_every_table_is_published_in_the_dictionarys_order_with_its_run(tmp_path):
    generation = publish(drawn_build(tmp_path, "r1"), tmp_path, "r1", DICTIONARY)
    for name, columns in published_tables(DICTIONARY).items():
        parquet = pq.read_table(generation.parquet(name))
        assert parquet.column_names == [column.name for column in columns]
        assert set(parquet["run_id"].to_pylist()) <= {"r1"}
        assert set(parquet["data_to"].to_pylist()) <= {datetime(2026, 1, 1)}
    assert pq.read_table(generation.parquet("core.measurement")).num_rows == 2


def test_warehouse_file_holds_the_same_tables_with_their_meaning(tmp_path):
    generation = publish(drawn_build(tmp_path, "r1"), tmp_path, "r1", DICTIONARY)
    with duckdb.connect(str(generation.path / "warehouse.duckdb"), read_only=True) as con:
        assert differences(con, "warehouse", published_tables(DICTIONARY)) == []
        assert con.execute("SELECT count(*) FROM core.measurement").fetchone() == (2,)
        (comment,) = con.execute(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'measurement' "
            "AND column_name = 'value_g_per_l'"
        ).fetchone()
    assert comment == "normalised; NULL for IgE [g/L]"


def test_the_same_run_twice_is_one_generation(home):
    first = live_generation(home)
    before = {p: p.stat().st_mtime_ns for p in sorted(first.path.rglob("*"))}
    assert published(home, "r1") == first
    assert {p: p.stat().st_mtime_ns for p in sorted(first.path.rglob("*"))} == before
    assert [g.run_id for g in generations(home)] == ["r1"]


def test_the_same_build_elsewhere_gives_the_same_bytes(tmp_path):
    here, there = (published(tmp_path / place, "r1") for place in ("here", "there"))
    for path in here.path.rglob("*"):
        if path.is_file() and path.suffix != ".duckdb":
            twin = there.path / path.relative_to(here.path)
            assert path.read_bytes() == twin.read_bytes(), path.name


def test_rows_in_another_order_are_the_same_publication(home):
    first = live_generation(home)
    header, *rows = MEASUREMENT.strip().splitlines()
    shuffled = "\n".join([header, *reversed(rows)])
    assert published(home, "r1", core__measurement=shuffled) == first


def test_a_run_that_comes_out_otherwise_is_refused_and_the_published_one_stays(home):
    first = live_generation(home)
    with pytest.raises(PublishError, match=r"otherwise in core\.measurement"):
        published(home, "r1", core__measurement=MEASUREMENT.replace("0.21", "0.22"))
    assert live_generation(home) == first
    assert sorted(p.name for p in (home / "generations").iterdir()) == [".lock", "r1"]


def test_bytes_alone_do_not_make_another_publication(home):
    """Another version of DuckDB may write the same rows as other bytes."""
    first = live_generation(home)
    path = first.parquet("core.measurement")
    pq.write_table(pq.read_table(path), path)
    manifest = first.path / "manifest.json"
    manifest.write_text(manifest.read_text().replace(first.tables["core.measurement"].sha256, "0"))
    assert published(home, "r1").run_id == "r1"


def test_a_build_that_lacks_a_column_is_not_published(home):
    first = live_generation(home)
    build = drawn_build(home / "work", "r2")
    with duckdb.connect(str(build)) as con:
        con.execute("ALTER TABLE mart.funnel DROP name")
    with pytest.raises(PublishError, match=r"mart\.funnel\.name is missing"):
        publish(build, home, "r2", DICTIONARY)
    assert live_generation(home) == first


def test_a_build_of_another_run_is_not_published(tmp_path):
    build = drawn_build(tmp_path / "work", "r2")
    with pytest.raises(PublishError, match="the build is of run r2, not r1"):
        publish(build, tmp_path, "r1", DICTIONARY)


def test_no_build_is_said_in_one_line(tmp_path):
    with pytest.raises(PublishError, match="run: igwatch build"):
        publish(tmp_path / "build.duckdb", tmp_path, "r1", DICTIONARY)


def test_a_build_may_stand_in_another_column_order(tmp_path):
    build = drawn_build(tmp_path / "work", "r1")
    with duckdb.connect(str(build)) as con:
        con.execute(
            "CREATE OR REPLACE TABLE mart.funnel AS SELECT name, * EXCLUDE (name) FROM mart.funnel"
        )
    assert publish(build, tmp_path, "r1", DICTIONARY).run_id == "r1"


def test_the_last_generations_are_kept(home):
    for run_id in ("r2", "r3"):
        published(home, run_id, keep=2)
    assert [g.run_id for g in generations(home)] == ["r2", "r3"]


def test_two_publications_at_once_are_one_after_the_other(home):
    import fcntl

    lock = os.open(home / "generations" / ".lock", os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(PublishError, match="another publication is under way"):
            published(home, "r2")
    finally:
        os.close(lock)
    assert published(home, "r2").run_id == "r2"


@pytest.fixture
def careless_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careless_umask")
def test_only_quality_is_open_to_the_group(home):
    published(home, "r2")
    write_catalogues(home, few(home))
    for path in [*(home / "generations" / "r2").rglob("*"), *(home / "ledger").rglob("*r2*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        if "quality" in path.parts or path.name == "warehouse_quality.duckdb":
            assert mode == (0o750 if path.is_dir() else 0o640), path
        else:
            assert mode == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE((home / "igwatch.duckdb").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "quality.duckdb").stat().st_mode) == 0o640


def test_the_group_may_pass_through_to_quality_but_not_look_around(home):
    for path in (home / "generations", home / "generations" / "r1"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o710


def test_what_is_open_tells_the_day_of_the_newest_message_and_no_time_of_it(tmp_path):
    """The time of the newest message is that of one person's result."""
    build = drawn_build(tmp_path, "r1", quality__freshness="facility\nnorth")
    with duckdb.connect(str(build)) as con:
        con.execute("UPDATE run.clock SET data_to = '2026-01-01 14:35:07'")
    generation = publish(build, tmp_path, "r1", DICTIONARY)
    reach = {
        name: set(pq.read_table(generation.parquet(name))["data_to"].to_pylist())
        for name in ("quality.freshness", "core.measurement")
    }
    assert reach == {
        "quality.freshness": {datetime(2026, 1, 1)},
        "core.measurement": {datetime(2026, 1, 1, 14, 35, 7)},
    }


def test_two_nights_side_by_side_are_open_to_nobody(home):
    """What one night hides two would tell: only the live one is open, also after a way back."""

    def modes():
        return {p.name: stat.S_IMODE(p.stat().st_mode) for p in (home / "generations").glob("r*")}

    published(home, "r2")
    assert modes() == {"r1": 0o700, "r2": 0o710}
    rollback(home, "r1", few(home))
    assert modes() == {"r1": 0o710, "r2": 0o700}


def test_what_the_last_release_left_open_is_closed_by_the_next_night(home):
    older = home / "generations" / "r0"
    shutil.copytree(home / "generations" / "r1", older)
    older.chmod(0o755)
    published(home, "r2")
    assert stat.S_IMODE(older.stat().st_mode) == 0o700


def test_live_is_a_relative_link_so_a_home_can_be_moved(home, tmp_path):
    assert os.readlink(home / "live") == "generations/r1"
    moved = home.rename(tmp_path / "moved")
    assert live_generation(moved).run_id == "r1"


def _cut(path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _flip(path) -> None:
    bytes_of = bytearray(path.read_bytes())
    bytes_of[len(bytes_of) // 2] ^= 1
    path.write_bytes(bytes_of)


@pytest.mark.parametrize("damage", [_cut, _flip, os.unlink])
@pytest.mark.parametrize(
    "name", ["core/measurement.parquet", "quality/freshness.parquet", "manifest.json"]
)
def test_a_damaged_live_generation_is_built_anew_by_the_same_run(home, damage, name):
    first = live_generation(home)
    before = {p: p.read_bytes() for p in first.path.rglob("*.parquet")}
    modes = {p: p.stat().st_mode for p in first.path.rglob("*")}
    damage(first.path / name)
    assert published(home, "r1") == first
    assert {p: p.read_bytes() for p in first.path.rglob("*.parquet")} == before
    assert {p: p.stat().st_mode for p in first.path.rglob("*")} == modes
    write_catalogues(home, few(home))
    assert verify_published(home) == []


def test_a_lost_warehouse_file_is_made_anew_by_the_same_run(home):
    path = live_generation(home).path / "warehouse.duckdb"
    path.unlink()
    published(home, "r1")
    with duckdb.connect(str(path), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM core.measurement").fetchone() == (2,)


def test_a_damaged_table_that_now_comes_out_otherwise_is_refused(home):
    path = live_generation(home).parquet("core.measurement")
    _cut(path)
    more = MEASUREMENT + "a1:north:3 | k3 | cem | igm | 2025-08-01 08:00:00 | 0.8\n"
    with pytest.raises(PublishError, match=r"now comes out otherwise in core\.measurement"):
        published(home, "r1", core__measurement=more)
