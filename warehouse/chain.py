"""Whether the ledger is whole: nothing missing by its names, nothing changed by its digests.

Names are looked at before each night, which never begins a ledger anew where there was one; the
digests, each record naming that of the one before, are walked by `igwatch verify`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from warehouse.decision_record import accepted_losses
from warehouse.generation import live_run_id
from warehouse.ledger import (
    HEAD,
    MANIFEST,
    LedgerError,
    Publication,
    publications,
    sha256_of,
    staged,
)

MEND = "bring it back from a backup; if there is none: igwatch withdraw --ledger --why '...'"


def refuse_lost_ledger(home: Path) -> None:
    """Raises LedgerError where the ledger lost something and nobody said that it may be so."""
    lost = ledger_losses(home)
    if lost:
        more = f" (and {len(lost) - 1} more)" if lost[1:] else ""
        raise LedgerError(f"of the ledger, {lost[0]}{more};", MEND)


def ledger_losses(home: Path) -> list[str]:
    """What the ledger lacks by the names of its files, without what was accepted as lost."""
    names = {path.name for path in (home / "ledger" / "publication").glob("*-*.parquet")}
    accepted = accepted_losses(home)
    return [loss for loss in _losses(home, names) if loss not in accepted]


def _losses(home: Path, names: set[str]) -> list[str]:
    if not names and not staged(home) and live_run_id(home):
        return ["all records are missing, though a generation is live"]
    found = {int(name.split("-", 1)[0]) for name in names}
    missing = sorted(set(range(1, max(found, default=0))) - found)
    sources = {path.name for path in (home / "ledger" / "source").glob("*-*.parquet")}
    return [
        *(f"record {seq} is missing" for seq in missing),
        *(f"the sources of record {name} are missing" for name in sorted(names - sources)),
        *_after_the_head(home, names),
    ]


def _after_the_head(home: Path, names: set[str]) -> list[str]:
    """What is noted outside of the ledger as its last record is to be in it."""
    try:
        head = json.loads((home / HEAD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # of an older igwatch, or damaged: the chain says more
        return []
    if head["record"] not in names:
        return [f"the last record that was published, {head['record']}, is missing"]
    if sha256_of(home / "ledger" / "publication" / head["record"]) != head["sha256"]:
        return [f"record {head['record']} is not the one that was published"]
    return []


def broken_links(home: Path) -> list[str]:
    """Each record that does not fit to what it names by digest. Raises LedgerError.

    Records of an older igwatch name nothing: the chain begins after them.
    """
    broken: list[str] = []
    before: Publication | None = None
    for record in publications(home):
        if before is not None:
            broken += _broken_link(home, before, record)
        broken += _broken_names(home, record)
        before = record
    return broken


def _broken_link(home: Path, before: Publication, record: Publication) -> Iterator[str]:
    if record.seq != before.seq + 1:
        return  # what is missing between them is said elsewhere
    if record.link is None and before.link is not None:
        yield f"record {record.seq} names no record before it"
    digest = sha256_of(home / "ledger" / "publication" / before.name)
    if record.link is not None and record.link.previous_sha256 != digest:
        yield f"record {before.seq} is not the one that record {record.seq} follows"


def _broken_names(home: Path, record: Publication) -> Iterator[str]:
    if record.link is None:
        return
    changes = home / "ledger" / "source" / record.name
    if changes.is_file() and sha256_of(changes) != record.link.source_sha256:
        yield f"the sources of record {record.name} have changed"
    manifest = home / "generations" / record.run_id / MANIFEST
    if manifest.is_file() and sha256_of(manifest) != record.link.manifest_sha256:
        yield f"the manifest of run {record.run_id} is not the one that was recorded"
