"""The result segments of many messages, each kind in a list, each pointing at what it belongs to.

The state machine of oru.py fills a sheet line by line; observation.py reads it column by column.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from transforms.parse.hl7.message import Place


@dataclass(slots=True)
class SegmentTable:
    """Lists of one kind of segment run parallel; an index names the segment it belongs to.

    `_at` counts lines from the first of the message. A patient or an order may be a missing
    segment, whose line is ''. `_specimens` numbers the set of specimens that one or more orders
    share; -1 is none.
    """

    msh: list[str] = field(default_factory=list)
    place: list[Place] = field(default_factory=list)

    pid: list[str] = field(default_factory=list)
    pid_at: list[int] = field(default_factory=list)
    pid_message: list[int] = field(default_factory=list)

    obr: list[str] = field(default_factory=list)
    orc: list[str] = field(default_factory=list)
    obr_patient: list[int] = field(default_factory=list)
    obr_specimens: list[int] = field(default_factory=list)

    spm: list[str] = field(default_factory=list)
    spm_specimens: list[int] = field(default_factory=list)
    n_specimens: int = 0

    obx: list[str] = field(default_factory=list)
    obx_at: list[int] = field(default_factory=list)
    obx_order: list[int] = field(default_factory=list)

    nte: list[str] = field(default_factory=list)
    nte_result: list[int] = field(default_factory=list)
    order_nte: list[str] = field(default_factory=list)
    nte_order: list[int] = field(default_factory=list)

    def patient(self, pid: str, at: int) -> int:
        """Begins a patient of the last message."""
        self.pid.append(pid)
        self.pid_at.append(at)
        self.pid_message.append(len(self.msh) - 1)
        return len(self.pid) - 1

    def order(self, obr: str, orc: str, patient: int, specimens: int) -> int:
        """Begins an order of a patient, with the set of specimens that stands ahead of it."""
        self.obr.append(obr)
        self.orc.append(orc)
        self.obr_patient.append(patient)
        self.obr_specimens.append(specimens)
        return len(self.obr) - 1

    def specimens(self) -> int:
        """Begins a set of specimens."""
        self.n_specimens += 1
        return self.n_specimens - 1

    def specimen(self, spm: str, specimens: int) -> None:
        """Puts a specimen into a set."""
        self.spm.append(spm)
        self.spm_specimens.append(specimens)
