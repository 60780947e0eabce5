"""What a person decided against the machine: a delivery released, a generation rolled back, files
withdrawn on purpose, a loss of the ledger itself accepted, rules signed.

One decision is one JSON file, `<home>/ledger/decision/<sequence>-<kind>.json`, only ever added to.
It names a person who works here and says why; it must never name a patient.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from igwatch.base.atomic_file import part_of, sync
from warehouse.ledger import LedgerError

RELEASE, ROLLBACK = "release", "rollback"
WITHDRAWAL, ACCEPTED_LOSS = "withdrawal", "accepted_loss"
SIGN_OFF = "sign_off"
Source = tuple[str, str]


@dataclass(frozen=True)
class Decision:
    """One record; `decided_at` is UTC, `run_id` the run it is about.

    A release and a withdrawal name the facility and its (facility, sha256) sources; a rollback has
    neither. An accepted loss has as its sources ("ledger", what is lost), a sign-off ("signoff",
    sha256 of the file); the run it is about is the one that was live, or empty.
    """

    seq: int
    kind: str
    run_id: str
    facility: str | None
    sources: tuple[Source, ...]
    decided_by: str
    why: str
    decided_at: datetime


def decisions(home: Path) -> list[Decision]:
    """Every decision, oldest first. Raises LedgerError."""
    return [_read(path) for path in sorted((home / "ledger" / "decision").glob("*-*.json"))]


def releases(home: Path) -> list[Decision]:
    """Every release, oldest first. Raises LedgerError."""
    return [decision for decision in decisions(home) if decision.kind == RELEASE]


def released_sources(home: Path) -> frozenset[Source]:
    """(facility, sha256) of every file that was ever let through by hand."""
    return _sources_of(home, RELEASE)


def withdrawn_sources(home: Path) -> frozenset[Source]:
    """(facility, sha256) of every file that somebody said is gone on purpose."""
    return _sources_of(home, WITHDRAWAL)


def accepted_losses(home: Path) -> frozenset[str]:
    """What of the ledger somebody said is lost for good, in the words of warehouse/chain.py."""
    return frozenset(loss for _, loss in _sources_of(home, ACCEPTED_LOSS))


def _sources_of(home: Path, kind: str) -> frozenset[Source]:
    made = [decision for decision in decisions(home) if decision.kind == kind]
    return frozenset(source for decision in made for source in decision.sources)


def record(
    home: Path,
    kind: str,
    run_id: str,
    decided_by: str,
    why: str,
    facility: str | None = None,
    sources: Iterable[Source] = (),
    decided_at: datetime | None = None,
) -> Decision:
    """Add a decision to the ledger and return it. Raises LedgerError when two are made at once."""
    made = Decision(
        len(decisions(home)) + 1,
        kind,
        run_id,
        facility,
        tuple(sorted(sources)),
        decided_by,
        why,
        decided_at or datetime.now(UTC),
    )
    _write(home / "ledger" / "decision" / f"{made.seq:08d}-{kind}.json", made)
    return made


def _write(path: Path, made: Decision) -> None:
    """Write it aside, then link it: a link refuses a name that is taken, a renaming would not."""
    aside = part_of(path)
    try:
        text = json.dumps(asdict(made), default=str, ensure_ascii=False, indent=1)
        aside.write_text(text, encoding="utf-8")
        sync(aside)
        os.link(aside, path)
    except FileExistsError:
        raise LedgerError("another decision was recorded just now", "ask again") from None
    finally:
        aside.unlink()
    sync(path.parent)


def _read(path: Path) -> Decision:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Decision(
            **kept
            | {
                "sources": tuple((facility, sha256) for facility, sha256 in kept["sources"]),
                "decided_at": datetime.fromisoformat(kept["decided_at"]),
            }
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"ledger record {path.name} cannot be read ({type(error).__name__})",
            "bring it back from a backup: it cannot be rebuilt",
        ) from None
