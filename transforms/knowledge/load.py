"""Reads the knowledge folder: every CSV is one Arrow table, its rows in the order of the file.

A header or a cell that schema.py does not declare is refused, so that no clinical number is read
as something else.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pyarrow as pa
from pyarrow.csv import ConvertOptions, ReadOptions, read_csv

from igwatch.base.error import IgwatchError
from transforms.knowledge.schema import COLUMNS, column_types

FOLDER = Path(__file__).parent


class KnowledgeError(IgwatchError):
    """A knowledge file that cannot be used; one line with file, fault and mend."""


def load_knowledge(folder: Path = FOLDER) -> dict[str, pa.Table]:
    """Every *.csv of the folder as a table named by its stem; an empty cell is NULL.

    Columns are text except those typed in schema.TYPES. Raises KnowledgeError when a header is
    not the declared one or a cell does not fit its column's type.
    """
    return {path.stem: _table(path) for path in sorted(folder.glob("*.csv"))}


def check_threshold(name: str) -> float:
    """A number of check_threshold.csv, which the checks and what quality tables hide go by."""
    rows = _table(FOLDER / "check_threshold.csv").to_pylist()
    return {row["threshold"]: row["value"] for row in rows}[name]


def knowledge_version(folder: Path = FOLDER) -> str:
    """First 12 hex digits of sha256 over the names and bytes of all CSV files, in name order."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.csv")):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def _table(path: Path) -> pa.Table:
    header = _header(path)
    convert = ConvertOptions(
        column_types=column_types(header),
        null_values=[""],
        strings_can_be_null=True,
        true_values=["true"],
        false_values=["false"],
    )
    try:
        return read_csv(path, ReadOptions(encoding="utf8"), convert_options=convert)
    except pa.ArrowInvalid as error:
        raise KnowledgeError(
            f"{path.name}: {' '.join(str(error).split())}",
            "correct that cell; schema.py has the types",
        ) from None


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
    declared = COLUMNS.get(path.stem, "").split()
    if not declared:
        raise KnowledgeError(f"{path.name}: not declared in schema.py", "add its columns there")
    if header != declared:
        raise KnowledgeError(
            f"{path.name}: header is {','.join(header)}", f"schema.py declares {','.join(declared)}"
        )
    return header
