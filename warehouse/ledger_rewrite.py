"""The ledger without a person: the one change of it that is no addition (docs/decisions/0112).

Rows of the person go, and source files that were cut have their new digest, in every record from
the first on; the chain of digests is made anew over them. Deterministic: cut short, it is done
again from the beginning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from igwatch.base.atomic_file import whole_file, write_whole
from warehouse.delivered import DELIVERED
from warehouse.ledger import FACTS, SOURCE, confirm, sha256_of

Source = tuple[str, str]
Renamed = Mapping[Source, "str | None"]


def ledger_head(home: Path) -> str | None:
    """The digest of the last record of publications; None while there is none."""
    records = sorted((home / "ledger" / "publication").glob("*-*.parquet"))
    return sha256_of(records[-1]) if records else None


def rewrite_ledger(
    home: Path, renamed: Renamed, names: Mapping[str, str], is_hers: Callable[[str, str], bool]
) -> int:
    """Take a person out of the ledger; return how many changes of status went.

    renamed: the new digest of each (facility, sha256) that was cut, None where nothing is left of
    it. names: what a source is called now, by its new digest. is_hers: by (authority, number). The
    caller holds the home, and nothing is staged.
    """
    n_removed = 0
    before: Path | None = None
    for path in sorted((home / "ledger" / "publication").glob("*-*.parquet")):
        _rewrite_sources(home / "ledger" / "source" / path.name, renamed)
        n_removed += _rewrite_record(home, path, before, renamed, is_hers)
        before = path
    _rewrite_delivered(home, renamed, names)
    _rewrite_decisions(home, renamed)
    confirm(home)  # nothing is staged: it notes how far the ledger reaches
    return n_removed


def _rewrite_record(
    home: Path,
    path: Path,
    before: Path | None,
    renamed: Renamed,
    is_hers: Callable[[str, str], bool],
) -> int:
    table = pq.read_table(path)
    whose = zip(
        table["assigning_authority"].to_pylist(), table["patient_id"].to_pylist(), strict=True
    )
    is_kept = pa.array([not is_hers(authority, number) for authority, number in whose], pa.bool_())
    facts = json.loads(table.schema.metadata[FACTS])
    changed = _linked(home, path, before, _with_sources(facts, renamed))
    kept = table.filter(is_kept)
    if len(kept) < len(table) or changed != facts:
        meta = table.schema.metadata | {FACTS: json.dumps(changed).encode()}
        _write(path, kept.replace_schema_metadata(meta))
    return len(table) - len(kept)


def _with_sources(facts: dict[str, Any], renamed: Renamed) -> dict[str, Any]:
    """The facts of a record, its withheld files by their new digests."""
    findings = facts.get("findings")
    if not findings or not findings.get("withheld"):
        return facts
    withheld = _renamed(map(tuple, findings["withheld"]), renamed)
    return facts | {"findings": findings | {"withheld": [list(source) for source in withheld]}}


def _linked(home: Path, path: Path, before: Path | None, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of a record, its digests those of what it names now."""
    link = facts.get("link")
    if not link:
        return facts
    changes = home / "ledger" / "source" / path.name
    named = {"source_sha256": sha256_of(changes)} if changes.is_file() else {}
    if link["previous_sha256"] is not None and before is not None:
        named["previous_sha256"] = sha256_of(before)
    return facts | {"link": link | named}


def _rewrite_sources(path: Path, renamed: Renamed) -> None:
    if not path.is_file():
        return
    rows = pq.read_table(path, columns=SOURCE.names).to_pylist()
    if not any((row["facility"], row["source_sha256"]) in renamed for row in rows):
        return
    kept = []
    for row in rows:
        sha256 = renamed.get((row["facility"], row["source_sha256"]), row["source_sha256"])
        if sha256 is not None and (new := row | {"source_sha256": sha256}) not in kept:
            kept.append(new)
    _write(path, pa.Table.from_pylist(kept, SOURCE))


def _rewrite_delivered(home: Path, renamed: Renamed, names: Mapping[str, str]) -> None:
    for path in sorted((home / "ledger" / "delivered").glob("*.parquet")):
        rows = pq.read_table(path).to_pylist()
        if not any((row["facility"], row["source_sha256"]) in renamed for row in rows):
            continue
        kept = []
        for row in rows:
            source = (row["facility"], row["source_sha256"])
            sha256 = renamed.get(source, row["source_sha256"])
            if sha256 is not None:
                kept.append(_as_now(home, row, sha256, names) if source in renamed else row)
        _write(path, pa.Table.from_pylist(kept, DELIVERED))


def _as_now(
    home: Path, row: dict[str, Any], sha256: str, names: Mapping[str, str]
) -> dict[str, Any]:
    """How a source came, by its digest, size and name of now."""
    place = home / "archive" / sha256[:2] / sha256
    size = place.stat().st_size if place.is_file() else row["size_bytes"]
    name = names.get(sha256, row["source_name"])
    return row | {"source_sha256": sha256, "size_bytes": size, "source_name": name}


def _rewrite_decisions(home: Path, renamed: Renamed) -> None:
    for path in sorted((home / "ledger" / "decision").glob("*-*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        sources = [tuple(source) for source in kept["sources"]]
        if renamed.keys() & set(sources):
            kept["sources"] = [list(source) for source in _renamed(sources, renamed)]
            write_whole(path, json.dumps(kept, ensure_ascii=False, indent=1))


def _renamed(sources: Iterable[Source], renamed: Renamed) -> list[Source]:
    found = {(facility, renamed.get((facility, sha256), sha256)) for facility, sha256 in sources}
    return sorted((facility, sha256) for facility, sha256 in found if sha256 is not None)


def _write(path: Path, table: pa.Table) -> None:
    with whole_file(path) as part:
        pq.write_table(table, part, compression="zstd")
