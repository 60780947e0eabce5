"""The results of a file, as they wait to become batches of raw.observation."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from transforms.parse.raw.schema import OBSERVATION
from transforms.parse.raw.source import Source


class ResultRows:
    """Collects rows and numbers them."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rows: list[dict[str, Any]] = []
        self._n = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: dict[str, Any]) -> None:
        """A row by its columns; those left out are NULL."""
        self._n += 1
        row["position"] = self._n
        self._rows.append(row)

    def flush(self) -> pa.RecordBatch | None:
        """All rows that wait, as a batch."""
        rows, self._rows = self._rows, []
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
