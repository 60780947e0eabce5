"""Which segments tell of an exposure, and in which of their fields stands what (0 = nowhere).

HL7 chapters 4 (RXO to RXA), 6 (DG1, PR1, FT1) and 12 (PRB). What a field means is not judged here.
"""

from __future__ import annotations

from typing import NamedTuple


class ExposureSegment(NamedTuple):
    """Where one kind of segment keeps what raw.exposure holds; numbers of fields.

    `starts` are its first days, the first stated counts; `range` is a DR with both days. `timing`
    is a TQ. `acted` is when it was last acted on, by which day it was known. `stated` are the
    fields that say of its standing, `with_text` those of them whose text counts beside the code.
    `further_code` is a code of another system for the same thing.
    """

    kind: str
    event_kind: str
    code: int
    starts: tuple[int, ...] = ()
    end: int = 0
    range: int = 0
    timing: int = 0
    acted: int = 0
    record: int = 0
    amount: int = 0
    number: tuple[int, ...] = ()
    stated: tuple[int, ...] = ()
    with_text: tuple[int, ...] = ()
    legacy_system: int = 0
    legacy_name: int = 0
    further_code: int = 0

    @property
    def is_drug(self) -> bool:
        """Whether the ORC above says more of it."""
        return self.kind == "medication"

    @property
    def is_dose(self) -> bool:
        """Whether it is one dose of what was ordered."""
        return self.is_drug and self.event_kind == "administered"

    @property
    def has_own_days_only(self) -> bool:
        """Whether it took place when it says so and never when its order does."""
        return self.is_dose and not self.timing


_DRUG = "medication"
SEGMENTS = {
    "DG1": ExposureSegment(
        "diagnosis",
        "listed",
        3,
        starts=(5,),
        record=20,
        stated=(6, 21),
        legacy_system=2,
        legacy_name=4,
    ),
    "PR1": ExposureSegment(
        "procedure",
        "administered",
        3,
        starts=(5,),
        record=19,
        stated=(20,),
        legacy_system=2,
        legacy_name=4,
    ),
    "PRB": ExposureSegment(
        "diagnosis",
        "listed",
        3,
        starts=(16, 7),
        end=9,
        acted=2,
        record=4,
        stated=(1, 13, 14),
        with_text=(13, 14),
    ),
    "FT1": ExposureSegment(
        "procedure",
        "administered",
        7,
        range=4,
        stated=(6,),
        legacy_name=8,
        further_code=25,
    ),
    "RXO": ExposureSegment(_DRUG, "ordered", 1),
    "RXE": ExposureSegment(_DRUG, "ordered", 2, timing=1),
    "RXC": ExposureSegment(_DRUG, "ordered", 2),
    "RXD": ExposureSegment(_DRUG, "dispensed", 2, starts=(3,)),
    "RXG": ExposureSegment(_DRUG, "administered", 4, timing=3, number=(1, 2)),
    "RXA": ExposureSegment(
        _DRUG,
        "administered",
        5,
        starts=(3,),
        end=4,
        amount=6,
        number=(1, 2),
        stated=(9, 20, 21),
    ),
}
ORDER_ALONE = ExposureSegment(_DRUG, "ordered", 0)
ORDER_STATED = (1, 5)
LAST_FIELD = 25
PHARMACY_MESSAGES = frozenset(
    ["RDE", "RRE", "RDS", "RRD", "RGV", "RRG", "RAS", "RRA", "OMP", "ORP", "ORM", "ORR"]
)
# what is ordered below an ORC and is no drug: of a laboratory, a kitchen, a store, a blood bank
OTHER_ORDERS = frozenset(["OBR", "ODS", "ODT", "RQD", "RQ1", "BPO", "BPX", "BTX"])
EVENTS_OF = frozenset(["ADT", "BAR"])
