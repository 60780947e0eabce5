"""Who was forgotten: since when, and whether anything of them came back. Nobody is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import duckdb

from igwatch.base.error import IgwatchError
from igwatch.night.forgetting import read_plan
from igwatch.night.forgotten_person import forgotten_persons
from igwatch.site.home import Home
from igwatch.site.person_hash import HashedPersons
from igwatch.site.settings import Settings
from transforms.parse.raw.compaction import raw_files
from transforms.parse.raw.named_unit import NUMBERS, Named, named_query
from transforms.parse.raw.transaction import read_lock
from warehouse.ledger import last_publication
from warehouse.person_record import forgotten_records, missing_records


def forgotten_since(home: Home, day: date) -> int:
    """How many persons were forgotten after the end of this day (UTC)."""
    end = datetime.combine(day, time.max, UTC)
    return sum(record.decided_at > end for record in forgotten_records(home.root))


def forgotten_faults(home: Home, settings: Settings) -> list[str]:
    """What does not hold of those who were forgotten, each in a sentence."""
    try:
        return list(_faults(home, settings))
    except IgwatchError as error:
        return [f"cannot be checked: {error}"]


def _faults(home: Home, settings: Settings) -> Iterator[str]:
    if read_plan(home) is not None:
        yield "somebody is being forgotten, and it is not finished; run: igwatch run"
    for number in missing_records(home.root):
        yield f"record {number} of ledger/person is missing; bring it back from a backup"
    persons = forgotten_persons(home, settings)
    if persons is not None:
        for facility, n in _returned(home, persons).items():
            yield f"{facility}: {n} numbers of persons who were forgotten are in raw again"


def _returned(home: Home, persons: HashedPersons) -> dict[str, int]:
    """By facility how many numbers in published sources are of persons who were forgotten."""
    last = last_publication(home.root)
    published = [f"{facility} {sha256}" for facility, sha256 in last.sources] if last else []
    found: dict[str, set[Named]] = {}
    for table, number, authority in NUMBERS:
        files = raw_files(home.root, table)
        if files is None:
            continue
        with read_lock(home.root), duckdb.connect() as con:
            con.from_parquet(files, union_by_name=True).create_view("sent")
            sent = con.execute(
                "SELECT DISTINCT * EXCLUDE (source_sha256) "
                f"FROM ({named_query(con, 'sent', number, authority)}) "
                "WHERE list_contains($1, facility || ' ' || source_sha256)",
                [published],
            ).fetchall()
        for facility, *named in sent:
            if persons.is_named(facility, Named(*named)):
                found.setdefault(facility, set()).add(Named(*named))
    return {facility: len(numbers) for facility, numbers in sorted(found.items())}
