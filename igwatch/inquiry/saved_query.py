"""The questions that inquiries ask of DuckDB: query/<name>.sql, each with a header that says what
a row is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from igwatch.base.error import PipelineError
from igwatch.base.sql import rows

FOLDER = Path(__file__).with_name("query")


def answers(
    con: duckdb.DuckDBPyConnection,
    name: str,
    given: Mapping[str, Any] | None = None,
    folder: Path = FOLDER,
) -> list[dict[str, Any]]:
    """The rows of <folder>/<name>.sql as dicts, asked as answer_table does."""
    return answer_table(con, name, given, folder).to_pylist()


def answer_table(
    con: duckdb.DuckDBPyConnection,
    name: str,
    given: Mapping[str, Any] | None = None,
    folder: Path = FOLDER,
) -> pa.Table:
    """The rows of <folder>/<name>.sql as an Arrow table; `given` are its parameters.

    Raises PipelineError where the tables are of a release that had other columns, and where the
    catalogue names another place: a home that was moved, until its next night.
    """
    query = (folder / f"{name}.sql").read_text(encoding="utf-8")
    try:
        return rows(con, query, given)
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        what = str(error).splitlines()[0]
        raise PipelineError(
            f"what is published is of another release ({what})", "run: igwatch run"
        ) from None
    except duckdb.IOException:
        raise PipelineError(
            "the catalogue names files that are not there; was the home moved?", "run: igwatch run"
        ) from None
