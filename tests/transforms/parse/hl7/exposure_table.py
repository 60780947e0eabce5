"""Exposures for tests: the segments of a message in, a table of the rows of raw.exposure out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.transforms.parse.hl7.hl7_file import MSH, PID, Rows, read


def message(kind: str, *segments: str, pid: str = PID) -> str:
    """A message of 2024-03-15 about one patient."""
    return "\r".join((MSH.replace("ORU^R01", kind), *filter(None, (pid,)), *segments)) + "\r"


def exposures(folder: Path, kind: str, segments: str, pid: str = PID) -> Rows:
    """The rows of all raw tables of a message, its segments one a line."""
    lines = [line.strip() for line in segments.strip().splitlines()]
    return read(folder, message(kind, *lines, pid=pid))


def table(rows: list[dict[str, Any]], names: str) -> list[str]:
    """The named columns of each row, apart by a bar; lines of one cell are joined by a slash."""
    return [" | ".join(_shown(row[name]) for name in names.split()) for row in rows]


def expected(text: str) -> list[str]:
    """The rows of a table as written in a test; blanks around cells do not count."""
    rows = [line.split("|") for line in text.strip().splitlines()]
    return [" | ".join(cell.strip() for cell in row) for row in rows]


def _shown(cell: object) -> str:
    return "-" if cell is None else str(cell).replace("\n", " / ")
