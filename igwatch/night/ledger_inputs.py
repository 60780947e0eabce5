"""What earlier nights and people left for a run to know: releases, notes on deliveries, checks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from igwatch.night.run import Run
from igwatch.site.home import Home
from warehouse.decision_record import releases
from warehouse.ledger import Publication, publications

TEXT = pa.string()
RELEASE = pa.schema(
    [
        ("facility", TEXT),
        ("source_sha256", TEXT),
        ("withheld_run_id", TEXT),
        ("released_by", TEXT),
        ("why", TEXT),
        ("released_at", pa.timestamp("us")),
        ("is_tonight", pa.bool_()),
    ]
)
DELIVERY_NOTE = pa.schema(
    [("facility", TEXT), ("source_sha256", TEXT), ("note", TEXT), ("is_tonight", pa.bool_())]
)
PUBLISHED_CHECK = pa.schema(
    [
        ("as_of", pa.date32()),
        ("checked_run_id", TEXT),
        ("facility", TEXT),
        ("n_lines", pa.int64()),
        ("n_warning", pa.int64()),
        ("n_critical", pa.int64()),
    ]
)


def ledger_inputs(home: Home, run: Run) -> dict[str, pa.Table]:
    """The tables of schema `run` that come from the ledger, by name."""
    before = _before(publications(home.root), run)
    return {
        "release": _table(_releases(home, run), RELEASE),
        "delivery_note": _table(_notes(before), DELIVERY_NOTE),
        "published_check": _table(_checks(before), PUBLISHED_CHECK),
    }


def _before(recorded: list[Publication], run: Run) -> list[Publication]:
    """What was published before this run; a run made again does not find its own record."""
    own = [p.seq for p in recorded if p.run_id == run.run_id]
    return [p for p in recorded if not own or p.seq < own[0]]


def _releases(home: Home, run: Run) -> Iterable[tuple[Any, ...]]:
    known = frozenset(run.sources)
    for made in releases(home.root):
        for source in made.sources:
            if source in known:
                decided_at = made.decided_at.replace(tzinfo=None)
                facts = (made.run_id, made.decided_by, made.why, decided_at)
                yield (*source, *facts, source in run.released)


def _notes(before: list[Publication]) -> Iterable[tuple[Any, ...]]:
    for publication in before:
        for facility, note in publication.findings.warnings:
            for source in publication.delivery:
                if source[0] == facility:
                    yield (*source, note, False)


def _checks(before: list[Publication]) -> Iterable[tuple[Any, ...]]:
    for publication in before:
        for checked in publication.findings.checks:
            yield (publication.as_of, publication.run_id, *checked)


def _table(rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)
