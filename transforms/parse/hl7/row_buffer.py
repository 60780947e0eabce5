"""Rows of all tables but results: collected as tuples, given out in batches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from transforms.parse.raw.reject import Reject, control_id_hash
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source


class RowBuffer:
    """Collects the rows of one source file; `n_waiting` of them are not given out yet."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._rows_of: dict[str, list[tuple]] = {
            "order_withdrawal": [],
            "patient": [],
            "merge": [],
            "exposure": [],
            "reject": [],
        }
        self._n_given = dict.fromkeys(self._rows_of, 0)
        self.n_refused_others = 0
        self.n_waiting = 0

    def add(self, table: str, *row: object) -> None:
        """A row of any table but reject, from message_number on, without its position."""
        self._rows_of[table].append(row)
        self.n_waiting += 1

    def refuse(self, reject: Reject) -> None:
        """A row of reject."""
        self.n_refused_others += reject.unit in ("merge", "exposure")
        self.n_waiting += 1
        self._rows_of["reject"].append(
            (
                reject.level,
                reject.unit,
                reject.number,
                reject.line,
                reject.offset,
                reject.length,
                reject.field,
                reject.reason,
                reject.found,
                control_id_hash(reject.control_id),
                reject.n_results,
            )
        )

    def count_given(self, table: str, n: int) -> int:
        """Count n rows that somebody else gives out; return how many were given out before."""
        before = self._n_given[table]
        self._n_given[table] += n
        return before

    @property
    def n_others(self) -> int:
        """Merges and exposures so far, stored or refused."""
        stored = sum(self._n_given[t] + len(self._rows_of[t]) for t in ("merge", "exposure"))
        return stored + self.n_refused_others

    def flush(self) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Everything collected so far, as batches."""
        for table, rows in self._rows_of.items():
            if rows:
                yield table, self._rows(table, rows)
                self._n_given[table] += len(rows)
                self._rows_of[table] = []
        self.n_waiting = 0

    def _rows(self, table: str, rows: list[tuple]) -> pa.RecordBatch:
        schema = SCHEMAS[table]
        columns = {
            "facility": pa.repeat(self.source.facility, len(rows)),
            "source_sha256": pa.repeat(self.source.sha256, len(rows)),
        }
        first = self._n_given[table] + 1
        columns["position"] = pa.array(np.arange(first, first + len(rows), dtype=np.int32))
        names = [name for name in schema.names if name not in columns]
        for name, cells in zip(names, zip(*rows, strict=True), strict=True):
            columns[name] = pa.array(cells, schema.field(name).type)
        return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)
