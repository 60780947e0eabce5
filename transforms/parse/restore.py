"""A file that raw has lost, read again from the archive: as it was delivered and landed then."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from igwatch.base.atomic_file import private_folder, write_whole
from transforms.parse.facility.facility import Facility
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.raw.raw_file import raw_path, write_raw
from transforms.parse.raw.raw_note import MANIFEST, note_path
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source
from transforms.parse.raw.transaction import carry_out, co_writer, sole_writer
from transforms.parse.source_reader import read_source


def remember(home: Path, sources: Collection[Source]) -> None:
    """Note sources that are to be restored, so that they are though the process dies before."""
    for source in sources:
        kept = asdict(source) | {"path": str(source.path.relative_to(home))}
        place = home / "raw" / ".restoring" / source.facility / f"{source.sha256}.json"
        write_whole(place, json.dumps(kept, default=str))


def remembered(home: Path) -> list[Source]:
    """The sources that are to be restored."""
    return [_source(home, path) for path in sorted((home / "raw" / ".restoring").glob("*/*.json"))]


def _source(home: Path, path: Path) -> Source:
    kept = json.loads(path.read_text(encoding="utf-8"))
    times = {name: datetime.fromisoformat(kept[name]) for name in ("delivered_at", "landed_at")}
    return Source(**kept | {"path": home / kept["path"]} | times)


def take_out(home: Path, facility: str, name: str) -> None:
    """Remove the rows of a source, a pack or a month whose files are not what was written.

    What of it is to be restored must be remembered before.
    """
    tables = sorted(SCHEMAS, key=lambda table: table != MANIFEST)
    files = [raw_path(home, table, facility, name) for table in tables]
    with sole_writer(home):
        carry_out(home, {}, [*files, note_path(home, facility, name)])


def restore(
    source: Source,
    home: Path,
    facility: Facility,
    message_filter: MessageFilter | None = None,
    processes: int = 1,
) -> None:
    """Read a remembered source from the archive, with the facility's settings of now."""
    batches = read_source(
        source, facility, message_filter, processes, private_folder(home / "work")
    )
    with co_writer(home):
        write_raw(home, source, batches, facility.layout_sha256())
    (home / "raw" / ".restoring" / source.facility / f"{source.sha256}.json").unlink()
