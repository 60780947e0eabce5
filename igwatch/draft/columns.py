"""Which header of a sample may stand for which canonical column, and which columns hold an isotype.

Headers alone decide, by knowledge/header_name.csv: what a cell looks like proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from igwatch.draft.date_order import is_clock
from igwatch.draft.header_meaning import companion, halves, is_unit, meanings, without_unit
from igwatch.draft.isotype_name import isotypes
from igwatch.draft.sample_table import SampleTable
from transforms.parse.delimited.heading import canonical_name
from transforms.parse.facility.canonical_file import (
    CANONICAL,
    FILE_KINDS,
    RESULTS,
    FileKind,
    complete_kinds,
    is_named,
)

_TIMES = ("collected_at", "resulted_at")


@dataclass
class IsotypeColumn:
    """A column of a wide file that holds one isotype; `companions` are the headers of its unit,
    range and flag columns, by key of the facility file."""

    header: str
    analyte: str
    unit: str | None
    companions: dict[str, str] = field(default_factory=dict)


@dataclass
class SampleColumns:
    """Headers by canonical column: those that are certain, and those that are possible.

    `wide` are the isotype columns of a wide file, `clock` the headers of times without a date.
    """

    certain: dict[str, list[str]]
    possible: dict[str, list[str]]
    wide: list[IsotypeColumn]
    clock: list[str]

    def of(self, name: str) -> list[str]:
        """The headers of a canonical column, the certain ones alone where there are any."""
        return self.certain.get(name) or self.possible.get(name) or []

    def file_kind(self, file_name: str) -> FileKind:
        """What kind of file the sample is: by its headers, then by its name."""
        present = {*self.certain, *(("code", "value") if self.wide else ())}
        named = [kind for kind in FILE_KINDS if is_named(kind, file_name)]
        return next(iter(complete_kinds(present, file_name) or named), RESULTS)


def columns_of(table: SampleTable) -> SampleColumns:
    """The columns of a sample, by their headers; of the cells only clock times are looked at."""
    headers = list(dict.fromkeys(header for header in table.headers if header))
    meant = {header: meanings(header) for header in headers}
    clock = [h for h in headers if {*meant[h]} & {*_TIMES} and is_clock(table.column(h))]
    certain: dict[str, list[str]] = {name: [] for name in CANONICAL}
    possible: dict[str, list[str]] = {name: [] for name in CANONICAL}
    for header in headers:
        for name, is_certain in meant[header].items() if header not in clock else ():
            (certain if is_certain else possible)[name].append(header)
    for name, listed in certain.items():
        exact = [header for header in listed if canonical_name(header) == name]
        certain[name] = exact or listed
    wide = [] if certain["value"] else _isotypes(table, headers)
    return SampleColumns(_filled(certain), _filled(possible), wide, clock)


def _filled(headers: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: listed for name, listed in headers.items() if listed}


def _isotypes(table: SampleTable, headers: list[str]) -> list[IsotypeColumn]:
    """The columns whose headers name one isotype, each with its unit, range and flag columns."""
    companions = {header: _companion(header) for header in headers}
    named = {h: without_unit(h)[0] for h in headers if not companions[h] and not meanings(h)}
    analyte = isotypes({*named.values()})
    found = [
        IsotypeColumn(h, analyte[name], without_unit(h)[1] or _unit_below(table, h))
        for h, name in named.items()
        if name in analyte
    ]
    for header, of_isotype in companions.items():
        for isotype in found:
            if of_isotype and of_isotype[0] == isotype.analyte:
                isotype.companions[of_isotype[1]] = header
    return found


def _companion(header: str) -> tuple[str, str] | None:
    """The analyte and the key of a column such as `IgM unit`, which holds no result."""
    for left, right in halves(header):
        for name, word in ((left, right), (right, left)):
            key, analyte = companion(word), isotypes([name]).get(name)
            if key and analyte:
                return analyte, key
    return None


def _unit_below(table: SampleTable, header: str) -> str | None:
    """The unit in a row of units just below the headers."""
    first = table.column(header)[0].strip() if table.rows else None
    return first if is_unit(first) else None
