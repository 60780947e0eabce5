"""The ledger: what was published, when, and what was new in it. Only ever added to.

One publication is `<home>/ledger/publication/<sequence>-<run_id>.parquet`, the statuses that it
changed, with its own facts in the file's metadata; `<home>/ledger/source/<same name>` holds the
source files it was built from, as a difference to the publication before. Together they tell the
status of every patient on any night.

A record is staged before readers see its generation and counts from then on: `confirm` gives it its
name. It names the digest of the record before, of its sources and of its generation's manifest, so
that nothing in between can be taken out or changed unseen (warehouse/chain.py walks it).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from igwatch.base.atomic_file import whole_file, write_whole
from igwatch.base.error import IgwatchError

STATUS = pa.schema(
    [
        ("seq", pa.int32()),
        ("run_id", pa.string()),
        ("as_of", pa.date32()),
        ("patient_key", pa.string()),
        ("patient_id", pa.string()),
        ("assigning_authority", pa.string()),
        ("rule_id", pa.string()),
        ("from_status", pa.string()),
        ("status", pa.string()),
        ("status_reason", pa.string()),
        ("rule_version", pa.string()),
    ]
)
SOURCE = pa.schema(
    [("facility", pa.string()), ("source_sha256", pa.string()), ("is_added", pa.bool_())]
)
KNOWN = pa.schema(
    [("facility", pa.string()), ("source_sha256", pa.string()), ("known_on", pa.date32())]
)
FACTS = b"igwatch"
MANIFEST = "manifest.json"  # of a generation
STAGED = "staged"
HEAD = "raw/.last_publication.json"
"""Says outside of the ledger how far it reaches, so that a ledger that is gone is missed."""


class LedgerError(IgwatchError):
    """A ledger that cannot be read or added to."""


@dataclass(frozen=True)
class Findings:
    """What the checks of a night came to, as later nights must know it.

    withheld: (facility, sha256) kept from flags. warnings: (facility, why), shown beside every
    result of that night's delivery. checks: (facility or None for all, lines, warnings, critical).
    """

    withheld: tuple[tuple[str, str], ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    checks: tuple[tuple[str | None, int, int, int], ...] = ()


@dataclass(frozen=True)
class Link:
    """SHA-256 of what a record names: the record before (None: it is the first), its own source
    changes, its generation's manifest (None: it was not there)."""

    previous_sha256: str | None
    source_sha256: str
    manifest_sha256: str | None


@dataclass(frozen=True)
class Publication:
    """One record of the ledger; `published_at` is UTC, `as_of` the clock of the run."""

    home: Path
    seq: int
    run_id: str
    as_of: date
    published_at: datetime
    input_digest: str
    previous_run_id: str | None
    findings: Findings = Findings()
    link: Link | None = None

    @property
    def name(self) -> str:
        """The name of its record's files."""
        return f"{self.seq:08d}-{self.run_id}.parquet"

    @property
    def previous(self) -> Publication | None:
        """The publication it followed."""
        found = [p for p in _publications(self.home, self.seq) if p.run_id == self.previous_run_id]
        return found[-1] if found else None

    @property
    def delivery(self) -> tuple[tuple[str, str], ...]:
        """(facility, sha256) of each source file that the publication before lacked."""
        changes = _tuples(_source_changes(self))
        return tuple((facility, sha256) for facility, sha256, is_added in changes if is_added)

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """(facility, sha256) of every source file it was built from, sorted."""
        known: set[tuple[str, str]] = set()
        for path in _records(self.home / "ledger" / "publication", self.seq + 1):
            changes = _read(self.home / "ledger" / "source" / path.name, SOURCE)
            for facility, sha256, is_added in _tuples(changes):
                (known.add if is_added else known.discard)((facility, sha256))
        return tuple(sorted(known))


def publications(home: Path) -> list[Publication]:
    """Every publication, oldest first. Raises LedgerError."""
    return _publications(home, None)


def last_publication(home: Path) -> Publication | None:
    """The newest publication; None before the first."""
    records = _records(home / "ledger" / "publication")
    return _publication(home, records[-1]) if records else None


def recorded_as(home: Path, run_id: str) -> Publication | None:
    """The record of a run, of several the last; None for one that is not recorded."""
    found = sorted((home / "ledger" / "publication").glob(f"*-{run_id}.parquet"))
    return _publication(home, found[-1]) if found else None


def recorded_order(home: Path) -> dict[str, int]:
    """Sequence number by run_id, from the names of the records alone."""
    return {p.stem.split("-", 1)[1]: _seq(p) for p in _records(home / "ledger" / "publication")}


def published_statuses(home: Path) -> pa.Table:
    """Every status that was ever published as a change, in order of publication (STATUS).

    The status of a patient and rule at a publication is its last row up to that `seq`.
    """
    tables = [_read(path, STATUS) for path in _records(home / "ledger" / "publication")]
    return pa.concat_tables([STATUS.empty_table(), *tables]).replace_schema_metadata(None)


def known_sources(home: Path) -> pa.Table:
    """Every source file that was ever published, and the clock of the first run that had it."""
    rows: dict[tuple[str, str], date] = {}
    for publication in publications(home):
        for source in publication.delivery:
            rows.setdefault(source, publication.as_of)
    return pa.Table.from_pylist(
        [{"facility": f, "source_sha256": s, "known_on": on} for (f, s), on in rows.items()],
        KNOWN,
    )


