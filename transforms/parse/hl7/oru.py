"""Which result belongs to whom: the segments of ORU and OUL messages, put on a sheet.

A flat state machine: PID begins a patient and ends the order, OBR begins an order, SPM joins the
order it follows, or all that follow it where it comes before the first OBR of the patient. No
grammar groups segments, so a segment out of place cannot move a result to another patient.
"""

from __future__ import annotations

from transforms.parse.hl7.message import Place
from transforms.parse.hl7.segment_table import SegmentTable


def read_results(ids: list[str], lines: list[str], place: Place, sheet: SegmentTable) -> None:
    """Puts every OBX of a message on the sheet, with its patient, order, specimens and notes."""
    sheet.msh.append(lines[0])
    sheet.place.append(place)
    groups = _Groups(sheet)
    noted = ""
    for at, segment in enumerate(ids):
        if segment == "OBX":
            noted = segment
            sheet.obx.append(lines[at])
            sheet.obx_at.append(at)
            sheet.obx_order.append(groups.order if groups.order >= 0 else groups.without_obr())
        elif segment == "NTE":
            if noted == "OBX":
                sheet.nte.append(lines[at])
                sheet.nte_result.append(len(sheet.obx) - 1)
            elif noted == "OBR":
                sheet.order_nte.append(lines[at])
                sheet.nte_order.append(groups.order)
        elif segment and segment[0] != "Z":
            noted = segment
            if segment in _BEGINS:
                _BEGINS[segment](groups, lines[at], at)


class _Groups:
    """The patient and the order that the segments of one message belong to at this point."""

    __slots__ = ("_ahead", "_has_obr", "_orc", "_patient", "_sheet", "order")

    def __init__(self, sheet: SegmentTable) -> None:
        self._sheet = sheet
        self._patient = -1
        self._reset()

    def _reset(self) -> None:
        self.order = -1
        self._orc = ""
        self._ahead = -1
        self._has_obr = False

    def pid(self, line: str, at: int) -> None:
        self._patient = self._sheet.patient(line, at)
        self._reset()

    def orc(self, line: str, at: int) -> None:
        self._orc = line

    def obr(self, line: str, at: int) -> None:
        if self._patient < 0:
            self._patient = self._sheet.patient("", 0)
        self.order = self._sheet.order(line, self._orc, self._patient, self._ahead)
        self._has_obr = True
        self._orc = ""

    def without_obr(self) -> int:
        """The order of results that stand without an OBR."""
        has_obr = self._has_obr
        self.obr("", 0)
        self._has_obr = has_obr
        return self.order

    def spm(self, line: str, at: int) -> None:
        """Ahead of the first OBR it holds for the orders below it, else for the one above it."""
        if self._has_obr and self._ahead < 0:
            self._sheet.specimen(line, self._specimens_of_order())
            return
        if self._ahead < 0 or self.order >= 0:
            self._ahead = self._sheet.specimens()
        self._sheet.specimen(line, self._ahead)
        self.order = -1

    def _specimens_of_order(self) -> int:
        specimens = self._sheet.obr_specimens
        if specimens[self.order] < 0:
            specimens[self.order] = self._sheet.specimens()
        return specimens[self.order]


_BEGINS = {"PID": _Groups.pid, "ORC": _Groups.orc, "OBR": _Groups.obr, "SPM": _Groups.spm}
