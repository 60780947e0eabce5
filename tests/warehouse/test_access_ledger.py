"""Who looked at whom is kept, names nobody, and cannot be changed unseen."""

from __future__ import annotations

import json
import stat

import pytest

from warehouse.access_ledger import FILE, KEY, accesses, add_access, broken_accesses
from warehouse.ledger import LedgerError


@pytest.fixture
def home(tmp_path):
    """Three records: of one patient, of everybody, of another patient."""
    add_access(tmp_path, "j.doe", "explain", ["4711", " ab12 "], why="the ward asked")
    add_access(tmp_path, "r.roe", "letters")
    add_access(tmp_path, "j.doe", "explain", ["4712"])
    return tmp_path


def lines(home) -> list[str]:
    return (home / FILE).read_text().splitlines()


def write(home, kept: list[str]) -> None:
    (home / FILE).write_text("".join(f"{line}\n" for line in kept))


def test_a_patients_records_are_those_about_them_and_about_everybody(home):
    found = [(r.seq, r.who, r.command, r.why) for r in accesses(home, ["4711"])]
    assert found == [(1, "j.doe", "explain", "the ward asked"), (2, "r.roe", "letters", None)]
    assert [r.seq for r in accesses(home, ["AB12"])] == [1, 2], "as people write it"
    assert [r.seq for r in accesses(home)] == [1, 2, 3]
    assert [r.seq for r in accesses(home, ["4713"])] == [2]


def test_no_identifier_stands_in_it_and_only_the_owner_reads_it(home):
    assert "4711" not in (home / FILE).read_text()
    assert {stat.S_IMODE((home / name).stat().st_mode) for name in (FILE, KEY)} == {0o600}


def test_a_whole_chain_has_no_fault(home):
    assert broken_accesses(home) == []


def test_a_record_that_was_changed_is_told(home):
    write(home, [line.replace("r.roe", "j.doe") for line in lines(home)])
    assert broken_accesses(home) == ["record 3 of who looked does not follow the one before it"]


def test_the_last_record_changed_is_told(home):
    kept = lines(home)
    write(home, [*kept[:2], kept[2].replace("j.doe", "r.roe")])
    (said,) = broken_accesses(home)
    assert "record 3 of who looked, the last that was made, is missing or changed" in said


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_record_that_was_taken_out_is_told(home, gone):
    kept = lines(home)
    write(home, kept[:gone] + kept[gone + 1 :])
    assert broken_accesses(home)


def test_a_ledger_that_is_gone_is_told(home):
    (home / FILE).unlink()
    assert broken_accesses(home)


def test_a_line_cut_short_by_a_kill_is_no_record_and_the_next_follows(home):
    with (home / FILE).open("a") as file:
        file.write('{"seq": 4, "who"')
    assert broken_accesses(home) == []
    add_access(home, "r.roe", "report")
    assert broken_accesses(home) == []
    assert [r.seq for r in accesses(home)] == [1, 2, 3, 4]


def test_a_damaged_record_is_told_and_never_built_upon(home):
    write(home, [*lines(home)[:2], json.dumps({"seq": "what"})])
    assert any("cannot be read" in said for said in broken_accesses(home))
    with pytest.raises(LedgerError, match="bring it back from a backup"):
        add_access(home, "r.roe", "report")
