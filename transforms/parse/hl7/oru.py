"""Which result belongs to whom: the segments of messages of results, put into a segment table.

A flat state machine: PID begins a patient and ends the order, OBR begins an order, ORC ends the
order before it (in OUL it stands below its OBR), SPM joins the order it follows, the one that its
ORC announces, or all that follow it where it comes before the first OBR of the patient. No grammar
groups segments, so a segment out of place cannot move a result to another patient.
"""

from __future__ import annotations

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.er7 import FIELD
from transforms.parse.hl7.message import Place
from transforms.parse.hl7.segment_table import SegmentTable
from transforms.parse.hl7.withdrawal import is_cancelled


def read_results(
    ids: list[str], lines: list[str], place: Place, table: SegmentTable, is_oul: bool = False
) -> None:
    """Put every OBX of a message into the table, with its patient, order, specimens and notes."""
    table.msh.append(lines[0])
    table.place.append(place)
    groups = _Groups(table, is_oul)
    commented = ""  # the id of the segment that an NTE would comment on
    n_lines = len(ids)
    end = 0  # behind the run of results that was read last
    for at, segment in enumerate(ids):
        if at < end:
            continue
        if segment == "OBX":
            commented = segment
            end = at + 1
            while end < n_lines and ids[end] == "OBX":
                end += 1
            order = groups.order if groups.order >= 0 else groups.without_obr()
            table.obx += lines[at:end]
            table.obx_at += range(at, end)
            table.obx_order += [order] * (end - at)
        elif segment == "NTE":
            if commented == "OBX":
                table.nte.append(lines[at])
                table.nte_result.append(len(table.obx) - 1)
            elif commented == "OBR":
                table.order_nte.append(lines[at])
                table.nte_order.append(groups.order)
        elif segment and segment[0] != "Z":
            commented = segment
            if segment in _BEGINS:
                _BEGINS[segment](groups, lines[at], at)
    groups.end_orc()


class _Groups:
    """The patient and the order that the next segment of a message belongs to; -1 is none yet.

    `_specimens_ahead` is the set of specimens that stands before the first OBR of the patient,
    `_specimens_next` the one between an ORC and its OBR.
    """

    __slots__ = (
        "_has_obr",
        "_is_oul",
        "_orc",
        "_patient",
        "_specimens_ahead",
        "_specimens_next",
        "_table",
        "order",
    )

    def __init__(self, table: SegmentTable, is_oul: bool) -> None:
        self._table = table
        self._is_oul = is_oul
        self._reset(-1)

    def _reset(self, patient: int) -> None:
        self._patient = patient
        self.order = -1
        self._orc = ""
        self._specimens_ahead = -1
        self._specimens_next = -1
        self._has_obr = False

    def pid(self, line: str, at: int) -> None:
        if self._orc:
            self.end_orc()
        self._reset(self._table.add_patient(line, at))

    def orc(self, line: str, at: int) -> None:
        """Of the OBR to come; of the one above if it repeats its number, or right below in OUL."""
        table = self._table
        if self.order >= 0 and (self._is_below_obr() or _is_same(line, table.obr[self.order])):
            table.orc[self.order] = table.orc[self.order] or line
            return
        self.end_orc()
        self.order, self._orc = -1, line

    def _is_below_obr(self) -> bool:
        """Whether the order has no results yet, in OUL."""
        return self._is_oul and self._table.obx_order[-1:] != [self.order]

    def end_orc(self) -> None:
        """An order without an OBR gives no results, but may be taken back."""
        if self._orc and is_cancelled(self._orc):
            if self._patient < 0:
                self._patient = self._table.add_patient("", 0)
            self._table.add_order("", self._orc, self._patient, -1)
        self._orc = ""

    def obr(self, line: str, at: int) -> None:
        if self._patient < 0:
            self._patient = self._table.add_patient("", 0)
        specimens = self._specimens_ahead if self._specimens_next < 0 else self._specimens_next
        self.order = self._table.add_order(line, self._orc, self._patient, specimens)
        self._has_obr = True
        self._orc = ""
        self._specimens_next = -1

    def without_obr(self) -> int:
        """The order of results that stand without an OBR."""
        has_obr = self._has_obr
        self.obr("", 0)
        self._has_obr = has_obr
        return self.order

    def spm(self, line: str, at: int) -> None:
        """Of the order that an ORC has announced; ahead of the first OBR of those below it; else
        of the one above it."""
        if self._orc:
            if self._specimens_next < 0:
                self._specimens_next = self._table.begin_specimens()
            self._table.add_specimen(line, self._specimens_next)
            return
        if self._has_obr and self._specimens_ahead < 0:
            self._table.add_specimen(line, self._specimens_of_order())
            return
        if self._specimens_ahead < 0 or self.order >= 0:
            self._specimens_ahead = self._table.begin_specimens()
        self._table.add_specimen(line, self._specimens_ahead)
        self.order = -1

    def _specimens_of_order(self) -> int:
        specimens = self._table.obr_specimens
        if specimens[self.order] < 0:
            specimens[self.order] = self._table.begin_specimens()
        return specimens[self.order]


def _is_same(orc: str, obr: str) -> bool:
    """Whether both state the same placer or filler number and no other one."""
    ordered, done = (([*line.split(FIELD, 4), "", "", "", ""])[2:4] for line in (orc, obr))
    pairs = [
        (datatype.first(number), datatype.first(other))
        for number, other in zip(ordered, done, strict=True)
        if number and other
    ]
    return bool(pairs) and all(number == other for number, other in pairs)


_BEGINS = {"PID": _Groups.pid, "ORC": _Groups.orc, "OBR": _Groups.obr, "SPM": _Groups.spm}
