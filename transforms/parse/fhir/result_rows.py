"""The results of a file, as they wait to become batches of raw.observation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.raw.schema import OBSERVATION
from transforms.parse.raw.source import Source


class ResultRows:
    """Collects rows. `n_skipped` results named nothing that `message_filter` looks for: they are
    no immunoglobulins', and are counted and not kept."""

    def __init__(self, source: Source, message_filter: MessageFilter | None) -> None:
        self._source, self._message_filter = source, message_filter
        self._rows: list[dict[str, Any]] = []
        self._names: list[str] = []
        self._n = 0
        self.n_skipped = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: dict[str, Any], names: str) -> None:
        """A row, and the codes and names by which it is told whether it is of interest."""
        self._n += 1
        row["position"] = self._n
        self._rows.append(row)
        self._names.append(names)

    def flush(self) -> pa.RecordBatch | None:
        """All rows that wait and are of interest, as a batch."""
        rows, names, self._rows, self._names = self._rows, self._names, [], []
        if self._message_filter and rows:
            wanted = self._message_filter.names_any(names)
            self.n_skipped += int((~wanted).sum())
            rows = [rows[place] for place in np.flatnonzero(wanted).tolist()]
        if not rows:
            return None
        columns = {
            "facility": pa.repeat(pa.scalar(self._source.facility), len(rows)),
            "source_sha256": pa.repeat(pa.scalar(self._source.sha256), len(rows)),
        }
        for name in OBSERVATION.names:
            if name not in columns:
                cells = [row.get(name) for row in rows]
                columns[name] = pa.array(cells, OBSERVATION.field(name).type)
        return pa.RecordBatch.from_arrays(
            [columns[name] for name in OBSERVATION.names], schema=OBSERVATION
        )
