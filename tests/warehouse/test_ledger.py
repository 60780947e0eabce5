"""The ledger: what was published, when, what was new in it, and from which files."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.warehouse.drawn import drawn_build, few, published, record
from warehouse.ledger import (
    Findings,
    LedgerError,
    known_sources,
    last_publication,
    publications,
    published_statuses,
)
from warehouse.publish import publish

AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
SOURCES = [("north", "aa"), ("south", "bb")]
FIRST = """
patient_key | patient_id | rule_id   | from_status | to_status | as_of      | published_run_id
k1          | ann        | hyper_igm |             | candidate | 2026-01-01 | r1
"""
SECOND = f"{FIRST}k1 | ann | hyper_igm | candidate | persistent | 2026-01-02 | r2\n"


def generation(home, run_id, transitions=FIRST, as_of=date(2026, 1, 1)):
    build = drawn_build(home / "work", run_id, as_of, few(home), flag__transition=transitions)
    return publish(build, home, run_id, few(home))


def test_before_the_first_publication_there_is_nothing(tmp_path):
    assert last_publication(tmp_path) is None
    assert publications(tmp_path) == []
    assert published_statuses(tmp_path).num_rows == 0


def test_a_publication_is_recorded_with_its_facts(tmp_path):
    record(tmp_path, generation(tmp_path, "r1"), "digest", None, SOURCES, AT)
    last = last_publication(tmp_path)
    assert (last.seq, last.run_id, last.as_of) == (1, "r1", date(2026, 1, 1))
    assert (last.published_at, last.input_digest, last.previous) == (AT, "digest", None)
    assert last.sources == (("north", "aa"), ("south", "bb"))


def test_what_the_checks_found_is_remembered(tmp_path):
    found = Findings(
        withheld=(("south", "cc"),),
        warnings=(("north", "reported before it was collected"),),
        checks=((None, 40, 0, 0), ("north", 60, 1, 0), ("south", 60, 0, 2)),
    )
    record(tmp_path, generation(tmp_path, "r1"), "digest", None, SOURCES, AT, found)
    last = last_publication(tmp_path)
    assert last.findings == found
    assert last.delivery == (("north", "aa"), ("south", "bb"))


def test_a_run_is_recorded_once(tmp_path):
    first = generation(tmp_path, "r1")
    record(tmp_path, first, "digest", None, SOURCES)
    record(tmp_path, first, "digest", None, SOURCES)
    assert [p.seq for p in publications(tmp_path)] == [1]


def test_only_what_a_run_was_the_first_to_say_is_recorded(tmp_path):
    record(tmp_path, generation(tmp_path, "r1"), "d1", None, SOURCES)
    record(tmp_path, generation(tmp_path, "r2", SECOND, date(2026, 1, 2)), "d2", "r1", SOURCES)
    rows = published_statuses(tmp_path).to_pylist()
    assert [(r["seq"], r["run_id"], r["from_status"], r["status"]) for r in rows] == [
        (1, "r1", None, "candidate"),
        (2, "r2", "candidate", "persistent"),
    ]


def test_sources_of_each_publication_are_known_though_only_changes_are_stored(tmp_path):
    record(tmp_path, generation(tmp_path, "r1"), "d1", None, SOURCES)
    record(tmp_path, generation(tmp_path, "r2"), "d2", "r1", [("south", "bb"), ("north", "cc")])
    last = last_publication(tmp_path)
    assert last.sources == (("north", "cc"), ("south", "bb"))
    assert last.previous.run_id == "r1"
    assert last.previous.sources == (("north", "aa"), ("south", "bb"))


def test_a_crash_before_the_record_counts_leaves_no_publication(tmp_path):
    """The sources were written, the record was not: the next append takes the same number."""
    first = generation(tmp_path, "r1")
    record(tmp_path, first, "d1", None, SOURCES)
    (kept,) = (tmp_path / "ledger" / "publication").iterdir()
    kept.unlink()
    assert last_publication(tmp_path) is None
    record(tmp_path, generation(tmp_path, "r2"), "d2", None, [("east", "dd")])
    assert last_publication(tmp_path).sources == (("east", "dd"),)


def test_a_record_that_cannot_be_read_is_said(tmp_path):
    published(tmp_path, "r1")
    (kept,) = (tmp_path / "ledger" / "publication").iterdir()
    kept.write_bytes(kept.read_bytes()[:50])
    with pytest.raises(LedgerError, match=r"00000001-r1\.parquet cannot be read"):
        published_statuses(tmp_path)


def test_a_source_is_known_from_the_first_publication_that_held_it(tmp_path):
    assert known_sources(tmp_path).num_rows == 0
    record(tmp_path, generation(tmp_path, "r1"), "d1", None, [("north", "aa")])
    record(tmp_path, generation(tmp_path, "r2", SECOND, date(2026, 1, 2)), "d2", "r1", SOURCES)
    assert known_sources(tmp_path).to_pylist() == [
        {"facility": "north", "source_sha256": "aa", "known_on": date(2026, 1, 1)},
        {"facility": "south", "source_sha256": "bb", "known_on": date(2026, 1, 2)},
    ]
