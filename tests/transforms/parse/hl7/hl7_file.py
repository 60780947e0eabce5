"""HL7 files for tests: bytes in, the rows of the raw tables out."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings

from transforms.parse.facility.facility import Facility
from transforms.parse.hl7 import read_hl7
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.hl7.sheet import Sheet
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

Rows = dict[str, list[dict[str, Any]]]

MSH = "MSH|^~\\&|LAB|NORTH|IGW|CLINIC|20240315081500||ORU^R01|M1|P|2.5.1"
PID = "PID|1||1001^^^NORTH^MR||LARK^ANNA||19890105|F"
OBR = "OBR|1||F-1|IGS^Immunoglobulins^L|||20240314091500"
OBX = "OBX|1|NM|2472-9^IgM^LN||0.95|g/L|0.4-2.3|N|||F"
ORU = "\r".join((MSH, PID, OBR, OBX)) + "\r"


def source(path: Path) -> Source:
    content = path.read_bytes()
    delivery = (path.name, len(content), datetime(2024, 5, 1), datetime(2024, 5, 2))
    return Source(path, "north", hashlib.sha256(content).hexdigest(), *delivery)


def read(
    path: Path,
    content: bytes | str | None = None,
    message_filter: MessageFilter | None = None,
    processes: int = 1,
    part_bytes: int = 1 << 20,
    **keys: Any,
) -> Rows:
    """The rows of every raw table; `content` is first written to the path, or into the folder."""
    if content is not None:
        path = path / "delivered.hl7" if path.is_dir() else path
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    facility = Facility(**{"name": "north", "zone": "Europe/Berlin", **keys})
    rows: Rows = {table: [] for table in SCHEMAS}
    for table, batch in read_hl7(source(path), facility, message_filter, processes, part_bytes):
        assert not rows["source_file"], "source_file is the last"
        assert batch.schema == SCHEMAS[table]
        batch.validate(full=True)
        rows[table] += batch.to_pylist()
    assert len(rows["source_file"]) == 1
    return rows


def is_balanced(rows: Rows) -> bool:
    """Every OBX of the file is a row, counted in a reject, or skipped."""
    (source_file,) = rows["source_file"]
    rejected = sum(reject["n_results"] for reject in rows["reject"])
    positions = [row["position"] for row in rows["observation"]]
    assert len(set(positions)) == len(positions)
    return source_file["n_results"] == len(positions) + rejected + source_file["n_results_skipped"]


def as_csv(rows: Rows, columns: list[str]) -> str:
    """The rows of all tables but source_file; `columns` begins with table."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for table in ("observation", "patient", "merge", "exposure", "reject"):
        for row in rows[table]:
            cells = ({"table": table} | row).get
            writer.writerow(["" if cells(name) is None else cells(name) for name in columns])
    return file.getvalue()


def sheet_of(lines: Iterable[str]) -> Sheet:
    """A sheet of these lines, none of which holds a CR."""
    return Sheet("".join(f"{line}\r" for line in lines).encode())
