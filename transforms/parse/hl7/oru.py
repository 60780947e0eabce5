"""Which result belongs to whom, worked out once for all messages of the same shape.

The shape of a message is the kinds of its lines in their order. A flat state machine walks over
it: PID begins a patient and ends the order, OBR begins an order, ORC ends the order before it (in
OUL it stands below its OBR), SPM joins the order it follows, the one that its ORC announces, or all
that follow it where it comes before the first OBR of the patient. PV1 is of the patient above it:
of the orders that follow, up to the next one. No grammar groups segments, so a segment out of place
cannot move a result to another patient.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# The kinds of lines. NOTHING is passed over, as Z segments are: a note below comments on what is
# above. ORC says besides whether it repeats the number of the last OBR above it, and whether it
# takes its order back.
NOTHING, OTHER, OUL, PID, PV1, OBR, OBX, NTE, SPM = range(9)
ORC, REPEATED, CANCELLED = 12, 1, 2
MISSING = -1  # the line of a segment that is missing


@dataclass(slots=True)
class Shapes:
    """What the messages of each shape consist of; lines count from 0, those of the message.

    Lists of one kind run parallel; an int that names a patient, an order, a result or a set of
    specimens counts over all shapes. `begins` has, for each shape, how many there were before it of
    patients, orders, specimens, results, notes, notes on orders and sets of specimens. -1 is none.
    """

    pid: list[int] = field(default_factory=list)

    obr: list[int] = field(default_factory=list)
    orc: list[int] = field(default_factory=list)
    pv1: list[int] = field(default_factory=list)
    obr_patient: list[int] = field(default_factory=list)
    obr_specimens: list[int] = field(default_factory=list)

    spm: list[int] = field(default_factory=list)
    spm_specimens: list[int] = field(default_factory=list)
    n_specimens: int = 0

    obx: list[int] = field(default_factory=list)
    obx_order: list[int] = field(default_factory=list)

    nte: list[int] = field(default_factory=list)
    nte_result: list[int] = field(default_factory=list)
    order_nte: list[int] = field(default_factory=list)
    nte_order: list[int] = field(default_factory=list)

    begins: list[tuple[int, int, int, int, int, int, int]] = field(default_factory=list)

    def begin(self) -> None:
        """Begin the next shape, or end the last one."""
        counted = (self.pid, self.obr, self.spm, self.obx, self.nte, self.order_nte)
        pid, obr, spm, obx, nte, order_nte = map(len, counted)
        self.begins.append((pid, obr, spm, obx, nte, order_nte, self.n_specimens))

    def add(self, kinds: bytes) -> None:
        """Work out one more shape: the patient, order, specimens and notes of each of its OBX."""
        self.begin()
        groups = _Groups(self, is_oul=kinds[0] == OUL)
        commented = OTHER  # the kind of the segment that an NTE would comment on
        n_lines = len(kinds)
        end = 0  # behind the run of results that was read last
        for line, kind in enumerate(kinds):
            if line < end or kind == NOTHING:
                continue
            if kind == OBX:
                commented = kind
                end = line + 1
                while end < n_lines and kinds[end] == OBX:
                    end += 1
                order = groups.order if groups.order >= 0 else groups.without_obr()
                self.obx += range(line, end)
                self.obx_order += [order] * (end - line)
            elif kind == NTE:
                if commented == OBX:
                    self.nte.append(line)
                    self.nte_result.append(len(self.obx) - 1)
                elif commented == OBR:
                    self.order_nte.append(line)
                    self.nte_order.append(groups.order)
            else:
                commented = kind
                groups.begin(kind, line)
        groups.end_orc()

    def add_order(self, obr: int, orc: int, pv1: int, patient: int, specimens: int) -> int:
        """Add an order to a patient, with the set of specimens ahead of it; return its number."""
        self.obr.append(obr)
        self.orc.append(orc)
        self.pv1.append(pv1)
        self.obr_patient.append(patient)
        self.obr_specimens.append(specimens)
        return len(self.obr) - 1

    def begin_specimens(self) -> int:
        """Begin a set of specimens; return its number."""
        self.n_specimens += 1
        return self.n_specimens - 1

    def add_specimen(self, spm: int, specimens: int) -> None:
        """Add a specimen to a set."""
        self.spm.append(spm)
        self.spm_specimens.append(specimens)


class _Groups:
    """The patient and the order that the next segment of a message belongs to; -1 is none yet.

    `_specimens_ahead` is the set of specimens that stands before the first OBR of the patient,
    `_specimens_next` the one between an ORC and its OBR.
    """

    __slots__ = (
        "_has_obr",
        "_is_cancelled",
        "_is_oul",
        "_orc",
        "_patient",
        "_pv1",
        "_shapes",
        "_specimens_ahead",
        "_specimens_next",
        "order",
    )

    def __init__(self, shapes: Shapes, is_oul: bool) -> None:
        self._shapes = shapes
        self._is_oul = is_oul
        self._reset(-1)

    def begin(self, kind: int, line: int) -> None:
        """A segment of this kind begins its part of the message."""
        if kind == PID:
            self._pid(line)
        elif kind >= ORC:
            self._orc_segment(kind, line)
        elif kind == OBR:
            self._obr(line)
        elif kind == SPM:
            self._spm(line)
        elif kind == PV1:
            self._pv1 = line

    def _reset(self, patient: int) -> None:
        self._patient = patient
        self._pv1 = MISSING
        self.order = -1
        self._orc = MISSING
        self._is_cancelled = False
        self._specimens_ahead = -1
        self._specimens_next = -1
        self._has_obr = False

    def _pid(self, line: int) -> None:
        self.end_orc()
        self._shapes.pid.append(line)
        self._reset(len(self._shapes.pid) - 1)

    def _add_missing_patient(self) -> None:
        if self._patient < 0:
            self._shapes.pid.append(MISSING)
            self._patient = len(self._shapes.pid) - 1

    def _orc_segment(self, kind: int, line: int) -> None:
        """Of the OBR to come; of the one above if it repeats its number, or right below in OUL."""
        shapes, order = self._shapes, self.order
        if order >= 0:
            is_repeated = kind & REPEATED and shapes.obr[order] != MISSING
            if is_repeated or self._is_below_obr():
                if shapes.orc[order] == MISSING:
                    shapes.orc[order] = line
                return
        self.end_orc()
        self.order, self._orc, self._is_cancelled = -1, line, bool(kind & CANCELLED)

    def _is_below_obr(self) -> bool:
        """Whether the order has no results yet, in OUL."""
        return self._is_oul and self._shapes.obx_order[-1:] != [self.order]

    def end_orc(self) -> None:
        """An order without an OBR gives no results, but may be taken back."""
        if self._orc != MISSING and self._is_cancelled:
            self._add_missing_patient()
            self._shapes.add_order(MISSING, self._orc, self._pv1, self._patient, -1)
        self._orc = MISSING

    def _obr(self, line: int) -> None:
        self._add_missing_patient()
        specimens = self._specimens_ahead if self._specimens_next < 0 else self._specimens_next
        order = (line, self._orc, self._pv1, self._patient, specimens)
        self.order = self._shapes.add_order(*order)
        self._has_obr = True
        self._orc = MISSING
        self._specimens_next = -1

    def without_obr(self) -> int:
        """The order of results that stand without an OBR."""
        has_obr = self._has_obr
        self._obr(MISSING)
        self._has_obr = has_obr
        return self.order

    def _spm(self, line: int) -> None:
        """Of the order that an ORC has announced; ahead of the first OBR of those below it; else
        of the one above it."""
        shapes = self._shapes
        if self._orc != MISSING:
            if self._specimens_next < 0:
                self._specimens_next = shapes.begin_specimens()
            shapes.add_specimen(line, self._specimens_next)
            return
        if self._has_obr and self._specimens_ahead < 0:
            shapes.add_specimen(line, self._specimens_of_order())
            return
        if self._specimens_ahead < 0 or self.order >= 0:
            self._specimens_ahead = shapes.begin_specimens()
        shapes.add_specimen(line, self._specimens_ahead)
        self.order = -1

    def _specimens_of_order(self) -> int:
        specimens = self._shapes.obr_specimens
        if specimens[self.order] < 0:
            specimens[self.order] = self._shapes.begin_specimens()
        return specimens[self.order]
