"""Readers keep their connection open for ever while nights are published under them."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.drawn import drawn_build, few, published
from warehouse.generation import make_live
from warehouse.publish import publish

# Two tables in one query: they may come from two generations, so run_id is part of the join
JOINED = """
SELECT m.run_id, count(*)
FROM core.measurement AS m
INNER JOIN flag.evidence AS e USING (measurement_id, run_id)
GROUP BY ALL
"""
# Several tables without run_id in the join: only a file that holds one night answers it
ACROSS = """
SELECT DISTINCT run_id FROM (
    SELECT run_id FROM core.measurement UNION ALL SELECT run_id FROM flag.evidence
    UNION ALL SELECT run_id FROM flag.patient_flag
)
"""
# One table in one query is always of one generation
WHOLE = "SELECT count(DISTINCT run_id), count(*) FROM core.measurement"


def read(catalogue: Path, stop, seen: dict, fault: list) -> None:
    """Query one open connection until told to stop; count what was seen of each generation."""
    try:
        with duckdb.connect(str(catalogue), read_only=True) as con:
            while not stop.is_set():
                assert con.execute(WHOLE).fetchone() == (1, 2)
                for run_id, rows in con.execute(JOINED).fetchall():
                    assert rows == 1
                    seen[run_id] = seen.get(run_id, 0) + 1
    except Exception as error:
        fault.append(repr(error))
        raise


def read_one_night(copy: Path, stop, seen: dict, fault: list) -> None:
    """Open the file of one night again and again: all that is asked while it is open is of one run,
    also in one statement over several tables."""
    try:
        while not stop.is_set():
            with duckdb.connect(str(copy), read_only=True) as con:
                [(run_id,)] = con.execute(ACROSS).fetchall()
                assert con.execute(ACROSS).fetchall() == [(run_id,)]
                seen[run_id] = seen.get(run_id, 0) + 1
    except Exception as error:
        fault.append(repr(error))
        raise


def read_in_process(catalogue: Path, stop, answers) -> None:
    seen: dict = {}
    fault: list = []
    try:
        read(catalogue, stop, seen, fault)
    finally:
        answers.put((seen, fault))


def through_thirty_swaps(home: Path, reads, path: Path, n_readers: int) -> None:
    """Two real generations change places under readers: no error, and each saw both."""
    published(home, "r2")
    stop, seen, fault = threading.Event(), [{} for _ in range(n_readers)], []
    threads = [threading.Thread(target=reads, args=(path, stop, mine, fault)) for mine in seen]
    for thread in threads:
        thread.start()
    for swap in range(30):
        make_live(home, f"r{1 + swap % 2}")
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert fault == []
    assert all(mine.keys() == {"r1", "r2"} for mine in seen)


def test_threads_reading_through_thirty_swaps_see_no_error_and_every_change(catalogued):
    """Each reader has one connection to the catalogue."""
    through_thirty_swaps(catalogued, read, catalogued / "igwatch.duckdb", 4)


def test_a_file_of_one_night_is_of_one_night_through_thirty_swaps(home):
    """live/warehouse.duckdb, opened by path while `live` moves on."""
    through_thirty_swaps(home, read_one_night, home / "live" / "warehouse.duckdb", 3)


def test_a_query_outlives_the_generation_it_reads(home):
    """The file was opened before its night was dropped: it answers to the end, of that night."""
    dictionary = few(home)
    runs = "SELECT DISTINCT run_id FROM core.measurement"
    with duckdb.connect(str(home / "live" / "warehouse.duckdb"), read_only=True) as con:
        build = drawn_build(home / "work", "r2", dictionary=dictionary)
        publish(build, home, "r2", dictionary, keep=1)
        assert not (home / "generations" / "r1").exists()
        assert con.execute(runs).fetchall() == [("r1",)]
    with duckdb.connect(str(home / "live" / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute(runs).fetchall() == [("r2",)]


def test_a_reader_asking_after_each_publication_gets_that_one(catalogued):
    dictionary = few(catalogued)
    with duckdb.connect(str(catalogued / "igwatch.duckdb"), read_only=True) as con:
        for night in range(2, 7):
            build = drawn_build(catalogued / "work", f"r{night}", dictionary=dictionary)
            publish(build, catalogued, f"r{night}", dictionary, keep=2)
            assert con.execute(JOINED).fetchall() == [(f"r{night}", 1)]


def test_files_of_one_age_are_told_apart(catalogued):
    """A cache that goes by a file's time must not serve the generation before."""
    published(catalogued, "r2")
    for path in (catalogued / "generations").rglob("*.parquet"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    with duckdb.connect(str(catalogued / "igwatch.duckdb"), read_only=True) as con:
        for run_id in ("r1", "r2", "r1", "r2"):
            make_live(catalogued, run_id)
            assert con.execute(JOINED).fetchall() == [(run_id, 1)]


@pytest.mark.heavy
def test_processes_reading_through_fifty_publications(catalogued):
    """Four processes, one connection each, fifty generations of which three are kept: no error, and
    no query that saw two generations in one mart."""
    dictionary = few(catalogued)
    context = multiprocessing.get_context("spawn")
    stop, answers = context.Event(), context.Queue()
    readers = [
        context.Process(target=read_in_process, args=(catalogued / "igwatch.duckdb", stop, answers))
        for _ in range(4)
    ]
    for reader in readers:
        reader.start()
    for night in range(2, 52):
        build = drawn_build(catalogued / "work", f"r{night}", dictionary=dictionary)
        publish(build, catalogued, f"r{night}", dictionary, keep=3)
    time.sleep(0.5)
    stop.set()
    said = [answers.get(timeout=60) for _ in readers]
    for reader in readers:
        reader.join(timeout=60)
    assert [fault for _, fault in said] == [[]] * 4
    queries = Counter()
    for seen, _ in said:
        assert "r51" in seen
        assert len(seen) > 20
        queries.update(seen)
    assert queries.total() > 1000
