"""A build cut into buckets of patients: for many workers, or for one with little memory.

Who is one person is decided over everybody first; a bucket then holds all rows of its persons
and is a build file of its own below the night's. What only all patients together tell (ACROSS)
is asked of the buckets in between. Published tables do not depend on how many there are.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from transforms.parse.raw.schema import SCHEMAS
from warehouse.build_models import build_models, tables_read

Graph = Mapping[str, set[str]]
"""What each model reads, by name."""

# raw tables whose rows are about one person; the rest of raw is read whole
PERSONAL = ("observation", "patient", "exposure")
# core tables that look across patients although they are made of patients' rows
ACROSS = frozenset({"core.hidden_floor"})
IDENTITY = "core.patient_alias"
LAID = ("run", "knowledge", "core")
FOLDED = ("flag.patient_flag", "flag.step")
# read by the fold alone, in each bucket
CANDIDATE = "candidate_panel"

BUCKET_OF = """
COPY (
    SELECT
        o.*,
        hash(
            coalesce(a.surviving_assigning_authority, o.assigning_authority),
            coalesce(a.surviving_patient_id, o.patient_id)
        ) % {n} AS bucket
    FROM raw.{table} AS o
    LEFT JOIN core.patient_alias AS a
        ON o.assigning_authority = a.assigning_authority AND o.patient_id = a.patient_id
) TO '{folder}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (bucket))
"""


def numbers(work: Path) -> range:
    """The buckets of a build; none where it is built whole."""
    said = work / "buckets"
    return range(int(said.read_text()) if said.exists() else 0)


def path(work: Path, number: int) -> Path:
    """The build file of one bucket."""
    return work / f"bucket-{number:03d}" / "build.duckdb"


def fresh(work: Path, number: int) -> Path:
    """The build file of a bucket, with what an earlier try left removed."""
    shutil.rmtree(path(work, number).parent, ignore_errors=True)
    return path(work, number)


def spread(con: duckdb.DuckDBPyConnection, models: Path, work: Path, n: int) -> None:
    """Decide who is one person, and lay each person's rows of raw into one of `n` buckets."""
    build_models(con, models, _shared(_graph(con, models)))
    for table in PERSONAL:
        folder = work / "spread" / table
        folder.mkdir(parents=True)
        con.execute(BUCKET_OF.format(n=n, table=table, folder=_text(folder)))
    (work / "buckets").write_text(str(n), encoding="utf-8")


def take(con: duckdb.DuckDBPyConnection, models: Path, work: Path, number: int) -> None:
    """What a bucket is built from: what is laid and shared, and its own persons' rows."""
    graph = _graph(con, models)
    read = set().union(*(graph[name] for name in graph.keys() - _shared(graph)))
    with _attached(con, {"night": work / "build.duckdb"}):
        for name in _tables(con, "night", LAID):
            _copy(con, name, f"FROM night.{name}")
        for name in sorted(read & {f"raw.{table}" for table in SCHEMAS.keys() - set(PERSONAL)}):
            _copy(con, name, f"FROM night.{name}")
    for table in PERSONAL:
        files = work / "spread" / table / f"bucket={number}" / "*.parquet"
        if any(files.parent.glob("*.parquet")):
            _copy(con, f"raw.{table}", f"FROM read_parquet('{_text(files)}')", "VIEW")
        else:
            con.register("empty", SCHEMAS[table].empty_table())
            _copy(con, f"raw.{table}", "FROM empty")
            con.unregister("empty")


def resolve(con: duckdb.DuckDBPyConnection, models: Path) -> None:
    """What of a bucket's core stands before the tables that look across patients."""
    graph = _graph(con, models)
    build_models(con, models, _upstream(graph, ACROSS) - ACROSS - _shared(graph))


def gather(con: duckdb.DuckDBPyConnection, models: Path, work: Path) -> None:
    """The tables that look across patients, from what every bucket has so far."""
    graph = _graph(con, models)
    read = set().union(*(graph[name] for name in ACROSS)) & graph.keys() - _shared(graph)
    with _attached(con, _files(work)) as buckets:
        for name in sorted(read):
            _copy(con, name, _of_all(buckets, name), "VIEW")
        build_models(con, models, ACROSS)
        for name in sorted(read):
            con.execute(f"DROP VIEW {name}")


def finish(con: duckdb.DuckDBPyConnection, models: Path, work: Path) -> None:
    """The rest of a bucket's core."""
    graph = _graph(con, models)
    with _attached(con, {"night": work / "build.duckdb"}):
        for name in ACROSS:
            _copy(con, name, f"FROM night.{name}")
    build_models(con, models, graph.keys() - _upstream(graph, ACROSS) - _shared(graph))


def join(
    con: duckdb.DuckDBPyConnection, models: Path, work: Path, published: Collection[str]
) -> None:
    """The buckets' tables as one: those that are published or that a model outside core reads."""
    graph = _graph(con, models)
    outside = (
        path
        for path in models.glob("*/*.sql")
        if path.parent.name != "core" and path.stem != CANDIDATE
    )
    read = set(published).union(*(tables_read(path) for path in outside))
    with _attached(con, _files(work)) as buckets:
        con.execute("CREATE SCHEMA IF NOT EXISTS flag")
        for name in (*sorted(read & graph.keys() - ACROSS - _shared(graph)), *FOLDED):
            _copy(con, name, _of_all(buckets, name))


def _graph(con: duckdb.DuckDBPyConnection, models: Path) -> Graph:
    """What each model of core reads."""
    return {f"core.{p.stem}": tables_read(p) for p in sorted((models / "core").glob("*.sql"))}


def _upstream(graph: Graph, names: Collection[str]) -> set[str]:
    """These models and every model that they need."""
    found: set[str] = set()
    wanted = set(names)
    while wanted:
        found |= wanted
        wanted = set().union(*(graph[name] for name in wanted)) & graph.keys() - found
    return found


def _shared(graph: Graph) -> set[str]:
    """The models that are made of no patient's rows, and those that decide who is one person: the
    same for every bucket."""
    personal = {f"raw.{table}" for table in PERSONAL}
    identity = _upstream(graph, {IDENTITY})
    return identity | {
        name
        for name in graph
        if not any(graph[above] & personal for above in _upstream(graph, {name}) - identity)
    }


def _files(work: Path) -> dict[str, Path]:
    return {f"bucket_{number}": path(work, number) for number in numbers(work)}


@contextmanager
def _attached(
    con: duckdb.DuckDBPyConnection, files: Mapping[str, Path]
) -> Iterator[Collection[str]]:
    """These databases open for reading, by name, as long as the block lasts."""
    for name, file in files.items():
        con.execute(f"ATTACH '{_text(file)}' AS {name} (READ_ONLY)")
    try:
        yield files.keys()
    finally:
        for name in files:
            con.execute(f"DETACH {name}")


def _tables(con: duckdb.DuckDBPyConnection, database: str, schemas: Collection[str]) -> list[str]:
    return [
        name
        for (name,) in con.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
            "WHERE database_name = $1 AND list_contains($2, schema_name) ORDER BY 1",
            [database, list(schemas)],
        ).fetchall()
    ]


def _of_all(buckets: Collection[str], name: str) -> str:
    return " UNION ALL ".join(f"FROM {bucket}.{name}" for bucket in buckets)


def _copy(con: duckdb.DuckDBPyConnection, name: str, query: str, kind: str = "TABLE") -> None:
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
    con.execute(f"CREATE OR REPLACE {kind} {name} AS {query}")


def _text(value: object) -> str:
    return str(value).replace("'", "''")
