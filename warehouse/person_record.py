"""What was decided about a person: forgotten, held by law, held no longer. Nobody is named.

One decision is one JSON file, `<home>/ledger/person/<sequence>-<kind>.json`, only ever added to. A
person is the keyed hashes of the numbers that feeds call them by (igwatch/site/pseudonym.py): who
has the key can ask whether a number is among them, nobody can read one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from igwatch.base.atomic_file import write_whole
from warehouse.ledger import LedgerError

FORGOTTEN, HOLD, RELEASED = "forgotten", "hold", "hold_released"


@dataclass(frozen=True)
class PersonRecord:
    """One record; `decided_at` is UTC.

    hashes: of the person's numbers. key_fingerprint: which key they were made with. removed: how
    much of each kind was taken out. replaced: keyed hash of a source file's digest, and the digest
    of what is left of it (None: nothing). head: the digest of the ledger's last record before and
    after.
    """

    kind: str
    hashes: tuple[str, ...]
    key_fingerprint: str
    decided_by: str
    why: str
    facility: str
    decided_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    removed: dict[str, int] = field(default_factory=dict)
    replaced: tuple[tuple[str, str | None], ...] = ()
    head: tuple[str | None, str | None] = (None, None)
    seq: int = 0


def person_records(home: Path) -> list[PersonRecord]:
    """Every record, oldest first. Raises LedgerError."""
    return [_read(path) for path in _paths(home)]


def forgotten_records(home: Path) -> list[PersonRecord]:
    """Every record of a person who was forgotten. Raises LedgerError."""
    return [record for record in person_records(home) if record.kind == FORGOTTEN]


def held_hashes(home: Path) -> frozenset[str]:
    """The hashes of everybody who is held by law now. Raises LedgerError."""
    held: set[str] = set()
    for record in person_records(home):
        if record.kind == HOLD:
            held.update(record.hashes)
        elif record.kind == RELEASED:
            held.difference_update(record.hashes)
    return frozenset(held)


def missing_records(home: Path) -> list[int]:
    """The sequence numbers that no record has: somebody may come back unseen."""
    found = {int(path.name.split("-", 1)[0]) for path in _paths(home)}
    return sorted(set(range(1, max(found, default=0))) - found)


def add_person_record(home: Path, record: PersonRecord) -> PersonRecord:
    """Add a record under the next number, and return it; the caller holds the home."""
    last = max((int(path.name.split("-", 1)[0]) for path in _paths(home)), default=0)
    made = replace(record, seq=last + 1)
    place = home / "ledger" / "person" / f"{made.seq:08d}-{made.kind}.json"
    write_whole(place, json.dumps(asdict(made), default=str, ensure_ascii=False, indent=1))
    return made


def record_of(kept: dict) -> PersonRecord:
    """The record that `asdict` and JSON made this of."""
    return PersonRecord(
        **kept
        | {
            "hashes": tuple(kept["hashes"]),
            "replaced": tuple((old, new) for old, new in kept["replaced"]),
            "head": tuple(kept["head"]),
            "decided_at": datetime.fromisoformat(kept["decided_at"]),
        }
    )


def _paths(home: Path) -> list[Path]:
    return sorted((home / "ledger" / "person").glob("*-*.json"))


def _read(path: Path) -> PersonRecord:
    try:
        return record_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"ledger record {path.name} cannot be read ({type(error).__name__})",
            "bring it back from a backup: without it somebody forgotten may come back",
        ) from None
