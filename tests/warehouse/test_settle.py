"""What a publication that was killed left half done is finished before the next one begins."""

from __future__ import annotations

import json
import shutil

import pyarrow.parquet as pq
import pytest

from tests.warehouse.drawn import DAY, drawn_build, few, published
from warehouse.decision_record import ACCEPTED_LOSS, record
from warehouse.generation import generations, live_generation, make_live
from warehouse.ledger import LedgerError, confirm, publications, stage, staged
from warehouse.publish import publish
from warehouse.settle import settle
from warehouse.verify import verify_published


class KilledError(Exception):
    """Stands for the end of the process: nothing below it is tidied."""


def cut_short(home, where: str) -> None:
    """Publish r2 and end just before it is live, or before its record counts."""

    def before_live(generation):
        if where == "before it is staged":
            raise KilledError
        transitions = generation.parquet("flag.transition")
        stage(home, "r2", DAY, transitions, "digest of r2", "r1", [("north", "r2")])
        if where == "before it is live":
            raise KilledError

    build = drawn_build(home / "work" / "r2", "r2", DAY, few(home))
    try:
        publish(build, home, "r2", few(home), before_live=before_live)
    except KilledError:
        assert where != "before its record counts"


def recorded(home) -> list[tuple]:
    return [(p.seq, p.run_id) for p in publications(home)]


@pytest.mark.parametrize("where", ["before it is staged", "before it is live"])
def test_a_run_that_was_never_live_is_removed_and_published_as_if_nothing_had_been(home, where):
    cut_short(home, where)
    settle(home)
    assert [g.run_id for g in generations(home)] == ["r1"]
    assert recorded(home) == [(1, "r1")]
    assert staged(home) == []
    assert len(list((home / "ledger" / "source").iterdir())) == 1
    published(home, "r3")
    assert recorded(home) == [(1, "r1"), (2, "r3")]


def test_a_run_that_readers_saw_is_recorded(catalogued):
    cut_short(catalogued, "before its record counts")
    assert recorded(catalogued) == [(1, "r1")]
    settle(catalogued)
    assert recorded(catalogued) == [(1, "r1"), (2, "r2")]
    assert publications(catalogued)[-1].sources == (("north", "r2"),)
    assert verify_published(catalogued) == []
    settle(catalogued)
    assert recorded(catalogued) == [(1, "r1"), (2, "r2")]


def test_a_record_that_counts_is_kept_though_its_staged_one_was_left(home):
    """Killed between the two, and then rolled back: the record is not that of a run nobody saw."""
    published(home, "r2")
    [_, record] = sorted((home / "ledger" / "publication").iterdir())
    left = home / "ledger" / "staged" / record.name
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(record.read_bytes())
    make_live(home, "r1")
    settle(home)
    assert recorded(home) == [(1, "r1"), (2, "r2")]
    assert publications(home)[-1].sources
    assert staged(home) == []


def test_a_first_run_that_was_never_live_is_removed(tmp_path):
    build = drawn_build(tmp_path / "work" / "r1", "r1", DAY, few(tmp_path))
    with pytest.raises(ZeroDivisionError):
        publish(build, tmp_path, "r1", few(tmp_path), before_live=lambda _: 1 // 0)
    settle(tmp_path)
    assert generations(tmp_path) == []
    published(tmp_path, "r1")
    assert recorded(tmp_path) == [(1, "r1")]


LOSSES = {
    "all records are missing, though a generation is live": "publication/*",
    "record 2 is missing": "publication/*-r2.parquet",
    "the last record that was published, 00000003-r3.parquet, is missing": "publication/*-r3.*",
    "the sources of record 00000002-r2.parquet are missing": "source/*-r2.parquet",
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_ledger_that_lost_something_is_told_and_never_begun_anew(home, loss):
    for run_id in ("r2", "r3"):
        published(home, run_id)
    for path in (home / "ledger").glob(LOSSES[loss]):
        path.unlink()
    with pytest.raises(LedgerError, match=f"of the ledger, {loss}; bring it back from a backup"):
        settle(home)
    assert {g.run_id for g in generations(home)} == {"r1", "r2", "r3"}


def test_a_ledger_that_is_gone_whole_is_told_also_where_nothing_is_live(home):
    """`raw`, which is backed up apart, remembers that there was one."""
    shutil.rmtree(home / "ledger")
    (home / "live").unlink()
    with pytest.raises(LedgerError, match="the last record that was published, 00000001-r1"):
        settle(home)


def test_a_loss_that_somebody_accepted_is_told_no_more_and_others_are(home):
    for run_id in ("r2", "r3", "r4"):
        published(home, run_id)
    (home / "ledger" / "publication" / "00000002-r2.parquet").unlink()
    record(home, ACCEPTED_LOSS, "r4", "me", "no backup", None, [("ledger", "record 2 is missing")])
    settle(home)
    published(home, "r5")
    assert [seq for seq, _ in recorded(home)] == [1, 3, 4, 5]
    (home / "ledger" / "publication" / "00000003-r3.parquet").unlink()
    with pytest.raises(LedgerError, match="record 3 is missing"):
        settle(home)


def test_a_home_of_an_older_igwatch_begins_its_chain_with_the_next_record(catalogued):
    """Its records name no digest, and nothing outside of the ledger says how far it reaches."""
    published(catalogued, "r2")
    without_links(catalogued)
    settle(catalogued)
    published(catalogued, "r3")
    published(catalogued, "r4")
    assert [bool(p.link) for p in publications(catalogued)] == [False, False, True, True]
    assert verify_published(catalogued) == []


def without_links(home) -> None:
    """Write the records as the release before this did."""
    for path in (home / "ledger" / "publication").iterdir():
        table = pq.read_table(path)
        facts = json.loads(table.schema.metadata[b"igwatch"])
        del facts["link"]
        pq.write_table(table.replace_schema_metadata({b"igwatch": json.dumps(facts)}), path)
    (home / "raw" / ".last_publication.json").unlink()


def test_what_is_staged_counts_once_confirmed(home):
    generation = live_generation(home)
    stage(home, "r9", DAY, generation.parquet("flag.transition"), "digest", "r1", [])
    assert recorded(home) == [(1, "r1")]
    confirm(home)
    assert recorded(home) == [(1, "r1"), (2, "r9")]