def _source_changes(publication: Publication) -> pa.Table:
    folder = publication.home / "ledger" / "source"
    return _read(folder / publication.name, SOURCE)


def stage(
    home: Path,
    run_id: str,
    as_of: date,
    transition_file: Path,
    input_digest: str,
    previous_run_id: str | None,
    sources: Iterable[tuple[str, str]],
    published_at: datetime | None = None,
    findings: Findings = Findings(),
) -> Publication:
    """Write the record of a run that is about to be published; `confirm` makes it count.

    transition_file: its flag.transition as Parquet; the changes that it was the first to publish
    are the statuses of the record. One that is recorded already is not recorded twice.
    """
    recorded = recorded_as(home, run_id)
    if recorded:
        return recorded
    last = last_publication(home)
    publication = Publication(
        home,
        last.seq + 1 if last else 1,
        run_id,
        as_of,
        published_at or datetime.now(UTC),
        input_digest,
        previous_run_id,
        findings,
    )
    changes = home / "ledger" / "source" / publication.name
    _write(changes, _changed_sources(last, sources))
    manifest = transition_file.parent.parent / MANIFEST
    publication = replace(
        publication,
        link=Link(
            sha256_of(home / "ledger" / "publication" / last.name) if last else None,
            sha256_of(changes),
            sha256_of(manifest) if manifest.is_file() else None,
        ),
    )
    _write(
        home / "ledger" / STAGED / publication.name,
        _changed_statuses(publication, transition_file),
    )
    return publication


def staged(home: Path) -> list[Publication]:
    """Records of publications that are under way, or were killed before they were confirmed."""
    return [_publication(home, path) for path in _records(home / "ledger" / STAGED)]


def confirm(home: Path) -> None:
    """Let what is staged count, and note outside of the ledger how far it reaches."""
    for path in _records(home / "ledger" / STAGED):
        with whole_file(home / "ledger" / "publication" / path.name) as part:
            part.write_bytes(path.read_bytes())  # no rename between folders: decision 57
        path.unlink()
    records = _records(home / "ledger" / "publication")
    if records:
        head = {"record": records[-1].name, "sha256": sha256_of(records[-1])}
        write_whole(home / HEAD, json.dumps(head))


def forget_staged(publication: Publication) -> None:
    """Remove the record of a publication that readers never saw."""
    for kind in (STAGED, "source"):
        (publication.home / "ledger" / kind / publication.name).unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _changed_sources(last: Publication | None, sources: Iterable[tuple[str, str]]) -> pa.Table:
    before, now = set(last.sources if last else ()), set(sources)
    changes = [(*s, True) for s in sorted(now - before)] + [
        (*s, False) for s in sorted(before - now)
    ]
    return pa.Table.from_pylist(
        [dict(zip(SOURCE.names, change, strict=True)) for change in changes], SOURCE
    )


def _changed_statuses(publication: Publication, transition_file: Path) -> pa.Table:
    transitions = pq.read_table(transition_file)
    new = transitions.filter(pc.equal(transitions["published_run_id"], publication.run_id))
    new = new.rename_columns({"to_status": "status"})
    new = new.append_column("seq", pa.repeat(pa.scalar(publication.seq, pa.int32()), len(new)))
    facts = {
        "seq": publication.seq,
        "run_id": publication.run_id,
        "as_of": publication.as_of.isoformat(),
        "published_at": publication.published_at.isoformat(),
        "input_digest": publication.input_digest,
        "previous_run_id": publication.previous_run_id,
        "findings": asdict(publication.findings),
        "link": publication.link and asdict(publication.link),
    }
    table = new.select(STATUS.names).cast(STATUS)
    return table.replace_schema_metadata({FACTS: json.dumps(facts).encode()})


def _publications(home: Path, before: int | None) -> list[Publication]:
    return [_publication(home, path) for path in _records(home / "ledger" / "publication", before)]


def _publication(home: Path, path: Path) -> Publication:
    try:
        facts = json.loads(pq.read_metadata(path).metadata[FACTS])
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise _damaged(path, error) from None
    return Publication(
        home,
        facts["seq"],
        facts["run_id"],
        date.fromisoformat(facts["as_of"]),
        datetime.fromisoformat(facts["published_at"]),
        facts["input_digest"],
        facts["previous_run_id"],
        # a record of before checks were remembered has none
        Findings(**{k: tuple(map(tuple, rows)) for k, rows in facts.get("findings", {}).items()}),
        Link(**facts["link"]) if facts.get("link") else None,
    )


def _records(folder: Path, before: int | None = None) -> list[Path]:
    """The records of one kind in order, up to but not including sequence number `before`."""
    paths = sorted(folder.glob("*-*.parquet"))
    return [path for path in paths if before is None or _seq(path) < before]


def _seq(path: Path) -> int:
    return int(path.name.split("-", 1)[0])


def _read(path: Path, schema: pa.Schema) -> pa.Table:
    try:
        return pq.read_table(path, columns=schema.names).cast(schema)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise _damaged(path, error) from None


def _tuples(table: pa.Table) -> Iterable[tuple]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _damaged(path: Path, error: Exception) -> LedgerError:
    return LedgerError(
        f"ledger record {path.name} cannot be read ({type(error).__name__})",
        "bring it back from a backup: it cannot be rebuilt",
    )


def _write(path: Path, table: pa.Table) -> None:
    with whole_file(path) as part:
        pq.write_table(table, part, compression="zstd")
