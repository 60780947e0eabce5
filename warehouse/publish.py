"""Publish a build: write the generation aside, give it its name, move one link, drop the oldest.

A crash anywhere leaves the generation before it live: nothing that readers see is ever changed,
and the last step that they can notice is one rename.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from igwatch.base.atomic_file import make_folder, rename, sync
from igwatch.base.error import IgwatchError
from igwatch.base.sql import identifier, quoted, value
from warehouse.dictionary import (
    DATA_TO,
    RUN_ID,
    Column,
    as_built,
    differences,
    present,
    published_tables,
    tables_of,
)
from warehouse.generation import (
    ASIDE,
    DATABASE,
    PASSAGE,
    QUALITY_DATABASE,
    Generation,
    GenerationError,
    damaged_tables,
    drop_oldest,
    make_live,
    read_generation,
)
from warehouse.ledger import MANIFEST, recorded_as, sha256_of

log = logging.getLogger("igwatch")
# DuckDB 2.0 writes by default what 1.4 and 1.5 cannot open; clinics' tools bundle their own DuckDB
STORAGE_VERSION = "v1.4.0"
# A group may be let through to the quality tables and to nothing else
OPEN_SCHEMA = "quality"
DATABASES = (DATABASE, QUALITY_DATABASE)
OPEN_FOLDER, OPEN_FILE, CLOSED_FOLDER, CLOSED_FILE = 0o750, 0o640, 0o700, 0o600

DISAGREE = "make the model and the dictionary agree"

Tables = Mapping[str, list[Column]]


class PublishError(IgwatchError):
    """A build that cannot be published. What was live is still live."""


def publish(
    build: Path,
    home: Path,
    run_id: str,
    dictionary: Path,
    keep: int = 14,
    config: Mapping[str, object] | None = None,
    before_live: Callable[[Generation], object] | None = None,
) -> Generation:
    """Make the tables that the dictionary names the live generation; keep the last `keep`.

    `config` are DuckDB's settings (memory_limit, threads ...). `before_live` is told of the whole
    generation before readers see it. A run that is published already is only made live again, and
    what was lost of it or damaged is put back. Raises PublishError when the build lacks what the
    dictionary says, when this run_id was published with another content, when another publication
    is under way, or when the disk refuses.
    """
    folder = make_folder(home / "generations", PASSAGE)
    try:
        with _alone(folder), _opened(build, config or {}) as con, _aside(folder, run_id) as aside:
            tables = present(published_tables(dictionary), tables_of(con, "build"))
            _write_generation(con, aside, folder / run_id, tables)
            if before_live:
                before_live(read_generation(folder / run_id))
            make_live(home, run_id)
            drop_oldest(home, keep)
    except (duckdb.Error, OSError) as error:
        # the text of an error of DuckDB may hold a value: its kind says enough
        raise PublishError(
            f"publishing run {run_id} stopped ({type(error).__name__})",
            "look at the space and rights below the home, then run: igwatch publish",
        ) from None
    return read_generation(folder / run_id)


def _write_generation(
    con: duckdb.DuckDBPyConnection, aside: Path, path: Path, tables: Tables
) -> None:
    """Fill `aside` and give it the name `path`, unless that is published already."""
    _write_tables(con, aside, path.name, tables)
    _write_manifest(con, aside, path.name, tables)
    if path.exists():
        _repair(con, aside, path, tables)
        return
    _write_databases(con, aside, tables)
    aside.chmod(PASSAGE)
    _keep_on_disk(aside)
    rename(aside, path)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One publication at a time; the lock goes with the process, however it ends."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, CLOSED_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise PublishError(
            "another publication is under way", "try again when it is done"
        ) from None
    finally:
        os.close(descriptor)


@contextmanager
def _aside(folder: Path, run_id: str) -> Iterator[Path]:
    """A folder to write in; what is left in it at the end is removed."""
    path = folder / f"{run_id}{ASIDE}"
    shutil.rmtree(path, ignore_errors=True)
    try:
        yield make_folder(path, CLOSED_FOLDER)
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _opened(build: Path, config: Mapping[str, object]) -> Iterator[duckdb.DuckDBPyConnection]:
    if not build.is_file():
        raise PublishError(f"there is no build at {build.name}", "run: igwatch build")
    settings: dict[str, Any] = {"temp_directory": str(build.parent / "spill"), **config}
    with duckdb.connect(config=settings) as con:
        con.execute(f"ATTACH {quoted(build)} AS build (READ_ONLY)")
        con.execute("SET enable_progress_bar = false")
        # without it DuckDB writes rows in the order in which its threads finish
        con.execute("SET preserve_insertion_order = true")
        yield con


def _write_tables(con: duckdb.DuckDBPyConnection, aside: Path, run_id: str, tables: Tables) -> None:
    faults = differences(con, "build", as_built(tables), ordered=False)
    if faults:
        more = f" (and {len(faults) - 1} more)" if faults[1:] else ""
        raise PublishError(f"not as warehouse/dictionary.csv says: {faults[0]}{more}", DISAGREE)
    for name, columns in tables.items():
        schema, table = name.split(".")
        is_open = _is_open(name)
        make_folder(aside / schema, OPEN_FOLDER if is_open else CLOSED_FOLDER)
        path = aside / schema / f"{table}.parquet"
        rows = _ordered(name, columns)
        con.execute(f"COPY ({rows}) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)", [run_id])
        path.chmod(OPEN_FILE if is_open else CLOSED_FILE)


def _is_open(table: str) -> bool:
    return table.split(".")[0] == OPEN_SCHEMA


def _ordered(name: str, columns: list[Column]) -> str:
    """The table's rows, stamped, always in the same order: a patient's rows side by side."""
    names = [column.name for column in columns if column.name not in (RUN_ID, DATA_TO)]
    selected = ", ".join(map(identifier, names))
    person = [c for c in ("patient_key", "collected_at", "occurred_at") if c in names]
    order = ", ".join([*person, f"hash({selected})"]) if person else "ALL"
    # the time of the newest message is that of one person's result: others see its day
    reach = f"date_trunc('day', {DATA_TO})::TIMESTAMP" if _is_open(name) else DATA_TO
    stamp = f"$1 AS {RUN_ID}, (SELECT {reach} FROM build.run.clock) AS {DATA_TO}"
    return f"SELECT {selected}, {stamp} FROM build.{name} ORDER BY {order}"


def _write_manifest(
    con: duckdb.DuckDBPyConnection, aside: Path, run_id: str, tables: Tables
) -> None:
    """What the generation holds; no time of day, so the same run writes the same bytes."""
    clock = con.execute("FROM build.run.clock")
    [values] = clock.fetchall()
    row = dict(zip([column[0] for column in clock.description], values, strict=True))
    if row[RUN_ID] != run_id:
        raise PublishError(f"the build is of run {row[RUN_ID]}, not {run_id}", "run: igwatch build")
    sums = {name: _table_sum(con, aside / f"{name.replace('.', '/')}.parquet") for name in tables}
    manifest = {key: str(value) for key, value in row.items()} | {"tables": sums}
    path = aside / MANIFEST
    path.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    path.chmod(CLOSED_FILE)


def _table_sum(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, object]:
    rows = value(con, "SELECT num_rows FROM parquet_file_metadata($1)", [str(path)])
    return {"rows": rows, "sha256": sha256_of(path)}


def _repair(con: duckdb.DuckDBPyConnection, aside: Path, path: Path, tables: Tables) -> None:
    """Put the files of a generation that were lost or changed back, each in one rename.

    What is whole stays as it is. Raises PublishError when the run now comes out otherwise.
    """
    again, kept = read_generation(aside), _kept_as_published(path)
    damaged = {name for name, _ in damaged_tables(kept)} if kept else set(again.tables)
    if kept:
        _refuse_other_content(con, kept, again, damaged)
        if damaged and kept.tables != again.tables:
            damaged = set(again.tables)
    if not all((path / name).is_file() for name in DATABASES) or damaged:
        _write_databases(con, aside, tables)
        copies = [aside / name for name in DATABASES]
        for place in (*map(again.parquet, sorted(damaged)), *copies, aside / MANIFEST):
            _put_back(place, path / place.relative_to(aside))
        log.warning("run %s was damaged: %d tables are built anew", path.name, len(damaged))


def _kept_as_published(path: Path) -> Generation | None:
    """The generation; None where its manifest is damaged, and so nothing of it is known."""
    recorded = recorded_as(path.parent.parent, path.name)
    link = recorded.link if recorded else None
    try:
        kept = read_generation(path)
    except GenerationError:
        return None
    return kept if link is None or link.manifest_sha256 == sha256_of(path / MANIFEST) else None


def _put_back(place: Path, damaged: Path) -> None:
    make_folder(damaged.parent, stat.S_IMODE(place.parent.stat().st_mode))
    sync(place)
    rename(place, damaged)


def _refuse_other_content(
    con: duckdb.DuckDBPyConnection, kept: Generation, again: Generation, damaged: Collection[str]
) -> None:
    """Refuse a run that now comes out otherwise than when it was published.

    Files that differ in bytes alone, as another DuckDB may write them, are the same publication; of
    a damaged one only its number of rows is known.
    """
    changed = [
        name
        for name in sorted(kept.tables.keys() | again.tables.keys())
        if kept.tables.get(name) != again.tables.get(name)
        and not _same_rows(con, kept, again, name, name in damaged)
    ]
    if changed:
        raise PublishError(
            f"run {kept.run_id} is published and now comes out otherwise in {', '.join(changed)}",
            "the published one stays. Something that decides the result is not in the run_id",
        )


def _same_rows(
    con: duckdb.DuckDBPyConnection, kept: Generation, again: Generation, name: str, damaged: bool
) -> bool:
    if damaged:
        return name in again.tables and kept.tables[name].rows == again.tables[name].rows
    one, other = kept.parquet(name), again.parquet(name)
    if not (one.is_file() and other.is_file()):
        return False
    schemas = [con.read_parquet(str(path)) for path in (one, other)]
    if [schemas[0].columns, schemas[0].types] != [schemas[1].columns, schemas[1].types]:
        return False
    only = "SELECT count(*) FROM (FROM read_parquet($1) EXCEPT ALL FROM read_parquet($2))"
    pairs = ([str(one), str(other)], [str(other), str(one)])
    return all(value(con, only, pair) == 0 for pair in pairs)


def _write_databases(con: duckdb.DuckDBPyConnection, aside: Path, tables: Tables) -> None:
    """The same tables in one file, and those of quality in another: who opens one reads one night,
    also while the next is published."""
    open_tables = {name: of for name, of in tables.items() if _is_open(name)}
    _write_database(con, aside / DATABASE, tables, CLOSED_FILE)
    _write_database(con, aside / QUALITY_DATABASE, open_tables, OPEN_FILE)


def _write_database(con: duckdb.DuckDBPyConnection, path: Path, tables: Tables, mode: int) -> None:
    con.execute(f"ATTACH {quoted(path)} AS copied (STORAGE_VERSION '{STORAGE_VERSION}')")
    con.begin()
    for schema in sorted({name.split(".")[0] for name in tables}):
        con.execute(f"CREATE SCHEMA copied.{schema}")
    for name, columns in tables.items():
        parquet = path.parent / f"{name.replace('.', '/')}.parquet"
        con.execute(f"CREATE TABLE copied.{name} AS FROM read_parquet({quoted(parquet)})")
        for column in columns:
            comment = quoted(column.comment)
            con.execute(f"COMMENT ON COLUMN copied.{name}.{column.name} IS {comment}")
    con.commit()
    faults = differences(con, "copied", tables)
    con.execute("DETACH copied")
    if faults:
        raise PublishError(f"not as warehouse/dictionary.csv says: {faults[0]}", DISAGREE)
    path.chmod(mode)


def _keep_on_disk(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        sync(path)
    sync(folder)
