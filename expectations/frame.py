"""The rows that are checked, taken out of a build a few columns at a time.

The rows of a suite that is `checked: read` are those of the query `<table>.sql` beside it, with
$facility; one that is `checked: flag` is about its whole table. Only columns that a suite names are
ever taken, because all columns of a large build do not fit into memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from expectations.suite import FOLDER, load_suites

if TYPE_CHECKING:
    import pandas as pd

# A row of core.measurement takes 0.3 kB; above this, a few columns are taken at a time
ROWS_AT_ONCE = 250_000


@dataclass(frozen=True)
class Rows:
    """The rows of one table: how many, which columns there are, and how to take some of them.

    `digest_of` says of some of them what any change of any cell would change, whatever their order,
    where they come from a build.
    """

    n: int
    columns: tuple[str, ...]
    take: Callable[[list[str]], pd.DataFrame]
    digest_of: Callable[[list[str]], str] | None = None

    def frame(self, wanted: Iterable[str]) -> pd.DataFrame:
        """Those of the wanted columns that there are."""
        return self.take(self._there(wanted))

    def digest(self, wanted: Iterable[str]) -> str | None:
        """A digest of every cell of the wanted columns and the names of all; None for a frame."""
        if self.digest_of is None:
            return None
        return f"{self.n} {self.columns} {self.digest_of(self._there(wanted))}"

    def _there(self, wanted: Iterable[str]) -> list[str]:
        wanted = set(wanted)
        return [column for column in self.columns if column in wanted]


def rows_of(frame: pd.DataFrame) -> Rows:
    """A data frame as rows to be checked."""
    return Rows(len(frame), tuple(frame.columns), lambda columns: frame[columns])


def read_frames(con: duckdb.DuckDBPyConnection, facility: str) -> dict[str, Rows]:
    """What was read tonight from `facility`, by table, to be checked before anyone is flagged."""
    return {
        suite.table: _rows(
            con,
            (FOLDER / f"{suite.table}.sql").read_text(encoding="utf-8"),
            {"facility": facility},
        )
        for suite in load_suites().values()
        if suite.checked == "read"
    }


def flag_frames(con: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    """What is to be published, by table, to be checked before anyone may see it."""
    return {
        suite.table: _rows(con, f"FROM {suite.table}", {})
        for suite in load_suites().values()
        if suite.checked == "flag"
    }


def _rows(con: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, str]) -> Rows:
    relation = con.sql(query, params=parameters)

    def take(columns: list[str]) -> pd.DataFrame:
        cells = relation.select(*columns).to_arrow_table() if columns else pa.table({})
        return cells.to_pandas(date_as_object=False)

    def digest_of(columns: list[str]) -> str:
        cells = ", ".join(f'"{column}"' for column in columns)
        hashed = f"hash({cells}) AS cells" if columns else "0 AS cells"
        sums = relation.project(hashed).aggregate("sum(cells), bit_xor(cells)")
        return f"{relation.types} {sums.to_arrow_table().to_pylist()}"

    n_rows = relation.count("*").to_arrow_table()[0][0].as_py()
    return Rows(n_rows, tuple(relation.columns), take, digest_of)
