"""The segments of many result messages, each kind in a list, each pointing at what it belongs to.

oru.py fills a segment table line by line and settles what belongs to what; observation.py then
reads it column by column, which is many times as fast as reading one result after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from transforms.parse.hl7.message import Place


@dataclass(slots=True)
class SegmentTable:
    """Lists of one kind of segment run parallel; an int is the index of what a segment belongs to.

    Lists that end in `_at` count lines from the first of the message, 0-based. A patient or an
    order may be a missing segment, whose line is ''. `_specimens` numbers the set of specimens that
    one or more orders share; -1 is none.
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
    spm_message: list[int] = field(default_factory=list)
    n_specimens: int = 0

    obx: list[str] = field(default_factory=list)
    obx_at: list[int] = field(default_factory=list)
    obx_order: list[int] = field(default_factory=list)

    nte: list[str] = field(default_factory=list)
    nte_result: list[int] = field(default_factory=list)
    order_nte: list[str] = field(default_factory=list)
    nte_order: list[int] = field(default_factory=list)

    def add_patient(self, pid: str, at: int) -> int:
        """Add a patient to the last message; return its index."""
        self.pid.append(pid)
        self.pid_at.append(at)
        self.pid_message.append(len(self.msh) - 1)
        return len(self.pid) - 1

    def add_order(self, obr: str, orc: str, patient: int, specimens: int) -> int:
        """Add an order to a patient, with the set of specimens ahead of it; return its index."""
        self.obr.append(obr)
        self.orc.append(orc)
        self.obr_patient.append(patient)
        self.obr_specimens.append(specimens)
        return len(self.obr) - 1

    def begin_specimens(self) -> int:
        """Begin a set of specimens; return its index."""
        self.n_specimens += 1
        return self.n_specimens - 1

    def add_specimen(self, spm: str, specimens: int) -> None:
        """Add a specimen of the last message to a set."""
        self.spm.append(spm)
        self.spm_specimens.append(specimens)
        self.spm_message.append(len(self.msh) - 1)
