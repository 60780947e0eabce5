"""Run the SQL models into a private DuckDB file, each after those it reads.

A model is `models/<schema>/<table>.sql`, a bare SELECT; the file's place is the table's name.
One whose header has a line `-- view: why` is a view: computed where it is read, stored nowhere.
One with a line `-- joins as written: why` is joined in the order it is written in, each time with
the right side in memory: DuckDB guesses that an anti-join or a filter keeps a fifth of the rows.
One with a line `-- in parts of <table>: why` is built part by part where that table is large for
the memory there is: it takes only the rows that fall to part `part` of `n_parts` (variables).
What a model reads is asked of DuckDB's own parser, so no order is written down anywhere.
`models/macro.sql` holds the words that models share; they are created before any model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb

from igwatch.base.error import IgwatchError
from igwatch.base.sql import value

VIEW = re.compile(r"\A(?:--.*\n)*-- view: ")
AS_WRITTEN = re.compile(r"\A(?:--.*\n)*-- joins as written: ")
GUESSING = "join_order,build_side_probe_side"
IN_PARTS = re.compile(r"\A(?:--.*\n)*-- in parts of (\S+): ")
# Measured by `make bench-build` (docs/decisions/0059): a row and the joins it stands in take 250
# bytes, and writing a table takes a quarter of a GB however few its rows are. Where the limit is
# hardly more than that, a part still counts on 50 MB, so that there is an end of parts.
BYTES_PER_ROW = 250
BYTES_TO_WRITE = 250_000_000
LEAST_BYTES_PER_PART = 50_000_000
N_PARTS = f"""
SELECT greatest(1, ceil(count(*) * {BYTES_PER_ROW} / greatest(
    parse_formatted_bytes(current_setting('memory_limit'))::DOUBLE - {BYTES_TO_WRITE},
    {LEAST_BYTES_PER_PART}
)))::INTEGER FROM {{}}
"""


class ModelError(IgwatchError):
    """A model that cannot be built; the text names the model and DuckDB's reason."""


def build_models(
    con: duckdb.DuckDBPyConnection, models: Path, wanted: Collection[str]
) -> list[str]:
    """Create the tables of `wanted` (schemas, or single schema.table) in the order they need.

    Returns their names in that order. Other tables that the models read must exist.
    Raises ModelError.
    """
    files = {f"{p.parent.name}.{p.stem}": p for p in sorted(models.glob("*/*.sql"))}
    wanted = {n: path for n, path in files.items() if {n, n.split(".")[0]} & set(wanted)}
    texts = {name: path.read_text(encoding="utf-8") for name, path in wanted.items()}
    sources = {name: _tables_in(text) & texts.keys() for name, text in texts.items()}
    try:
        order = list(TopologicalSorter(sources).static_order())
    except CycleError as error:
        raise ModelError(
            f"models read each other in a circle: {error.args[1]}", "break it in one of them"
        ) from None
    create_macros(con, models)
    for schema in sorted({name.split(".")[0] for name in order}):
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for name in order:
        _create(con, name, texts[name])
    return order


def create_macros(con: duckdb.DuckDBPyConnection, models: Path) -> None:
    """The words that models share (macro.sql), for whoever asks questions beside them."""
    if (macros := models / "macro.sql").exists():
        con.execute(macros.read_text(encoding="utf-8"))


def tables_read(model: Path) -> frozenset[str]:
    """The schema.table names in a model's FROM and JOIN clauses."""
    return _tables_in(model.read_text(encoding="utf-8"))


@cache
def _tables_in(model: str) -> frozenset[str]:
    """Asked once of each text. One that cannot be parsed reads nothing here: creating the model
    says what is wrong with it."""
    parsed = json.loads(value(_parser(), "SELECT json_serialize_sql($1)", [model]))
    return frozenset(f"{n['schema_name']}.{n['table_name']}" for n in _base_tables(parsed))


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """One connection for all models: opening one takes longer than parsing what it is asked."""
    return duckdb.connect()


def _base_tables(node: object) -> Iterator[dict]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE" and node.get("schema_name"):
            yield node
        for inner in node.values():
            yield from _base_tables(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _base_tables(inner)


def _create(con: duckdb.DuckDBPyConnection, name: str, model: str) -> None:
    try:
        con.execute(f"SET disabled_optimizers = '{GUESSING if AS_WRITTEN.search(model) else ''}'")
        if VIEW.search(model):
            con.execute(f"CREATE OR REPLACE VIEW {name} AS {model}")
        else:
            _fill(con, name, model)
    except duckdb.Error as error:
        # DuckDB quotes the value that did not fit: the kind of error is safe, its text is not
        fault = type(error).__name__
        safe = isinstance(
            error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException
        )
        why = str(error).splitlines()[0] if safe else f"{fault} while it ran"
        raise ModelError(
            f"model {name}: {why}", f"look at transforms/models/{name.replace('.', '/')}.sql"
        ) from None
    finally:
        con.execute("RESET disabled_optimizers")


def _fill(con: duckdb.DuckDBPyConnection, name: str, model: str) -> None:
    """The model's table, of one part or of several, one after the other."""
    in_parts = IN_PARTS.search(model)
    n_parts = value(con, N_PARTS.format(in_parts[1])) if in_parts else 1
    for part in range(n_parts):
        if in_parts:
            con.execute(f"SET VARIABLE n_parts = {n_parts}")
            con.execute(f"SET VARIABLE part = {part}")
        create = "INSERT INTO {} BY NAME {}" if part else "CREATE OR REPLACE TABLE {} AS {}"
        con.execute(create.format(name, model))
