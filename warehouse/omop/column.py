"""The tables of OMOP CDM 5.4 that are shown: column.csv holds names, types and what is required.

Facts of OHDSI's OMOP_CDMv5.4_Field_Level.csv (Apache-2.0; source OMOP_CDM_54 in
transforms/knowledge/source.csv), without its text.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

COLUMN = Path(__file__).with_name("column.csv")
# float is no NUMERIC here: DuckDB takes that for three decimals, too few for IgM (decision 0124)
DUCKDB = {"integer": "INTEGER", "float": "DOUBLE", "date": "DATE", "datetime": "TIMESTAMP"}
_LIMITED = re.compile(r"varchar\((\d+)\)")


@dataclass(frozen=True)
class CdmColumn:
    """A column of a table of the model; `type` is the model's own word for it."""

    name: str
    type: str
    is_required: bool

    @property
    def length(self) -> int | None:
        """How many characters a text may have; None where the model sets no limit."""
        match = _LIMITED.fullmatch(self.type)
        return int(match[1]) if match else None

    @property
    def duckdb_type(self) -> str:
        return DUCKDB.get(self.type, "VARCHAR")

    def cast(self, value: str) -> str:
        """A value of SQL as the model wants it."""
        cast = f"({value})::{self.duckdb_type}"
        return f"left({cast}, {self.length})" if self.length else cast


@cache
def cdm_tables(path: Path = COLUMN) -> dict[str, tuple[CdmColumn, ...]]:
    """Columns by table, in the model's order."""
    tables: dict[str, tuple[CdmColumn, ...]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            column = CdmColumn(row["column"], row["type"], row["is_required"] == "true")
            tables[row["table"]] = (*tables.get(row["table"], ()), column)
    return tables
