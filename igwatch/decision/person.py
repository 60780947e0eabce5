"""Who a person is: every number that a feed calls them by, merges followed, and where it stands.

Links are not followed: a link may end, and what is forgotten is gone (docs/decisions/0139).
Identity is decided over everybody as in a night, by the settings in force and without what the last
night withheld: a merge that no check let through joins nobody here either.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

import duckdb

from igwatch.base.error import PipelineError
from igwatch.base.paths import MODELS
from igwatch.night.build import model_graph
from igwatch.night.inputs import open_build, store_inputs
from igwatch.night.run import plan_run
from igwatch.site.home import Home
from igwatch.site.person_hash import ISSUED, NUMBER, OF_FEED, PUBLISHED, SENT, person_hash
from igwatch.site.settings import Settings
from transforms.parse.raw.named_unit import NUMBERS, named_query
from transforms.parse.raw.transaction import read_lock
from warehouse.build_models import build_models
from warehouse.ledger import last_publication

QUERY = Path(__file__).with_name("query") / "person_number.sql"
# numbers that some rows give to this person and others to somebody else are not this person's alone
ONLY_THEIRS = "bool_and(person_authority = $authority AND person_id = $number)"


@dataclass(frozen=True)
class Person:
    """A person by all numbers: `published` are (authority, number) as published, `sent` are
    (facility, number and what was said of its issuer), `issued` (authority as sent, number) and
    `of_feed` (facility, number) where these are nobody else's; `sources` are (facility, sha256)."""

    published: frozenset[tuple[str, str]]
    sent: frozenset[tuple[str | None, ...]]
    issued: frozenset[tuple[str, str]]
    of_feed: frozenset[tuple[str, str]]
    sources: frozenset[tuple[str, str]]

    @property
    def numbers(self) -> frozenset[str]:
        return frozenset(number for _, number in self.published)

    def published_hashes(self, key: bytes) -> tuple[str, ...]:
        """The keyed hashes of the numbers as published, which are nobody else's."""
        return tuple(sorted(person_hash(key, PUBLISHED, *each) for each in self.published))

    def hashes(self, key: bytes) -> tuple[str, ...]:
        """The keyed hashes that the person is known again by."""
        found = list(self.published_hashes(key))
        found += [person_hash(key, SENT, *each) for each in self.sent]
        found += [person_hash(key, ISSUED, *each) for each in self.issued]
        found += [person_hash(key, OF_FEED, *each) for each in self.of_feed]
        found += [person_hash(key, NUMBER, number) for number in self.numbers]
        return tuple(sorted(found))


def find_person(
    home: Home, settings: Settings, number: str, facility: str, authority: str | None = None
) -> Person:
    """The person whom this feed calls by this number (of this authority, as sent or published).

    Raises PipelineError where nobody or several are, and where a feed cannot be read.
    """
    with _numbers(home, settings) as con:
        asked = {"facility": facility, "number": number, "authority": authority}
        found = con.execute(
            "SELECT DISTINCT person_authority, person_id FROM person_number "
            "WHERE facility = $facility AND patient_id = $number "
            "AND coalesce($authority IN (label, assigning_authority), true)",
            asked,
        ).fetchall()
        if not found:
            raise PipelineError(
                f"nobody is known by this number in {facility}",
                "check the number as the report shows it, and --facility",
            )
        if found[1:]:
            labels = ", ".join(sorted({str(label) for label, _ in found}))
            raise PipelineError(
                "several persons have this number", f"choose one with --authority: {labels}"
            )
        return _person(con, *found[0])


def _person(con: duckdb.DuckDBPyConnection, authority: str, number: str) -> Person:
    given = {"authority": authority, "number": number}

    def asked(columns: str, more: str = "") -> frozenset:
        query = f"SELECT DISTINCT {columns} FROM person_number WHERE person_authority = $authority "
        return frozenset(con.execute(f"{query} AND person_id = $number {more}", given).fetchall())

    def only_theirs(columns: str) -> frozenset:
        query = f"SELECT {columns} FROM person_number GROUP BY ALL HAVING {ONLY_THEIRS}"
        return frozenset(con.execute(query, given).fetchall())

    alias = con.execute(
        "SELECT assigning_authority, patient_id FROM core.patient_alias WHERE "
        "surviving_assigning_authority = $authority AND surviving_patient_id = $number",
        given,
    ).fetchall()
    return Person(
        asked("label, patient_id") | frozenset(alias) | {(authority, number)},
        asked(
            "facility, patient_id, assigning_authority, universal_id, assigning_facility, "
            "identifier_type_code"
        ),
        only_theirs("assigning_authority, patient_id"),
        only_theirs("facility, patient_id"),
        asked("facility, source_sha256"),
    )


@contextmanager
def _numbers(home: Home, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Table person_number of everybody, in a private build that is gone with the block."""
    last = last_publication(home.root)
    run = plan_run(home, last.as_of if last else date.max)
    if run.unreadable:
        facility = min(name for name, _ in run.unreadable)
        raise PipelineError(
            f"the settings of {facility} cannot be read, so nobody can say whose its files are:",
            "igwatch run says what to mend",
        )
    work = home.work / f"person-{uuid4().hex[:12]}"
    withheld = set(last.findings.withheld) - run.released if last else set()
    try:
        with open_build(work / "build.duckdb", settings) as con, read_lock(home.root):
            store_inputs(con, home, run, withheld)
            con.execute("DELETE FROM knowledge.local_link")
            con.execute("DELETE FROM knowledge.local_national_number")
            build_models(con, MODELS, model_graph().above({"core.patient_alias"}))
            _sent_numbers(con)
            query = QUERY.read_text(encoding="utf-8")
            con.execute(f"CREATE TEMP TABLE person_number AS {query}")
            yield con
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _sent_numbers(con: duckdb.DuckDBPyConnection) -> None:
    """Temp tables sent_number, and shared_number, empty where no number is."""
    tables = {name for (name,) in con.execute(
        "SELECT schema_name || '.' || view_name FROM duckdb_views() UNION ALL "
        "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
    ).fetchall()}  # fmt: skip
    parts = []
    for table, number, authority in NUMBERS:
        name = f"raw.{table}_as_sent" if f"raw.{table}_as_sent" in tables else f"raw.{table}"
        parts.append(named_query(con, name, number, authority))
    union = " UNION ".join(parts)
    con.execute(
        "CREATE TEMP TABLE sent_number AS SELECT * RENAME "
        f"(assigning_authority_universal_id AS universal_id) FROM ({union})"
    )
    if "run.shared_number" in tables:
        con.execute("CREATE TEMP VIEW shared_number AS FROM run.shared_number")
    else:
        con.execute(
            "CREATE TEMP VIEW shared_number AS SELECT * RENAME "
            "(universal_id AS assigning_authority_universal_id), patient_id AS label "
            "FROM sent_number WHERE false"
        )
