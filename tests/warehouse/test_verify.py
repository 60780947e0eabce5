"""Verifying what is published: each thing that can go wrong is found and named."""

from __future__ import annotations

import shutil

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.warehouse.drawn import EVIDENCE, few, published
from warehouse.catalogue import write_catalogues
from warehouse.generation import live_generation
from warehouse.verify import verify_published

FLAG = """
patient_key | patient_id | rule_id   | status
k1          | ann        | hyper_igm | candidate
"""
TRANSITION = """
patient_key | patient_id | rule_id   | to_status | as_of      | published_run_id
k1          | ann        | hyper_igm | candidate | 2026-01-01 | r2
"""


def faults(home) -> list[str]:
    return [str(fault) for fault in verify_published(home)]


def test_what_was_published_adds_up(catalogued):
    published(catalogued, "r2", flag__patient_flag=FLAG, flag__transition=TRANSITION)
    assert faults(catalogued) == []


def test_nothing_published(tmp_path):
    assert faults(tmp_path) == ["live: points at no generation; run: igwatch run"]


def test_a_live_link_into_nothing(catalogued):
    generation = live_generation(catalogued)
    shutil.rmtree(generation.path)
    assert faults(catalogued) == ["live: points at no generation; run: igwatch run"]


def test_a_file_that_was_changed(catalogued):
    generation = live_generation(catalogued)
    path = generation.parquet("core.measurement")
    table = pq.read_table(path)
    changed = table.set_column(
        table.column_names.index("value_g_per_l"),
        "value_g_per_l",
        pa.array([9.9] * len(table)),
    )
    pq.write_table(changed, path)
    assert faults(catalogued) == [
        "r1 core.measurement: its file is not what the manifest says was published"
    ]


def test_a_file_that_is_gone_from_an_older_generation(catalogued):
    first = live_generation(catalogued)
    published(catalogued, "r2")
    first.parquet("mart.funnel").unlink()
    assert faults(catalogued) == ["r1 mart.funnel: its file is missing"]


def test_evidence_that_cites_no_result(catalogued):
    published(catalogued, "r2", flag__evidence=EVIDENCE.replace("a1:north:1", "a1:north:9"))
    assert faults(catalogued) == ["flag.evidence: 1 rows cite a result not in core.measurement"]


@pytest.mark.parametrize("drawn", [{"flag__patient_flag": FLAG}, {"flag__transition": TRANSITION}])
def test_a_flag_that_is_not_what_its_last_change_says(catalogued, drawn):
    published(catalogued, "r2", **drawn)
    assert faults(catalogued) == ["flag.transition: 1 flags are not what their last change says"]


def test_a_live_run_that_the_ledger_does_not_know(catalogued):
    shutil.rmtree(catalogued / "ledger")
    assert faults(catalogued) == [
        "ledger: all records are missing, though a generation is live; bring it back from a backup; "
        "if there is none: igwatch withdraw --ledger --why '...'"
    ]


def test_a_ledger_with_a_gap(catalogued):
    for run_id in ("r2", "r3"):
        published(catalogued, run_id)
    (catalogued / "ledger" / "publication" / "00000002-r2.parquet").unlink()
    (fault,) = faults(catalogued)
    assert fault.startswith("ledger: record 2 is missing; bring it back from a backup; ")


def test_a_record_that_another_took_the_place_of(catalogued):
    for run_id in ("r2", "r3"):
        published(catalogued, run_id)
    records = catalogued / "ledger" / "publication"
    table = pq.read_table(records / "00000002-r2.parquet")
    pq.write_table(table, records / "00000002-r2.parquet", compression="gzip")
    assert faults(catalogued) == [
        "ledger: record 2 is not the one that record 3 follows; bring it back from a backup"
    ]


def test_a_publication_that_was_cut_short_before_it_was_recorded(catalogued):
    published(catalogued, "r2")
    (catalogued / "ledger" / "staged").mkdir(exist_ok=True)
    record = catalogued / "ledger" / "publication" / "00000002-r2.parquet"
    record.rename(catalogued / "ledger" / "staged" / record.name)
    (catalogued / "raw" / ".last_publication.json").unlink()
    assert faults(catalogued) == ["ledger: the live run r2 is not recorded; run: igwatch run"]


def test_catalogues_of_a_home_that_was_moved_and_of_a_copy(catalogued, tmp_path):
    copy = shutil.copytree(catalogued, tmp_path / "copy", symlinks=True)
    write_catalogues(catalogued, few(catalogued), root=catalogued)
    assert faults(catalogued) == []
    for home in (copy, catalogued.rename(tmp_path / "moved")):
        assert faults(home) == [
            f"{name}: answers from {catalogued}, not from here; run: igwatch catalogue"
            for name in ("igwatch.duckdb", "quality.duckdb")
        ]
        write_catalogues(home, few(home))
        assert faults(home) == []


def test_a_ledger_record_that_cannot_be_read(catalogued):
    (catalogued / "ledger" / "publication" / "00000001-r1.parquet").write_bytes(b"PAR1")
    assert len(faults(catalogued)) == 1
    assert "00000001-r1.parquet cannot be read" in faults(catalogued)[0]


def test_a_catalogue_that_is_missing(catalogued):
    (catalogued / "quality.duckdb").unlink()
    assert faults(catalogued) == ["quality.duckdb: is missing; run: igwatch catalogue"]


def test_a_catalogue_in_a_format_that_1_4_cannot_open(catalogued):
    (catalogued / "quality.duckdb").unlink()
    with duckdb.connect(str(catalogued / "quality.duckdb")) as con:
        con.execute("CREATE TABLE t (a INTEGER)")
    assert faults(catalogued) == [
        "quality.duckdb: storage version 999 cannot be opened by DuckDB 1.4"
    ]


def test_a_view_that_does_not_answer(catalogued):
    with duckdb.connect(str(catalogued / "quality.duckdb")) as con:
        con.execute("CREATE VIEW freshening AS FROM freshness")
        con.execute("DROP VIEW freshness")
    assert faults(catalogued) == [
        "quality.duckdb main.freshening: does not answer (CatalogException)"
    ]
