"""A part of a delivered file that is about somebody: a message, a row, a resource; whom it names.

It is what a file is cut by when a person is to be forgotten (docs/decisions/0112).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import duckdb

ISSUER = ("assigning_authority_universal_id", "assigning_facility", "identifier_type_code")
"""What raw says of the issuer of a number beside its authority; a table need not have all."""
# of each raw table that names patients, the columns of a number and of its authority
NUMBERS = (
    ("observation", "patient_id", "assigning_authority"),
    ("order_withdrawal", "patient_id", "assigning_authority"),
    ("patient", "patient_id", "assigning_authority"),
    ("exposure", "patient_id", "assigning_authority"),
    ("review", "patient_id", "assigning_authority"),
    ("merge", "retired_id", "retired_assigning_authority"),
    ("merge", "surviving_id", "surviving_assigning_authority"),
)


class Named(NamedTuple):
    """A patient as a file names one, in the columns of raw; None: not stated."""

    patient_id: str
    assigning_authority: str | None = None
    universal_id: str | None = None
    assigning_facility: str | None = None
    identifier_type_code: str | None = None


def named_query(con: duckdb.DuckDBPyConnection, relation: str, number: str, authority: str) -> str:
    """The query of who is named where in a raw table, once each: facility, source_sha256, then the
    columns of Named in its order, NULL where the table has none such."""
    columns = set(con.table(relation).columns)
    issuer = ", ".join(c if c in columns else f"NULL AS {c}" for c in ISSUER)
    return (
        f"SELECT DISTINCT facility, source_sha256, {number} AS patient_id, "
        f"{authority} AS assigning_authority, {issuer} FROM {relation} WHERE {number} IS NOT NULL"
    )


class Whom(Protocol):
    """The persons whose parts of a facility's files are looked for."""

    def is_named(self, facility: str, named: Named) -> bool:
        """Whether this is one of them."""

    def is_mentioned(self, text: str) -> bool:
        """Whether one of their numbers stands in a text of which nobody can say whose it is."""


@dataclass(frozen=True)
class Unit:
    """Bytes `start` to `end` of the unpacked source. `is_theirs`: they are of somebody looked for;
    `is_shared`: they name somebody else as well; `is_content`: about somebody or something at all,
    not a header, a trailer or blanks."""

    start: int
    end: int
    is_theirs: bool
    is_shared: bool = False
    is_content: bool = True


@dataclass(frozen=True)
class Cut:
    """What of a file is to be taken out: bytes of the unpacked source in order, how many parts they
    are, how many of those named others as well, how many parts of others stay."""

    spans: tuple[tuple[int, int], ...] = ()
    n_theirs: int = 0
    n_shared: int = 0
    n_others: int = 0


def cut_of(units: Iterable[Unit]) -> Cut:
    """The cut that takes out all units of those looked for."""
    spans: list[tuple[int, int]] = []
    n_theirs = n_shared = n_others = 0
    for unit in units:
        if unit.is_theirs:
            spans.append((unit.start, unit.end))
        n_theirs += unit.is_theirs and unit.is_content
        n_shared += unit.is_theirs and unit.is_shared
        n_others += not unit.is_theirs and unit.is_content
    return Cut(tuple(spans), n_theirs, n_shared, n_others)


def unit_of(
    start: int, end: int, named: Iterable[Named], text: str, facility: str, whom: Whom
) -> Unit:
    """The unit that names these; where it names nobody, its text tells."""
    theirs = [whom.is_named(facility, each) for each in named]
    if not theirs:
        return Unit(start, end, whom.is_mentioned(text))
    return Unit(start, end, any(theirs), any(theirs) and not all(theirs))
