"""The catalogues that clinics' tools and dashboards open: views over the live generation.

They hold no data, so an open connection sees the next generation at its next query, and no
reader ever keeps a file that a writer needs. `SET VARIABLE igwatch_root = '/elsewhere'` reads
the same views where the home is mounted elsewhere. `catalogue.json` remembers for which root they
were asked for, as long as the home stays where it is. In quality.duckdb, opened under its own name,
`quality.freshness` and `freshness` are the same view.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from igwatch.base.atomic_file import part_of, put_in_place, write_whole
from igwatch.base.error import IgwatchError
from igwatch.base.sql import quoted
from warehouse.dictionary import PUBLISHED_SCHEMAS, Column, present, published_tables
from warehouse.generation import read_generation
from warehouse.publish import STORAGE_VERSION

CATALOGUE = "igwatch.duckdb"
QUALITY_CATALOGUE = "quality.duckdb"
ROOT = "igwatch_root"
ASKED_FOR = "catalogue.json"
_ROOT_IN_VIEW = rf"getvariable\('{ROOT}'\), '((?:[^']|'')*)'"


# What DuckDB 1.4, the oldest that is still supported, can open
READABLE = range(64, 68)
_HEADER = struct.Struct("<8x4sQ")


class CatalogueError(IgwatchError):
    """A catalogue that cannot be written."""


def write_catalogues(
    home: Path,
    dictionary: Path,
    root: Path | None = None,
    mode: int = 0o600,
    quality_mode: int = 0o640,
) -> tuple[Path, ...]:
    """Write both catalogues for readers that see the home at `root`; return those that changed.

    Without `root` it is the one that was asked for last, at first the home itself. A catalogue that
    holds the same views already is left alone. The views bind against the live generation, which
    must exist; `root` need not exist here. Raises CatalogueError.
    """
    if not (home / "live").exists():
        raise CatalogueError("nothing is published yet", "run: igwatch run")
    if root is not None:
        write_whole(home / ASKED_FOR, json.dumps({"home": str(home), "root": str(root)}))
    tables = present(
        published_tables(dictionary), read_generation((home / "live").resolve()).tables
    )
    wanted = {
        home / CATALOGUE: (PUBLISHED_SCHEMAS, mode),
        home / QUALITY_CATALOGUE: (("quality",), quality_mode),
    }
    return tuple(
        path
        for path, (schemas, file_mode) in wanted.items()
        if _write(path, home, root_of(home), _of(tables, schemas), file_mode)
    )


def root_of(home: Path) -> Path:
    """Where readers see the home: what was asked for, unless the home is a copy or was moved."""
    try:
        asked = json.loads((home / ASKED_FOR).read_text(encoding="utf-8"))
        return Path(asked["root"]) if Path(asked["home"]).resolve() == home.resolve() else home
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return home


def roots_in(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The roots that the views of an open catalogue hold."""
    views = con.execute("SELECT sql FROM duckdb_views() WHERE NOT internal").fetchall()
    found = (re.search(_ROOT_IN_VIEW, sql, re.IGNORECASE) for (sql,) in views)
    return {match[1].replace("''", "'") for match in found if match}


def storage_version(path: Path) -> int | None:
    """The storage version in a DuckDB file's header; None when it is no DuckDB file."""
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    magic, version = _HEADER.unpack(header)
    return version if magic == b"DUCK" else None


def _of(tables: Mapping[str, list[Column]], schemas: tuple[str, ...]) -> dict[str, list[Column]]:
    return {name: columns for name, columns in tables.items() if name.split(".")[0] in schemas}


def _write(
    path: Path, home: Path, root: Path, tables: Mapping[str, list[Column]], mode: int
) -> bool:
    # a file opened as "quality" holding a schema "quality" makes every quality.name ambiguous
    is_flat = {name.split(".")[0] for name in tables} == {path.stem}
    return put_catalogue(path, home, mode, _statements(root, tables, is_flat))


def put_catalogue(path: Path, home: Path, mode: int, statements: Iterable[str]) -> bool:
    """Write a catalogue by these statements, for readers at any root; whether it changed.

    The views bind against the live generation of `home`. Raises CatalogueError.
    """
    aside = part_of(path)
    aside.unlink()  # DuckDB makes a new file itself, and takes an empty one for a damaged one
    try:
        _fill(aside, home, statements)
        aside.chmod(mode)
        if _content(path) == _content(aside):
            path.chmod(mode)
            return False
        put_in_place(aside, path)
        return True
    finally:
        aside.unlink(missing_ok=True)


def _fill(aside: Path, home: Path, statements: Iterable[str]) -> None:
    with duckdb.connect() as con:
        con.execute(f"SET VARIABLE {ROOT} = $1", [str(home)])
        con.execute(f"ATTACH {quoted(aside)} AS aside (STORAGE_VERSION '{STORAGE_VERSION}')")
        con.execute("USE aside")
        con.begin()
        try:
            for statement in statements:
                con.execute(statement)
        except duckdb.Error:
            raise CatalogueError(
                "the live generation is not as warehouse/dictionary.csv says", "run: igwatch run"
            ) from None
        con.commit()
        con.execute("USE memory")
        con.execute("DETACH aside")


def _statements(root: Path, tables: Mapping[str, list[Column]], is_flat: bool) -> list[str]:
    schemas = [] if is_flat else sorted({name.split(".")[0] for name in tables})
    statements = [f"CREATE SCHEMA {schema}" for schema in schemas]
    for name, columns in tables.items():
        view = name.split(".")[1] if is_flat else name
        selected = ", ".join(column.name for column in columns)
        file = f"/live/{name.replace('.', '/')}.parquet"
        statements += [
            # named columns: a generation with one more column does not break an older catalogue
            f"CREATE VIEW {view} AS SELECT {selected} FROM read_parquet("
            f"coalesce(getvariable('{ROOT}'), {quoted(root)}) || '{file}')",
            f"COMMENT ON VIEW {view} IS 'live generation; join tables on run_id as well'",
            *(
                f"COMMENT ON COLUMN {view}.{column.name} IS {quoted(column.comment)}"
                for column in columns
            ),
        ]
    return statements


def _content(path: Path) -> tuple | None:
    """What a catalogue holds: its views and the comments on them. None when it cannot be read."""
    if not path.is_file():
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            views = con.execute(
                "SELECT schema_name, view_name, sql, comment FROM duckdb_views() "
                "WHERE NOT internal ORDER BY ALL"
            ).fetchall()
            columns = con.execute(
                "SELECT schema_name, table_name, column_name, data_type, comment "
                "FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
            ).fetchall()
            return views, columns
    except duckdb.Error:
        return None
