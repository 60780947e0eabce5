"""flag.transition over successive nights: each is drawn as the flags it found."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.drawn import DICTIONARY, fill
from warehouse.build_models import build_models
from warehouse.dictionary import as_built, differences, published_tables

MODELS = Path(__file__).resolve().parents[2] / "transforms" / "models"
CHANGES = """
SELECT patient_id, from_status, to_status, published_run_id
FROM flag.transition ORDER BY as_of, patient_id, published_run_id
"""
RECORD = """
INSERT INTO run.published_status BY NAME
SELECT
    1 + (SELECT coalesce(max(seq), 0) FROM run.published_status) AS seq,
    c.run_id, t.* EXCLUDE (to_status, published_run_id), t.to_status AS status
FROM flag.transition AS t
INNER JOIN run.clock AS c ON t.published_run_id = c.run_id
"""


class Nights:
    """One warehouse over successive nights; the ledger is kept as the real one is."""

    def __init__(self) -> None:
        self.con = duckdb.connect()
        self.con.execute(
            "CREATE SCHEMA run; CREATE SCHEMA flag; CREATE SCHEMA core;"
            "CREATE TABLE run.published_status (seq INTEGER, run_id VARCHAR, as_of DATE, "
            "patient_key VARCHAR, patient_id VARCHAR, assigning_authority VARCHAR, "
            "rule_id VARCHAR, from_status VARCHAR, status VARCHAR, status_reason VARCHAR, "
            "rule_version VARCHAR)"
        )
        self.n = 0

    def night(self, flags: str, alias: str = "", run_id: str | None = None) -> None:
        """One night: `ann candidate, bob resolved`; alias `bob is ann` merges bob into ann."""
        self.n += 1
        self._lay(flags, alias, run_id or f"r{self.n}", date(2026, 1, self.n))
        self.again()
        if run_id is None:
            self.con.execute(RECORD)

    def again(self) -> list[tuple]:
        """The same night built again."""
        build_models(self.con, MODELS, {"flag.transition"})
        return self.changes()

    def changes(self) -> list[tuple]:
        return self.con.execute(CHANGES).fetchall()

    def _lay(self, flags: str, alias: str, run_id: str, as_of: date) -> None:
        for name, columns in as_built(published_tables(DICTIONARY)).items():
            if name in ("flag.patient_flag", "core.patient_alias"):
                typed = ", ".join(f'"{column.name}" {column.type}' for column in columns)
                drawn = name.replace("patient_flag", "standing")
                self.con.execute(f"CREATE OR REPLACE TABLE {drawn} ({typed})")
        self.con.execute(
            "CREATE OR REPLACE TABLE run.clock AS "
            "SELECT $1::DATE AS as_of, $2 AS run_id, '2026.1' AS rule_version, "
            "NULL::TIMESTAMP AS data_to",
            [as_of, run_id],
        )
        rows = [flag.split() for flag in flags.split(",") if flag.strip()]
        fill(
            self.con,
            "flag.standing",
            "patient_key | patient_id | assigning_authority | rule_id | status | rule_version\n"
            + "\n".join(f"{p} key | {p} | NORTH | hyper_igm | {s} | 2026.1" for p, s in rows),
        )
        merges = [merge.split(" is ") for merge in alias.split(",") if merge.strip()]
        fill(
            self.con,
            "core.patient_alias",
            "assigning_authority | patient_id | surviving_assigning_authority | "
            "surviving_patient_id | patient_key\n"
            + "\n".join(
                f"NORTH | {old.strip()} | NORTH | {new.strip()} | {new.strip()} key"
                for old, new in merges
            ),
        )


@pytest.fixture
def nights() -> Nights:
    return Nights()


def test_agrees_with_the_dictionary(nights):
    nights.night("ann candidate")
    tables = as_built(published_tables(DICTIONARY))
    assert differences(nights.con, "memory", {"flag.transition": tables["flag.transition"]}) == []


def test_each_change_is_told_once_and_kept(nights):
    nights.night("ann candidate")
    nights.night("ann candidate, bob repeat_due")
    nights.night("ann persistent, bob repeat_due")
    nights.night("ann persistent, bob repeat_due")
    assert nights.changes() == [
        ("ann", None, "candidate", "r1"),
        ("bob", None, "repeat_due", "r2"),
        ("ann", "candidate", "persistent", "r3"),
    ]


def test_a_night_built_again_says_the_same(nights):
    nights.night("ann candidate")
    nights.night("ann persistent, bob candidate")
    before = nights.changes()
    assert nights.again() == before
    assert nights.again() == before


def test_a_night_without_change_built_again_says_the_same(nights):
    nights.night("ann candidate")
    nights.night("ann candidate")
    before = nights.changes()
    assert nights.again() == before == [("ann", None, "candidate", "r1")]


def test_a_flag_that_vanishes_is_withdrawn_once_and_may_come_back(nights):
    nights.night("ann candidate")
    nights.night("")
    nights.night("")
    nights.night("ann candidate")
    assert nights.changes() == [
        ("ann", None, "candidate", "r1"),
        ("ann", "candidate", "no_evidence", "r2"),
        ("ann", "no_evidence", "candidate", "r4"),
    ]


def test_a_stored_no_evidence_is_no_flag(nights):
    nights.night("ann no_evidence")
    nights.night("ann candidate")
    nights.night("ann no_evidence")
    assert nights.changes() == [
        ("ann", None, "candidate", "r2"),
        ("ann", "candidate", "no_evidence", "r3"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("bob candidate", "ann candidate", []),
        ("bob candidate", "ann persistent", [("ann", "candidate", "persistent", "r2")]),
        ("bob candidate", "", [("ann", "candidate", "no_evidence", "r2")]),
        (
            "ann candidate, bob persistent",
            "ann persistent",
            [("ann", "candidate", "persistent", "r2")],
        ),
        ("ann candidate, bob persistent", "ann candidate", []),
        ("ann candidate, bob persistent", "", [("ann", "candidate", "no_evidence", "r2")]),
    ],
)
def test_a_merge_is_neither_a_withdrawal_nor_a_new_flag(nights, before, after, told):
    nights.night(before)
    nights.night(after, alias="bob is ann")
    nights.night(after, alias="bob is ann")
    assert [change for change in nights.changes() if change[3] != "r1"] == told


def test_a_chain_of_merges_on_different_nights(nights):
    nights.night("cem candidate")
    nights.night("bob candidate", alias="cem is bob")
    nights.night("ann persistent", alias="cem is ann, bob is ann")
    nights.night("ann persistent", alias="cem is ann, bob is ann")
    assert nights.changes() == [
        ("cem", None, "candidate", "r1"),
        ("ann", "candidate", "persistent", "r3"),
    ]


def test_an_unmerge_gives_each_what_was_last_said_of_them(nights):
    nights.night("ann candidate, bob candidate")
    nights.night("ann persistent", alias="bob is ann")
    nights.night("ann candidate, bob candidate")
    assert nights.changes() == [
        ("ann", None, "candidate", "r1"),
        ("bob", None, "candidate", "r1"),
        ("ann", "candidate", "persistent", "r2"),
        ("ann", "persistent", "candidate", "r3"),
    ]


def test_a_merge_shows_both_histories_under_one_person(nights):
    nights.night("ann candidate, bob persistent")
    nights.night("ann persistent", alias="bob is ann")
    keys = nights.con.execute("SELECT DISTINCT patient_key FROM flag.transition").fetchall()
    assert keys == [("ann key",)]


def test_two_runs_of_one_day_are_two_publications(nights):
    nights.night("ann candidate")
    nights._lay("ann persistent", "", "r1b", date(2026, 1, 1))
    assert nights.again() == [
        ("ann", None, "candidate", "r1"),
        ("ann", "candidate", "persistent", "r1b"),
    ]


def test_a_run_that_is_not_recorded_changes_nothing_for_the_next(nights):
    """A replay looks back and is not published."""
    nights.night("ann candidate")
    nights.night("ann persistent", run_id="replay")
    nights.night("ann persistent")
    assert nights.changes() == [
        ("ann", None, "candidate", "r1"),
        ("ann", "candidate", "persistent", "r3"),
    ]


def test_the_same_identifier_of_another_authority_is_another_patient(nights):
    nights.night("ann candidate")
    nights._lay("ann candidate", "", "r2", date(2026, 1, 2))
    fill(
        nights.con,
        "flag.standing",
        "patient_key | patient_id | assigning_authority | rule_id   | status\n"
        "other       | ann        | SOUTH               | hyper_igm | candidate",
    )
    assert nights.again() == [
        ("ann", None, "candidate", "r1"),
        ("ann", None, "candidate", "r2"),
    ]
