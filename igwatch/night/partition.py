"""A build cut into buckets of patients: for many workers, or for one with little memory.

Who is one person is decided over everybody first; a bucket then holds all rows of its persons
and is a build file of its own below the night's. What only all patients together tell (a model
whose header says `-- spans: patients`) is asked of the buckets in between. Published tables do
not depend on how many there are.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

import duckdb

from igwatch.base.paths import MODELS
from igwatch.base.sql import attached, quoted
from transforms.parse.raw.schema import SCHEMAS
from warehouse.build_models import build_models
from warehouse.model_graph import ModelGraph

# raw tables whose rows are about one person; the rest of raw is read whole
PERSONAL = ("observation", "order_withdrawal", "patient", "exposure")
# the chapters that are made of one person's rows after the other
PERSONAL_CHAPTERS = ("lookup", "identity", "exposure", "result", "panel", "core")
# who is one person, what was reissued for another, which merges meet nobody, which full list of
# exposures holds: decided over everybody
IDENTITY = (
    "core.patient_alias",
    "identity.moved_result",
    "identity.unmet_merge_file",
    "exposure.list",
)
STORED = ("run", "knowledge", *PERSONAL_CHAPTERS)
FOLDED = ("flag.standing", "flag.step")
# read by the fold alone, in each bucket
FOLLOWED = "panel.followed"

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
) TO {folder} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (bucket))
"""


def numbers(work: Path) -> range:
    """The buckets of a build; none where it is built whole."""
    number = work / "buckets"
    return range(int(number.read_text()) if number.exists() else 0)


def path(work: Path, number: int) -> Path:
    """The build file of one bucket."""
    return work / f"bucket-{number:03d}" / "build.duckdb"


def empty_part(work: Path, number: int) -> Path:
    """The build file of a bucket, with what an earlier try left removed."""
    shutil.rmtree(path(work, number).parent, ignore_errors=True)
    return path(work, number)


def models(graph: ModelGraph) -> set[str]:
    """The models that are built in each bucket, or once for all of them."""
    return graph.in_schemas(PERSONAL_CHAPTERS) - {FOLLOWED}


def split(con: duckdb.DuckDBPyConnection, graph: ModelGraph, work: Path, n: int) -> None:
    """Decide who is one person, and write each person's rows of raw into one of `n` buckets."""
    build_models(con, MODELS, _shared(graph))
    for table in PERSONAL:
        folder = work / "spread" / table
        folder.mkdir(parents=True)
        con.execute(BUCKET_OF.format(n=n, table=table, folder=quoted(folder)))
    (work / "buckets").write_text(str(n), encoding="utf-8")


def load_part(con: duckdb.DuckDBPyConnection, graph: ModelGraph, work: Path, number: int) -> None:
    """Give a bucket what it is built from: what all buckets share, and its own persons' rows."""
    read = set().union(*(graph.reads[name] for name in models(graph) - _shared(graph)))
    with attached(con, {"night": work / "build.duckdb"}):
        for name in _tables(con, "night", STORED):
            _copy(con, name, f"FROM night.{name}")
        for name in sorted(read & {f"raw.{table}" for table in SCHEMAS.keys() - set(PERSONAL)}):
            _copy(con, name, f"FROM night.{name}")
    for table in PERSONAL:
        files = work / "spread" / table / f"bucket={number}" / "*.parquet"
        if any(files.parent.glob("*.parquet")):
            _copy(con, f"raw.{table}", f"FROM read_parquet({quoted(files)})", "VIEW")
        else:
            con.register("empty", SCHEMAS[table].empty_table())
            _copy(con, f"raw.{table}", "FROM empty")
            con.unregister("empty")


def resolve(con: duckdb.DuckDBPyConnection, graph: ModelGraph) -> None:
    """What of a bucket stands before the tables that look across patients."""
    build_models(con, MODELS, graph.above(graph.spanning) - graph.spanning - _shared(graph))


def gather(con: duckdb.DuckDBPyConnection, graph: ModelGraph, work: Path) -> None:
    """The tables that look across patients, from what every bucket has so far."""
    read = set().union(*(graph.reads[name] for name in graph.spanning))
    with attached(con, _files(work)) as buckets:
        views = sorted(read & models(graph) - graph.spanning - _shared(graph))
        for name in views:
            _copy(con, name, _of_all(buckets, name), "VIEW")
        build_models(con, MODELS, graph.spanning)
        for name in views:
            con.execute(f"DROP VIEW {name}")


def finish_part(con: duckdb.DuckDBPyConnection, graph: ModelGraph, work: Path) -> None:
    """The rest of a bucket."""
    with attached(con, {"night": work / "build.duckdb"}):
        for name in sorted(graph.spanning):
            _copy(con, name, f"FROM night.{name}")
    build_models(con, MODELS, models(graph) - graph.above(graph.spanning) - _shared(graph))


def join(
    con: duckdb.DuckDBPyConnection, graph: ModelGraph, work: Path, published: Collection[str]
) -> None:
    """The buckets' tables as one: those that are published or that a later model reads."""
    outside = graph.reads.keys() - models(graph) - {FOLLOWED}
    read = set(published).union(*(graph.reads[name] for name in outside))
    with attached(con, _files(work)) as buckets:
        con.execute("CREATE SCHEMA IF NOT EXISTS flag")
        for name in (*sorted(read & models(graph) - graph.spanning - _shared(graph)), *FOLDED):
            _copy(con, name, _of_all(buckets, name))


def _shared(graph: ModelGraph) -> set[str]:
    """The models that are made of no patient's rows, and those that decide who is one person: the
    same for every bucket."""
    personal = {f"raw.{table}" for table in PERSONAL}
    identity = graph.above(IDENTITY)
    return identity | {
        name
        for name in models(graph)
        if not any(graph.reads[above] & personal for above in graph.above({name}) - identity)
    }


def _files(work: Path) -> dict[str, Path]:
    return {f"bucket_{number}": path(work, number) for number in numbers(work)}


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
