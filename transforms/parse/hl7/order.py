"""The OBR, ORC and SPM segments of a segment table, column by column: one entry per order."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.field_column import first, joined, mapped, mapped_apart
from transforms.parse.hl7.segment_table import SegmentTable
from transforms.parse.hl7.sheet import Fields
from transforms.parse.hl7.specimen import Specimens

_CONTROL_WORDS = re.compile(r"proficiency|quality control|control material|calibrat", re.IGNORECASE)


class Orders:
    """What the results of an order share. A segment that is missing is a row of NULLs."""

    def __init__(self, segment_table: SegmentTable) -> None:
        obr = self._obr = segment_table.sheet.fields(segment_table.obr)
        orc = segment_table.sheet.fields(segment_table.orc)
        self._specimens = Specimens(segment_table)
        self._set = segment_table.obr_specimens
        self.placer_order_number = _either(first(obr[2]), orc, 2)
        self.filler_order_number = _either(first(obr[3]), orc, 3)
        self.universal_service_identifier, self.further_services = mapped_apart(obr[4], _service, 2)
        self.requested_at = obr[7]
        self.reported_at = obr[22]
        self.status = mapped(obr[25], datatype.status)
        self.specimen_id = self._of_set(self._specimens.id)
        source, further_source = mapped_apart(obr[15], _specimen, 2)
        self.specimen_type = pc.coalesce(self._of_set(self._specimens.type), source)
        self.further_specimens = joined(self._of_set(self._specimens.further), further_source)
        self.collected_at = self._of_set(self._specimens.collected_at)

    def control_fields(self) -> np.ndarray:
        """OBR-15 or SPM-11 for each order whose specimen it says is no patient's, else ''."""
        is_worded = mapped(self._obr[15], _control_word).is_valid().to_numpy(zero_copy_only=False)
        of_control = np.append(self._specimens.of_control(), False)  # the last is for no specimen
        return np.where(is_worded, "OBR-15", np.where(of_control[self._set], "SPM-11", ""))

    def _of_set(self, column: pa.StringArray) -> pa.StringArray:
        return column.take(pa.array(self._set, mask=self._set < 0))


def _either(number: pa.StringArray, orc: Fields, field: int) -> pa.StringArray:
    """The number of OBR, else that of the ORC above it."""
    return pc.coalesce(number, first(orc[field])) if number.null_count else number


def _service(obr_4: str) -> tuple[str | None, str | None]:
    """OBR-4: the code of the order, and what the field says besides."""
    stated = datatype.service(obr_4)
    return stated, datatype.further(obr_4, "OBR-4", (stated,))


def _specimen(obr_15: str) -> tuple[str | None, str | None]:
    """OBR-15: the specimen, and all that the field says, the specimen too."""
    return datatype.specimen(obr_15), datatype.further(obr_15, "OBR-15", components=range(1, 8))


def _control_word(obr_15: str) -> str | None:
    return obr_15 if _CONTROL_WORDS.search(obr_15) else None
