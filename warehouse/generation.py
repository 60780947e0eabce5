"""A published generation: a folder of Parquet files that is never changed once it has its name."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from igwatch.base.atomic_file import rename
from igwatch.base.error import IgwatchError
from igwatch.base.sql import rows
from warehouse.dictionary import present, published_tables
from warehouse.ledger import MANIFEST, recorded_order, sha256_of

DATABASE = "warehouse.duckdb"
QUALITY_DATABASE = "warehouse_quality.duckdb"
ASIDE = ".tmp"
log = logging.getLogger("igwatch")
CHANGED = Path(__file__).with_name("changed_status.sql")


class GenerationError(IgwatchError):
    """A generation that is not there or cannot be read."""


@dataclass(frozen=True)
class TableSum:
    """One table in the manifest: the number of its rows, and the sha256 of its Parquet file."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Generation:
    """A published generation; `clock` is the row of run.clock it was built by."""

    path: Path
    run_id: str
    clock: dict[str, str]
    tables: dict[str, TableSum]

    @property
    def as_of(self) -> date:
        return date.fromisoformat(self.clock["as_of"])

    def parquet(self, table: str) -> Path:
        """The file of schema.table."""
        schema, name = table.split(".")
        return self.path / schema / f"{name}.parquet"


def read_generation(path: Path) -> Generation:
    """The generation in this folder. Raises GenerationError."""
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        tables = {name: TableSum(**sums) for name, sums in manifest.pop("tables").items()}
        return Generation(path, manifest["run_id"], manifest, tables)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GenerationError(
            f"{path.name}: its {MANIFEST} cannot be read ({type(error).__name__})",
            "roll back to another generation, then publish this run again",
        ) from None


def damaged_tables(generation: Generation) -> Iterator[tuple[str, str]]:
    """Its tables whose file is not what was published, each with what is wrong with it."""
    for table, sums in generation.tables.items():
        path = generation.parquet(table)
        if not path.is_file():
            yield table, "its file is missing"
            continue
        if sha256_of(path) != sums.sha256:
            yield table, "its file is not what the manifest says was published"


def generations(home: Path) -> list[Generation]:
    """All published generations, oldest publication first.

    Order is the ledger's; one that the ledger does not know yet is the newest.
    """
    return [read_generation(path) for path in _kept(home)]


def _kept(home: Path) -> list[Path]:
    order = recorded_order(home)
    newest = max(order.values(), default=0) + 1
    return sorted(
        generation_folders(home),
        key=lambda path: (order.get(path.name, newest), path.stat().st_mtime_ns, path.name),
    )


def generation_folders(home: Path) -> list[Path]:
    """The folder of each published generation, in no order; none of it is read."""
    folders = [path for path in (home / "generations").glob("*") if (path / MANIFEST).is_file()]
    return [path for path in folders if path.suffix != ASIDE]


def live_run_id(home: Path) -> str | None:
    """The name of the generation that `live` points at, from the link alone."""
    live = home / "live"
    return live.resolve().name if live.exists() else None


def live_generation(home: Path) -> Generation | None:
    """The generation that readers see; None before the first publication."""
    live = home / "live"
    return read_generation(live.resolve()) if live.exists() else None


def make_live(home: Path, run_id: str) -> None:
    """Point `live` at a generation in one rename; readers see the old one or the new one."""
    unfold_live(home)
    aside = home / ".live.next"
    aside.unlink(missing_ok=True)
    os.symlink(Path("generations") / run_id, aside)
    rename(aside, home / "live")


def unfold_live(home: Path) -> bool:
    """Make `live` a link again where a copy of the home made it a folder; whether it was one.

    The folder is a generation: it is kept under its own name unless that is there already.
    Raises GenerationError where it holds none.
    """
    live = home / "live"
    if live.is_symlink() or not live.is_dir():
        return False
    run_id = read_generation(live).run_id
    place = home / "generations" / run_id
    rename(live, place.with_name(f"{run_id}-copied{ASIDE}") if place.exists() else place)
    make_live(home, run_id)
    return True


def drop_oldest(home: Path, keep: int) -> int:
    """Remove all but the last `keep` (at least one), never the live one, and what a crash left.

    Returns how many generations it removed. One that cannot be removed is told in the log, and
    tried again with the next publication.
    """
    live = (home / "live").resolve()
    kept = _kept(home)
    old = [path for path in kept[: max(len(kept) - max(keep, 1), 0)] if path.resolve() != live]
    for path in old:
        _set_aside(path)
    drop_left(home)
    return len(old)


def drop_left(home: Path) -> None:
    """Remove what was set aside to be removed, or was never finished."""
    for left in (home / "generations").glob(f"*{ASIDE}"):
        _remove(left)


def drop(path: Path) -> None:
    """Remove a generation: first its name, so that nobody finds half of it, then its files."""
    if aside := _set_aside(path):
        _remove(aside)


def _set_aside(path: Path) -> Path | None:
    aside = path.with_name(path.name + ASIDE)
    try:
        os.replace(path, aside)
    except OSError as error:
        _tell(path, error)
        return None
    return aside


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except OSError as error:
        _tell(path, error)


def _tell(path: Path, error: OSError) -> None:
    log.warning(
        "an old generation cannot be removed (%s); see to it by hand: rm -r %s",
        error.strerror or type(error).__name__,
        path,
    )


def rollback(home: Path, run_id: str, dictionary: Path) -> Generation:
    """Make an earlier generation live again. What was published stays in the ledger as it was.

    Raises GenerationError when that generation is no longer kept, and when readers could not read
    it: another version of igwatch published it, with other columns.
    """
    path = home / "generations" / run_id
    if path.parent != home / "generations" or not (path / MANIFEST).is_file():
        kept = ", ".join(g.run_id for g in generations(home)) or "none"
        raise GenerationError(f"generation {run_id} is not kept", f"kept are: {kept}")
    generation = read_generation(path)
    lacking = _lacking(generation, dictionary)
    if lacking:
        raise GenerationError(
            f"generation {run_id} is of another version of igwatch, without {lacking[0]}: the "
            "catalogues could not read it.",
            "Install that version to go back to it",
        )
    make_live(home, run_id)
    return generation


def _lacking(generation: Generation, dictionary: Path) -> list[str]:
    """Columns of the dictionary that its tables do not have."""
    lacking = []
    for table, columns in present(published_tables(dictionary), generation.tables).items():
        if table not in generation.tables:
            lacking.append(table)
            continue
        found = pq.read_schema(generation.parquet(table)).names
        lacking += [f"{table}.{c.name}" for c in columns if c.name not in found]
    return lacking


def diff(home: Path, before: str, after: str) -> pa.Table:
    """Flags that differ between two kept generations: one row per patient and rule.

    Columns patient_key, patient_id, assigning_authority, rule_id, status_before, status_after;
    no_evidence where there is no flag. Patients merged in between are one patient.
    """
    old, new = (read_generation(home / "generations" / run_id) for run_id in (before, after))
    with duckdb.connect() as con:
        for name, path in {
            "earlier": old.parquet("flag.patient_flag"),
            "later": new.parquet("flag.patient_flag"),
            "alias": new.parquet("core.patient_alias"),
        }.items():
            con.register(name, con.read_parquet(str(path)))
        return rows(con, CHANGED.read_text(encoding="utf-8"))
