"""Does what is published still add up: files against the manifest, views, evidence, the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from igwatch.base.sql import one_row, quoted, value
from warehouse.catalogue import (
    CATALOGUE,
    QUALITY_CATALOGUE,
    READABLE,
    ROOT,
    CatalogueError,
    root_of,
    roots_in,
    storage_version,
)
from warehouse.chain import MEND, broken_links, ledger_losses
from warehouse.generation import (
    DATABASE,
    QUALITY_DATABASE,
    Generation,
    GenerationError,
    damaged_tables,
    generations,
    live_generation,
)
from warehouse.ledger import LedgerError, published_statuses, recorded_order
from warehouse.omop.catalogue import OMOP_CATALOGUE
from warehouse.omop.person_number import PERSON_NUMBER, numbered_persons

REWRITE = "igwatch catalogue"
RESTORE = "bring it back from a backup"
COPIED = """
SELECT count(*) FROM (
    (FROM copied.{table} EXCEPT ALL FROM read_parquet($1))
    UNION ALL (FROM read_parquet($1) EXCEPT ALL FROM copied.{table})
)
"""
CONTRADICTION = Path(__file__).with_name("contradiction.sql")


@dataclass(frozen=True)
class Fault:
    """Something that does not add up: what it is about, and one sentence. Never an identifier."""

    subject: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.sentence}"


def verify_published(home: Path, deep: bool = False) -> list[Fault]:
    """Every fault in what is published below `home`; an empty list when all adds up.

    Deep: the copy in one file of each generation too, row by row."""
    try:
        live = live_generation(home)
        kept = generations(home)
    except (GenerationError, LedgerError) as error:
        return [Fault("generations", str(error))]
    if live is None:
        return [Fault("live", "points at no generation; run: igwatch run")]
    faults = [fault for generation in kept for fault in _file_faults(generation)]
    if faults:
        return faults
    checks: tuple[Callable[[], Iterator[Fault]], ...] = (
        lambda: _content_faults(live),
        lambda: _ledger_faults(home, live),
        lambda: _catalogue_faults(home),
        *((lambda kept=g: _copy_faults(kept)) for g in (kept if deep else [])),
    )
    return [fault for check in checks for fault in _found(check)]


def _found(check: Callable[[], Iterator[Fault]]) -> list[Fault]:
    """The faults a check finds; one that cannot be made is a fault, not a crash."""
    try:
        return list(check())
    except (duckdb.Error, LedgerError) as error:
        # DuckDB may quote a value: the kind of error is safe, its text is not
        why = str(error) if isinstance(error, LedgerError) else type(error).__name__
        return [Fault("warehouse", f"cannot be checked: {why}")]


def _file_faults(generation: Generation) -> Iterator[Fault]:
    for table, sentence in damaged_tables(generation):
        yield Fault(f"{generation.run_id} {table}", sentence)


def _content_faults(live: Generation) -> Iterator[Fault]:
    with duckdb.connect() as con:
        for table, sums in live.tables.items():
            rows, others = one_row(
                con,
                "SELECT count(*), count(*) FILTER (WHERE run_id IS DISTINCT FROM $2) "
                "FROM read_parquet($1)",
                [str(live.parquet(table)), live.run_id],
            )
            if rows != sums.rows:
                yield Fault(table, f"holds {rows} rows, the manifest says {sums.rows}")
            if others:
                yield Fault(table, f"{others} rows are not of run {live.run_id}")
        lost = value(
            con,
            "SELECT count(*) FROM read_parquet($1) AS cited "
            "ANTI JOIN read_parquet($2) AS kept USING (measurement_id)",
            [str(live.parquet("flag.evidence")), str(live.parquet("core.measurement"))],
        )
        if lost:
            yield Fault("flag.evidence", f"{lost} rows cite a result not in core.measurement")
    yield from _version_faults(live.path / DATABASE)


def _copy_faults(generation: Generation) -> Iterator[Fault]:
    """Tables of the two copies in one file that are not those of the Parquet files."""
    yield from _differing(generation, DATABASE, list(generation.tables))
    # a generation of an older igwatch has none
    if (generation.path / QUALITY_DATABASE).exists():
        of_quality = [table for table in generation.tables if table.startswith("quality.")]
        yield from _differing(generation, QUALITY_DATABASE, of_quality)


def _differing(generation: Generation, name: str, tables: list[str]) -> Iterator[Fault]:
    path = generation.path / name
    mend = f"remove it; run: igwatch run --as-of {generation.as_of}"
    try:
        with duckdb.connect() as con:
            con.execute(f"ATTACH {quoted(path)} AS copied (READ_ONLY)")
            differing = [
                table
                for table in tables
                if value(con, COPIED.format(table=table), [str(generation.parquet(table))])
            ]
    except (duckdb.Error, OSError) as error:
        yield Fault(f"{generation.run_id} {name}", f"{type(error).__name__}; {mend}")
        return
    for table in differing:
        yield Fault(f"{generation.run_id} {name} {table}", f"is not what is published; {mend}")


def _ledger_faults(home: Path, live: Generation) -> Iterator[Fault]:
    lost = ledger_losses(home)
    yield from (Fault("ledger", f"{loss}; {MEND}") for loss in lost)
    yield from (Fault("ledger", f"{fault}; {RESTORE}") for fault in broken_links(home))
    if live.run_id not in recorded_order(home) and not lost:
        yield Fault("ledger", f"the live run {live.run_id} is not recorded; run: igwatch run")
    published_statuses(home)
    order = recorded_order(home)
    with duckdb.connect() as con:
        con.register(
            "recorded",
            pa.table(
                {
                    "run_id": pa.array(order.keys(), pa.string()),
                    "seq": pa.array(order.values(), pa.int32()),
                }
            ),
        )
        for name in ("transition", "patient_flag"):
            con.register(name, con.read_parquet(str(live.parquet(f"flag.{name}"))))
        contradictions = con.execute(CONTRADICTION.read_text(encoding="utf-8")).fetchall()
    if contradictions:
        yield Fault(
            "flag.transition", f"{len(contradictions)} flags are not what their last change says"
        )


def _catalogue_faults(home: Path) -> Iterator[Fault]:
    # a home of before has no OMOP yet
    made = [OMOP_CATALOGUE] if (home / OMOP_CATALOGUE).is_file() else []
    try:
        numbered_persons(home)
    except CatalogueError as error:
        yield Fault(str(PERSON_NUMBER), str(error))
    for name in (CATALOGUE, QUALITY_CATALOGUE, *made):
        path = home / name
        if not path.is_file():
            yield Fault(name, f"is missing; run: {REWRITE}")
            continue
        yield from _version_faults(path)
        with duckdb.connect(str(path), read_only=True) as con:
            root = root_of(home)
            others = {r for r in roots_in(con) if Path(r).resolve() != root.resolve()}
            if others:
                yield Fault(name, f"answers from {min(others)}, not from here; run: {REWRITE}")
                continue
            if root != home:  # as its readers see it, which need not be here
                con.execute(f"SET VARIABLE {ROOT} = $1", [str(home)])
            views = con.execute(
                "SELECT schema_name || '.' || view_name FROM duckdb_views() "
                "WHERE NOT internal ORDER BY ALL"
            ).fetchall()
            for (view,) in views:
                yield from _view_faults(con, name, view)


def _view_faults(con: duckdb.DuckDBPyConnection, name: str, view: str) -> Iterator[Fault]:
    try:
        con.execute(f"FROM {view} LIMIT 1").fetchall()
    except duckdb.Error as error:
        yield Fault(f"{name} {view}", f"does not answer ({type(error).__name__})")


def _version_faults(path: Path) -> Iterator[Fault]:
    version = storage_version(path) if path.is_file() else None
    if version not in READABLE:
        yield Fault(path.name, f"storage version {version} cannot be opened by DuckDB 1.4")
