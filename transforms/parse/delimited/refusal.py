"""The refusals of one delimited file, numbered, as rows of raw.reject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_letters, digits

import numpy as np
import pyarrow as pa

from transforms.parse.delimited.record import Records
from transforms.parse.delimited.row import batch
from transforms.parse.facility.canonical_file import RESULTS
from transforms.parse.raw.reject import shape
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.source import Source

_OUTLINE: dict[int, str | int] = {code: "?" for code in range(128) if not chr(code).isprintable()}
_OUTLINE |= str.maketrans(digits + ascii_letters, "9" * 10 + "a" * 26 + "A" * 26)
_LENGTH = 40


@dataclass(frozen=True)
class Refusal:
    """One refusal of a row or of the whole file. `reason` is a key of reject_reason.csv.

    `found` is a shape (raw/reject.py), never a value. `record` is the 0-based place of the row in
    its block's records.
    """

    reason: str
    field: str | None = None
    found: str | None = None
    n_results: int = 0
    record: int | None = None
    line: int | None = None


def outline(text: str | None) -> str | None:
    """`shape`, quickly for plain ASCII: a bad export may hold a million refusals."""
    if not text or not text.isascii():
        return shape(text)
    return text[:_LENGTH].translate(_OUTLINE) + ("…" if len(text) > _LENGTH else "")


class Refusals:
    """Gives each refusal its position in the file. Only rows of results hold results."""

    def __init__(self, source: Source, unit: str) -> None:
        self._source = source
        self._unit = unit
        self._n = 0

    def of_file(self, refusal: Refusal) -> pa.RecordBatch:
        """The whole file is refused."""
        return self._batch([refusal], "file", "file", {})

    def of_rows(self, refusals: Sequence[Refusal], records: Records) -> pa.RecordBatch:
        """Rows of one block are refused: each with its line and its bytes in the source."""
        starts = records.block.source_starts
        record = np.array([refusal.record for refusal in refusals], np.int64)
        first, behind = records.line[record], records.line_behind[record]
        where = {
            "line_number": first + records.block.line,
            "byte_offset": starts[first],
            "byte_length": starts[behind] - starts[first],
        }
        return self._batch(refusals, "row", self._unit, where)

    def _batch(
        self, refusals: Sequence[Refusal], level: str, unit: str, where: dict
    ) -> pa.RecordBatch:
        """Rows of raw.reject; `where` holds further columns, one entry per refusal each."""
        n, holds_results = len(refusals), self._unit == RESULTS.unit
        listed = {
            "position": range(self._n + 1, self._n + n + 1),
            "line_number": [refusal.line for refusal in refusals],
            "field": [refusal.field for refusal in refusals],
            "reason_code": [refusal.reason for refusal in refusals],
            "found": [refusal.found for refusal in refusals],
            "n_results": [refusal.n_results * holds_results for refusal in refusals],
        } | where
        self._n += n
        schema = SCHEMAS["reject"]
        columns = {name: pa.array(cells, schema.field(name).type) for name, cells in listed.items()}
        columns |= {"facility": self._source.facility, "source_sha256": self._source.sha256}
        return batch("reject", n, columns | {"level": level, "unit": unit})
