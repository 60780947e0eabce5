"""Delivered files for tests: bytes in, the rows of the raw tables out."""

from __future__ import annotations

import csv
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from transforms.parse.delimited import read_delimited
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source

KNOWLEDGE = Path(__file__).resolve().parents[3] / "transforms/knowledge"
with (KNOWLEDGE / "reject_reason.csv").open(encoding="utf-8", newline="") as reasons:
    REASONS = {reason["reason_code"] for reason in csv.DictReader(reasons)}
DELIVERED_AT = datetime(2024, 5, 1, 22, 30)


def facility(**settings: Any) -> Facility:
    return Facility(**{"name": "north", **settings})


def source(path: Path, name: str | None = None) -> Source:
    content = path.read_bytes()
    return Source(
        path=path,
        facility="north",
        sha256=hashlib.sha256(content).hexdigest(),
        name=name or path.name,
        size_bytes=len(content),
        delivered_at=DELIVERED_AT,
        landed_at=datetime(2024, 5, 2, 3, 0),
    )


def delivered(
    folder: Path,
    content: bytes | str,
    name: str = "results.csv",
    read=read_delimited,
    **settings: Any,
) -> dict[str, list[dict[str, Any]]]:
    """The rows of every raw table that a file of this content becomes."""
    path = folder / "delivered"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in SCHEMAS}
    for table, batch in read(source(path, name), facility(**settings)):
        assert isinstance(batch, pa.RecordBatch)
        assert batch.schema == SCHEMAS[table]
        assert not rows["source_file"], "source_file is the last"
        batch.validate(full=True)
        rows[table] += batch.to_pylist()
    assert len(rows["source_file"]) == 1
    assert {reject["reason_code"] for reject in rows["reject"]} <= REASONS
    return rows


def balance(rows: dict[str, list[dict[str, Any]]]) -> tuple[int, int]:
    """Results found by the independent count, and results in rows and rejects."""
    (source_file,) = rows["source_file"]
    rejected = sum(reject["n_results"] for reject in rows["reject"])
    return source_file["n_results"], len(rows["observation"]) + rejected


def short(row: dict[str, Any], *columns: str) -> tuple:
    return tuple(row[column] for column in columns)
