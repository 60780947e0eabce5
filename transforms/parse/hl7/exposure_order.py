"""The order that a drug stands below: what its ORC says, and the TQ1 around it."""

from __future__ import annotations

from transforms.parse.hl7 import datatype
from transforms.parse.hl7.er7 import FIELD
from transforms.parse.hl7.exposure_segment import LAST_FIELD, ORDER_STATED
from transforms.parse.hl7.exposure_timing import (
    Course,
    Timing,
    course_of,
    timing_of_tq1,
    timings_of_tq,
)


class ExposureOrder:
    """One ORC, or what stands before the first.

    `has_detail` once it is known what was ordered; a drug without a code says nothing of it. A TQ1
    behind a drug is that drug's and those that follow it, one before any drug is the order's.
    """

    def __init__(self, orc: str = "", number: int = 0) -> None:
        self.line_number = number
        self.has_detail = False
        self._orc = orc
        self._fields: list[str] = []
        self._timing = self._own_timing = ""
        self._tq1: list[Timing] = []
        self._is_tq1_complete = False

    @property
    def fields(self) -> list[str]:
        """The fields of the ORC, only split when a drug asks for them."""
        if not self._fields:
            self._fields = fields_of(self._orc)
        return self._fields

    @property
    def is_alone(self) -> bool:
        """Whether an ORC with a number stands without anything that was ordered."""
        return bool(self._orc) and not self.has_detail and any(self.numbers)

    @property
    def numbers(self) -> tuple[str | None, str | None, str | None, str | None]:
        """Placer and filler number, each with its namespace."""
        placer, filler = entity(self.fields[2]), entity(self.fields[3])
        return *placer, *filler

    @property
    def statements(self) -> list[str]:
        """What the ORC says of its standing."""
        return statements("ORC", self.fields, ORDER_STATED)

    def take_drug(self, timing: str) -> None:
        """A drug begins, with the TQ of its own segment where it has one."""
        self._is_tq1_complete = True
        self._own_timing, self._timing = timing, timing or self._timing

    def take_tq1(self, line: str) -> None:
        """A TQ1: the first behind a drug replaces those before it."""
        if self._is_tq1_complete:
            self._tq1 = []
        self._is_tq1_complete = False
        self._tq1.append(timing_of_tq1(fields_of(line)))

    def course(self, is_dose: bool) -> Course:
        """When the drug is given: by its own TQ, else by TQ1, else by ORC-7.

        One dose of it has none but its own: the order's may go on for months.
        """
        start, end, days = "", "", None
        if is_dose:
            tq1 = [] if self._is_tq1_complete else self._tq1
            sources = [timings_of_tq(self._own_timing), tq1]
        else:
            sources = [timings_of_tq(self._timing), self._tq1, timings_of_tq(self.fields[7])]
        for timings in filter(None, sources):
            stated = course_of(timings)
            start, end, days = start or stated.start, end or stated.end, days or stated.days
        return Course(start, end, days)


def fields_of(line: str) -> list[str]:
    """The fields of a segment, empty ones behind its end included."""
    fields = line.split(FIELD)
    return fields + [""] * (LAST_FIELD + 1 - len(fields))


def entity(field: str) -> tuple[str | None, str | None]:
    """EI: the number and its namespace, else the universal id of that."""
    if not field:
        return None, None
    number, namespace, universal_id = datatype.leaves(field, 3)
    return number, (namespace or universal_id) if number else None


def statements(
    name: str,
    fields: list[str],
    stated: tuple[int, ...],
    with_text: tuple[int, ...] = (),
) -> list[str]:
    """A line for each field that says something: its name and its first leaf, or code and text."""
    lines = []
    for number in stated:
        if field := fields[number]:
            found = datatype.leaves(field, 2 if number in with_text else 1)
            texts = dict.fromkeys(" ".join(leaf.split()) for leaf in found if leaf)
            lines += [f"{name}-{number} {text}" for text in texts]
    return lines
