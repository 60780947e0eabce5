"""The SPM segments of a segment table, column by column: one entry per set of specimens."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.field_column import (
    TEXT,
    Components,
    first_repetition,
    mapped,
    mapped_apart,
)
from transforms.parse.hl7.segment_table import SegmentTable

_CONTROL_ROLES = frozenset("BCEFOQV")  # HL7 table 0369: blind sample, calibrator, control ...


class Specimens:
    """Id, type and time of each set of specimens: of several the first that states it.

    The types of several are all named, joined by ~, so that none is taken for the other.
    """

    def __init__(self, segment_table: SegmentTable) -> None:
        self._spm = segment_table.sheet.fields(segment_table.spm)
        self._set = segment_table.spm_specimens
        self._n = segment_table.n_specimens
        pair = Components(first_repetition(self._spm[2]))  # the requester's, the laboratory's
        self.id = self._of_set(pc.coalesce(pair[1], pair[0]))
        kind, further = mapped_apart(self._spm[4], _specimen, 2)
        self.type = self._of_all(kind, "~")
        self.further = self._of_all(further, "\n")
        self.collected_at = self._of_set(self._spm[17])

    def of_control(self) -> np.ndarray:
        """Whether SPM-11 of a specimen of the set says that it is no patient's."""
        roles = mapped(self._spm[11], datatype.first).to_pylist()
        is_control = np.zeros(self._n, bool)
        is_control[self._set[[role in _CONTROL_ROLES for role in roles]]] = True
        return is_control

    def _of_set(self, column: pa.StringArray) -> pa.StringArray:
        present = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))[::-1]
        place = np.full(self._n, -1, np.int64)
        place[self._set[present]] = present  # where a set has several the first comes last
        return column.take(pa.array(place, mask=place < 0))

    def _of_all(self, stated: pa.StringArray, sign: str) -> pa.StringArray:
        """What each specimen of a set states, once, with `sign` in between."""
        if len(np.unique(self._set)) == len(self._set):
            return self._of_set(stated)
        named: list[dict[str, None]] = [{} for _ in range(self._n)]
        for number, kind in zip(self._set.tolist(), stated.to_pylist(), strict=True):
            if kind:
                named[number][kind] = None
        return pa.array([sign.join(kinds) or None for kinds in named], TEXT)


def _specimen(spm_4: str) -> tuple[str | None, str | None]:
    """SPM-4: the specimen, and all that the field says, the specimen too."""
    return datatype.specimen(spm_4), datatype.further(spm_4, "SPM-4")
