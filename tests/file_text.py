"""All that a file says, unpacked, to look for what must not be in it."""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow.parquet as pq


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file below a folder by its name, with its own name and all texts that are in it,
    unpacked: gzip, xlsx, Parquet and DuckDB by their rows, and the bytes as they are."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        name = str(path.relative_to(folder))
        yield name, name
        yield from ((name, text) for text in file_texts(path))


def file_texts(path: Path) -> Iterator[str]:
    """The texts that are in one file."""
    content = path.read_bytes()
    yield content.decode("utf-8", "replace")
    yield content.decode("utf-16-le", "replace")
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content).decode("utf-8", "replace")
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            yield from (packed.read(n).decode("utf-8", "replace") for n in packed.namelist())
    elif content[:4] == b"PAR1":
        table = pq.read_table(path)
        yield str(table.to_pylist()) + str(table.schema.metadata)
    elif content[:15] == b"SQLite format 3":
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as con:
            yield from con.iterdump()
    elif content[8:12] == b"DUCK":
        with duckdb.connect(str(path), read_only=True) as con:
            tables = con.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal"
            ).fetchall()
            for schema, table in tables:
                yield str(con.execute(f'FROM "{schema}"."{table}"').fetchall())
