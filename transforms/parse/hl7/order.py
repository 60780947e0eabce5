"""The OBR, ORC and SPM segments of a sheet, column by column: one entry per order."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.column import TEXT, Components, Fields, first, first_repetition, mapped
from transforms.parse.hl7.sheet import Sheet

_CONTROL_ROLES = frozenset("BCEFOQV")  # HL7 table 0369: blind sample, calibrator, control ...
_CONTROL_WORDS = re.compile(r"proficiency|quality control|control material|calibrat", re.IGNORECASE)


class Orders:
    """What the results of an order share. `spm_11` and `obr_15` tell control material."""

    def __init__(self, sheet: Sheet) -> None:
        obr = self._obr = Fields(sheet.obr, last=25)
        self._spm = Fields(sheet.spm, last=17)
        self._n = len(sheet.obr)
        self._spm_order = np.array(sheet.spm_order, np.int64)
        self._has_several = len(set(sheet.spm_order)) < len(sheet.spm_order)
        self.placer_order_number = _either(first(obr[2]), sheet.orc, 2)
        self.filler_order_number = _either(first(obr[3]), sheet.orc, 3)
        self.universal_service_identifier = mapped(obr[4], datatype.service)
        self.requested_at = obr[7]
        self.reported_at = obr[22]
        self.status = mapped(obr[25], datatype.status)
        pair = Components(first_repetition(self._spm[2]))
        self.specimen_id = self._of_specimen(pc.coalesce(pair[1], pair[0]))
        self.specimen_type = self._specimen_type()
        self.collected_at = self._of_specimen(self._spm[17])

    def control_fields(self) -> dict[int, str]:
        """Orders whose specimen is no patient's, and the field that says so."""
        roles = mapped(self._spm[11], datatype.first).to_pylist()
        orders = zip(self._spm_order.tolist(), roles, strict=True)
        control = {order: "SPM-11" for order, role in orders if role in _CONTROL_ROLES}
        worded = mapped(self._obr[15], _control_word).is_valid().to_numpy(zero_copy_only=False)
        return control | {int(order): "OBR-15" for order in np.flatnonzero(worded)}

    def _of_specimen(self, column: pa.StringArray) -> pa.StringArray:
        """A column of specimens as a column of orders: the first specimen that has a value."""
        present = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))[::-1]
        place = np.full(self._n, -1, np.int64)
        place[self._spm_order[present]] = present
        return column.take(pa.array(place, mask=place < 0))

    def _specimen_type(self) -> pa.StringArray:
        """SPM-4, else OBR-15; several different specimens are all named, joined by ~."""
        stated = mapped(self._spm[4], datatype.specimen)
        types = self._of_specimen(stated)
        if self._has_several:
            types = self._joined(stated)
        return pc.coalesce(types, mapped(self._obr[15], datatype.specimen))

    def _joined(self, stated: pa.StringArray) -> pa.StringArray:
        named: list[dict[str, None]] = [{} for _ in range(self._n)]
        for order, kind in zip(self._spm_order.tolist(), stated.to_pylist(), strict=True):
            if kind:
                named[order][kind] = None
        return pa.array(["~".join(kinds) or None for kinds in named], TEXT)


def _either(number: pa.StringArray, orc: list[str], field: int) -> pa.StringArray:
    """The number of OBR, else that of the ORC above it."""
    return pc.coalesce(number, first(Fields(orc, last=3)[field])) if number.null_count else number


def _control_word(obr_15: str) -> str | None:
    return obr_15 if _CONTROL_WORDS.search(obr_15) else None
