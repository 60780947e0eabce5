"""The ledger without a person: her rows go, cut files are known by their new digests, and the chain
holds; done twice it is the same."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.chain import broken_links, ledger_losses
from warehouse.decision_record import RELEASE, record, releases
from warehouse.ledger import Findings, confirm, publications, published_statuses, stage
from warehouse.ledger_rewrite import ledger_head, rewrite_ledger

TRANSITION = pa.schema(
    [("published_run_id", pa.string()), ("as_of", pa.date32())]
    + [
        (name, pa.string())
        for name in (
            *("run_id", "patient_key", "patient_id", "assigning_authority", "rule_id"),
            *("from_status", "to_status", "status_reason", "rule_version"),
        )
    ]
)
NIGHTS = [
    ("n1", {("north", "a"), ("north", "b")}, ["ann", "eve"]),
    ("n2", {("north", "a"), ("north", "b"), ("south", "c")}, ["eve"]),
    ("n3", {("north", "a"), ("south", "c"), ("south", "d")}, ["bob"]),
]
RENAMED = {("north", "b"): "b2", ("south", "c"): None, ("south", "e"): "e2"}


@pytest.fixture
def home(tmp_path):
    before = None
    for run_id, sources, people in NIGHTS:
        rows = [
            dict.fromkeys(TRANSITION.names, "x")
            | {"published_run_id": run_id, "run_id": run_id, "as_of": date(2024, 1, 1)}
            | {"patient_id": person, "assigning_authority": "NORTH"}
            for person in people
        ]
        changes = tmp_path / "work" / "flag" / "transition.parquet"
        changes.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, TRANSITION), changes)
        findings = Findings(withheld=(("south", "e"), ("south", "f")))
        day = date(2024, 1, 1)
        stage(tmp_path, run_id, day, changes, "digest", before, sources, findings=findings)
        confirm(tmp_path)
        before = run_id
    record(tmp_path, RELEASE, "n2", "me", "checked", "south", [("south", "e"), ("south", "c")])
    return tmp_path


def rewritten(home) -> int:
    return rewrite_ledger(home, RENAMED, {}, lambda authority, number: number == "eve")


def test_rows_and_digests(home):
    assert rewritten(home) == 2
    assert published_statuses(home)["patient_id"].to_pylist() == ["ann", "bob"]
    assert [set(night.sources) for night in publications(home)] == [
        {("north", "a"), ("north", "b2")},
        {("north", "a"), ("north", "b2")},
        {("north", "a"), ("south", "d")},
    ]
    assert publications(home)[-1].findings.withheld == (("south", "e2"), ("south", "f"))
    assert [made.sources for made in releases(home)] == [(("south", "e2"),)]


def test_the_chain_holds_and_has_another_end(home):
    before = ledger_head(home)
    rewritten(home)
    assert ledger_losses(home) == []
    assert broken_links(home) == []
    assert ledger_head(home) != before


def test_done_again_it_is_the_same(home):
    rewritten(home)
    once = {path: path.read_bytes() for path in (home / "ledger").rglob("*") if path.is_file()}
    assert rewritten(home) == 0
    assert {path: path.read_bytes() for path in once} == once
