"""Which of what was refused has come again and was read: it is held no longer (decision 0093).

Only the bytes that were refused can say so. A refused row is mended by a later, new result that
says the same in every cell but the one at fault; a refused message by a later one of the same
control id, with as many results, whose orders all stand in it; a file refused whole by a later one
of the same name, with as many results, whose patients and values all stand in it. Where this
cannot be shown the refusal stays.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from igwatch.inquiry.saved_query import answers
from transforms.parse.delimited.character_set import CharacterSet
from transforms.parse.delimited.gzip_file import DAMAGE_ERRORS, open_unpacked
from transforms.parse.raw.archive import archive_path

Reject = dict[str, Any]
NEWEST = """
SELECT facility, max(landed_at) FROM read_parquet($1, union_by_name => true) GROUP BY ALL
"""
LARGEST_FILE_BYTES = 64 << 20
_HEAD_BYTES = 64 << 10
_DELIMITERS = ",;\t|"
_PARTS = re.compile(r'[,;\t|"\r\n]+')
_TEXT, _TIME = pa.string(), pa.timestamp("us")
_ROW = pa.schema(
    {
        "id": _TEXT,
        "facility": _TEXT,
        "landed_at": _TIME,
        "field": _TEXT,
        "cells": pa.list_(_TEXT),
    }
)
_MESSAGE = pa.schema(
    [("id", _TEXT), ("facility", _TEXT), ("landed_at", _TIME), ("message_control_id_hash", _TEXT)]
)
_FILE = pa.schema(
    [("id", _TEXT), ("facility", _TEXT), ("landed_at", _TIME), ("source_name", _TEXT)]
)


def mended(
    con: duckdb.DuckDBPyConnection, root: Path, refused: Sequence[Reject], given: Mapping[str, str]
) -> set[str]:
    """The ids of the refusals that a later file has mended; `given` holds the globs of raw."""
    newest = dict(con.execute(NEWEST, [given["files"]]).fetchall())
    open_ = [r for r in refused if r["landed_at"] < newest[r["facility"]]]
    rows = [r for r in open_ if r["level"] == "row" and r["message_number"] is None]
    messages = [r for r in open_ if r["level"] == "message" and r["message_control_id_hash"]]
    files = [r for r in open_ if r["level"] == "file"]
    return {
        *_mended_rows(con, root, [r for r in rows if r["unit"] == "result"], given),
        *_mended_messages(con, root, messages, given),
        *_mended_files(con, root, files, given),
    }


def _mended_rows(con: Any, root: Path, refused: list[Reject], given: Mapping) -> Iterator[str]:
    if not refused:
        return
    texts = _texts(root, refused)
    asked = [r | {"cells": _cells(texts[r["id"]])} for r in refused if r["id"] in texts]
    con.register("refused_row", _table(asked, _ROW))
    found: dict[str, list[tuple]] = defaultdict(list)
    names = {"observations": given["observations"], "files": given["files"]}
    for row in answers(con, "mended_row", names):
        found[row.pop("id")].append(tuple(row.values()))
    taken: dict[tuple[str, str], set[tuple]] = defaultdict(set)
    for reject in asked:  # a result mends one refused row of a file, not two that look alike
        used = taken[reject["facility"], reject["source_sha256"]]
        free = next((result for result in found[reject["id"]] if result not in used), None)
        if free:
            used.add(free)
            yield reject["id"]


def _mended_messages(con: Any, root: Path, refused: list[Reject], given: Mapping) -> Iterator[str]:
    if not refused:
        return
    texts = _texts(root, refused)
    con.register("refused_message", _table(refused, _MESSAGE))
    n_lost = {r["id"]: max(r["n_results"] or 0, 1) for r in refused}
    names = {"observations": given["observations"], "files": given["files"]}
    for row in answers(con, "mended_message", names):
        orders = [order for order in row["orders"] if order]
        text = texts.get(row["id"], "")
        if row["n_results"] >= n_lost[row["id"]] and orders and all(o in text for o in orders):
            yield row["id"]


def _mended_files(con: Any, root: Path, refused: list[Reject], given: Mapping) -> Iterator[str]:
    if not refused:
        return
    con.register("refused_file", _table(refused, _FILE))
    of = {r["id"]: r for r in refused}
    for row in answers(con, "mended_file", dict(given)):
        reject = of[row["id"]]
        text = _whole_text(archive_path(root, reject["source_sha256"]))
        said = {part.strip() for part in _PARTS.split(text)}
        n_lines = sum(bool(line.strip()) for line in text.splitlines())
        has_header = reject["reason_code"] != "header_missing"
        n_lost = max(reject["n_results"] or 0, n_lines - has_header)
        is_there = {*row["patients"], *filter(None, row["said_values"])} <= said
        if is_there and row["n_results"] >= n_lost:
            yield row["id"]


def _texts(root: Path, refused: Sequence[Reject]) -> dict[str, str]:
    """The refused bytes as text, by id; nothing of a file that the archive has lost."""
    texts = {}
    by_file: dict[str, list[Reject]] = defaultdict(list)
    for reject in refused:
        if reject["byte_offset"] is not None and reject["byte_length"]:
            by_file[reject["source_sha256"]].append(reject)
    for sha256, rejects in by_file.items():
        path = archive_path(root, sha256)
        if not path.exists():
            continue
        with open_unpacked(path) as stream:
            charset = CharacterSet(stream.read(_HEAD_BYTES))
            for reject in sorted(rejects, key=lambda r: r["byte_offset"]):
                stream.seek(reject["byte_offset"])
                texts[reject["id"]] = charset.utf8(stream.read(reject["byte_length"])).decode()
    return texts


def _cells(text: str) -> list[str]:
    """The cells of a refused row under the delimiter that it holds most of."""
    sign = Counter(c for c in text if c in _DELIMITERS).most_common(1)
    reader = csv.reader([text.strip("\r\n")], delimiter=sign[0][0] if sign else ",")
    try:
        return [cell.strip() for cells in reader for cell in cells if cell.strip()]
    except csv.Error:
        return []


def _whole_text(path: Path) -> str:
    """The text of an archived file; '' for one that is lost, damaged or too large to compare."""
    if not path.exists():
        return ""
    try:
        with open_unpacked(path) as stream:
            content = stream.read(LARGEST_FILE_BYTES + 1)
    except DAMAGE_ERRORS:
        return ""
    if len(content) > LARGEST_FILE_BYTES:
        return ""
    charset = CharacterSet(content[:_HEAD_BYTES])
    return charset.utf8(content[charset.bom_bytes :]).decode()


def _table(rows: list[Reject], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(
        [{name: row[name] for name in schema.names} for row in rows], schema
    )
