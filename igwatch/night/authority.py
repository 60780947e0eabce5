"""Whose numbers are whose: raw rows are given the label of the authority that issued their number.

Nearly every home sends one authority under one name, and its rows stay as they were read. Where
one name stands for several authorities, or several names for one, raw.* become views in which
`assigning_authority` says which, whatever order the files came in (docs/decisions/0064).
"""

from __future__ import annotations

import duckdb

from igwatch.base.paths import ROOT

FOLDER = ROOT / "igwatch" / "night" / "query"
SENT = ("assigning_authority_universal_id", "assigning_facility", "identifier_type_code")
# of each raw table, the columns of an authority with the number it issued
SIDES = {
    "observation": {"assigning_authority": "patient_id"},
    "patient": {"assigning_authority": "patient_id"},
    "exposure": {"assigning_authority": "patient_id"},
    "merge": {
        "retired_assigning_authority": "retired_id",
        "surviving_assigning_authority": "surviving_id",
    },
}


def resolve_authorities(con: duckdb.DuckDBPyConnection) -> None:
    """Make run.issuer, and of raw.* views with resolved authorities where anything differs."""
    _create(con, "issuer")
    ((is_plain,),) = con.execute(
        "SELECT count(*) = 0 FROM run.issuer WHERE is_shared OR label <> assigning_authority"
    ).fetchall()
    if is_plain:
        return
    _create(con, "shared_number")
    for table, sides in SIDES.items():
        _resolve(con, table, sides)


def _create(con: duckdb.DuckDBPyConnection, name: str) -> None:
    query = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    con.execute(f"CREATE OR REPLACE TABLE run.{name} AS {query}")


def _resolve(con: duckdb.DuckDBPyConnection, table: str, sides: dict[str, str]) -> None:
    views = "SELECT * FROM duckdb_views() WHERE schema_name = 'raw' AND view_name = $1"
    is_view = bool(con.execute(views, [table]).fetchall())
    kind = "VIEW" if is_view else "TABLE"
    con.execute(f"DROP {kind} IF EXISTS raw.{table}_as_sent")
    con.execute(f"ALTER {kind} raw.{table} RENAME TO {table}_as_sent")
    labels, joins = [], []
    for number, (authority, patient_id) in enumerate(sides.items()):
        labels.append(f"coalesce(n{number}.label, i{number}.label, o.{authority}) AS {authority}")
        joins.append(_join("issuer", f"i{number}", authority))
        joins.append(
            f"{_join('shared_number', f'n{number}', authority)} "
            f"AND o.{patient_id} = n{number}.patient_id"
        )
    con.execute(
        f"CREATE VIEW raw.{table} AS SELECT o.* REPLACE ({', '.join(labels)}) "
        f"FROM raw.{table}_as_sent AS o {' '.join(joins)}"
    )


def _join(name: str, alias: str, authority: str) -> str:
    sent = " AND ".join(f"o.{column} IS NOT DISTINCT FROM {alias}.{column}" for column in SENT)
    return (
        f"LEFT JOIN run.{name} AS {alias} ON o.facility = {alias}.facility "
        f"AND o.{authority} = {alias}.assigning_authority AND {sent}"
    )
