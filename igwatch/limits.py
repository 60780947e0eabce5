"""The tables of limits that a home's facilities may name: the published ones and their own."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from igwatch.home import Home
from transforms.knowledge import load_knowledge
from transforms.knowledge.own_limit import LimitError, read_limits
from transforms.parse.facility import Facility


def own_limits(home: Home, facilities: Iterable[Facility]) -> pa.Table:
    """What these facilities approved for themselves, as rows of reference_interval.

    Raises LimitError, also where a facility's reference_set names a table that is not there.
    """
    facilities = sorted(facilities, key=lambda f: f.name)
    knowledge = load_knowledge()
    published = knowledge["reference_interval"]
    units = {row["analyte"]: row["unit"] for row in knowledge["analyte"].to_pylist()}
    own = [read_limits(home.facility, f.name, published, units) for f in facilities]
    tables = [set(rows["table_id"].to_pylist()) for rows in own]
    for facility, mine in zip(facilities, tables, strict=True):
        others = set().union(*(t for t in tables if t is not mine))
        if mine & others:
            raise LimitError(
                f"{facility.name}.limits.csv: another facility has a table of that name; "
                "begin its table_id with the facility's name"
            )
        unknown = sorted(
            set(facility.reference_set) - mine - set(published["table_id"].to_pylist())
        )
        if unknown:
            raise LimitError(
                f"{facility.name}.yaml: reference_set names {', '.join(unknown)}, which is no "
                f"published table and not in {facility.name}.limits.csv"
            )
    return pa.concat_tables([published.schema.empty_table(), *own])
