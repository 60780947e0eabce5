"""Decisions made by hand: kept for ever, in order, with who and why."""

import stat
from datetime import UTC, datetime

import pytest

from warehouse.decision_record import (
    RELEASE,
    ROLLBACK,
    decisions,
    record,
    released_sources,
    releases,
)
from warehouse.ledger import LedgerError

AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def test_before_the_first_decision_there_is_none(tmp_path):
    assert decisions(tmp_path) == []
    assert released_sources(tmp_path) == frozenset()


def test_a_decision_is_kept_with_who_why_and_when(tmp_path):
    files = [("north", "bb"), ("north", "aa")]
    made = record(tmp_path, RELEASE, "r1", "j.doe", "the unit is right", "north", files, AT)
    record(tmp_path, ROLLBACK, "r0", "j.doe", "wrong table", decided_at=AT)
    assert decisions(tmp_path)[0] == made
    assert (made.seq, made.decided_by, made.why, made.decided_at) == (
        1,
        "j.doe",
        "the unit is right",
        AT,
    )
    assert [d.kind for d in decisions(tmp_path)] == [RELEASE, ROLLBACK]
    assert releases(tmp_path) == [made]
    assert released_sources(tmp_path) == {("north", "aa"), ("north", "bb")}


def test_a_record_is_the_owner_s_alone_and_is_never_replaced(tmp_path, monkeypatch):
    record(tmp_path, RELEASE, "r1", "j.doe", "why", "north", [("north", "aa")])
    (path,) = (tmp_path / "ledger" / "decision").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    monkeypatch.setattr("warehouse.decision_record.decisions", lambda home: [])
    with pytest.raises(LedgerError, match="ask again"):
        record(tmp_path, RELEASE, "r1", "j.doe", "another", "north", [("north", "bb")])
    assert path.read_bytes() == before
    assert list((tmp_path / "ledger" / "decision").iterdir()) == [path]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"seq": 1}'])
def test_a_record_that_cannot_be_read_is_said(tmp_path, content):
    record(tmp_path, RELEASE, "r1", "j.doe", "why", "north", [("north", "aa")])
    (path,) = (tmp_path / "ledger" / "decision").iterdir()
    path.write_text(content)
    with pytest.raises(LedgerError, match=r"00000001-release\.json cannot be read"):
        decisions(tmp_path)
