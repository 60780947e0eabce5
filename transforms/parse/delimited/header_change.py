"""A second header among the rows, with the columns in another order: two exports in one file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.delimited.layout import Layout
from transforms.parse.delimited.row import Rows, truth

_LEAST_CELLS = 3


class HeaderChange:
    """Says which rows stand under another header than the file's first, block after block.

    Read by the first one, a value could be taken for a unit or one date for another. The first
    header repeated as it is (refused as such by the readers) ends what another one began.
    """

    def __init__(self, layout: Layout) -> None:
        self._headers = pa.array([header.strip() for header in layout.headers if header.strip()])
        self._own = {n: layout.headers[i].strip() for n, i in layout.heading.place.items()}
        self._who = next(n for n in layout.heading.file_kind.required[0] if n in self._own)
        self._is_other = False

    def is_seen_in(self, rows: Rows) -> bool:
        """Whether any row stands under another header, or may be one."""
        if self._is_other:
            return True
        return bool(pc.any(pc.is_in(rows.trimmed(self._who), self._headers)).as_py())

    def is_other(self, rows: Rows) -> np.ndarray:
        """Which rows of the next block are another header, or stand under one."""
        cells = {name: rows.trimmed(name) for name in self._own}
        named = [truth(pc.is_in(column, self._headers)) for column in cells.values()]
        own = [truth(pc.equal(column, self._own[name])) for name, column in cells.items()]
        is_header = np.sum(named, axis=0) >= min(_LEAST_CELLS, len(named))
        is_own = np.all(own, axis=0)
        other = np.zeros(len(rows), bool)
        start = 0
        for i in np.flatnonzero(is_header).tolist():
            other[start:i] = self._is_other
            self._is_other, start = not is_own[i], i
        other[start:] = self._is_other
        return other
