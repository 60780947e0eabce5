"""Which header of a sample may stand for which canonical column, and which columns hold an isotype.

Headers decide, by the list of a known export or by knowledge/header_name.csv; what the cells look
like proves a guess or refuses it, and never makes one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from igwatch.draft.cell_shape import CellShape, shape_of
from igwatch.draft.date_order import is_clock
from igwatch.draft.export_shape import FoundShape, found_shape
from igwatch.draft.header_meaning import bare, companion, halves, is_unit, meanings, without_unit
from igwatch.draft.isotype_name import isotypes
from igwatch.draft.sample_table import SampleTable
from transforms.parse.delimited.heading import canonical_name
from transforms.parse.facility.canonical_file import (
    CANONICAL,
    EXPOSURES,
    FILE_KINDS,
    RESULTS,
    FileKind,
    complete_kinds,
    is_named,
)

_TIMES = ("collected_at", "resulted_at")
_CLOCK = "collected_time"


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

    `wide` are the isotype columns of a wide file, `clock` the headers of times without a date that
    complete none, `cells` what each column's cells are, `of_units` the headers over cells of units,
    `export` the known export it is of.
    """

    certain: dict[str, list[str]]
    possible: dict[str, list[str]]
    wide: list[IsotypeColumn]
    clock: list[str]
    cells: dict[str, CellShape] = field(default_factory=dict)
    export: FoundShape | None = None
    of_units: frozenset[str] = frozenset()

    def of(self, name: str) -> list[str]:
        """The headers of a canonical column, the certain ones alone where there are any."""
        return self.certain.get(name) or self.possible.get(name) or []

    def file_kind(self, file_name: str) -> FileKind:
        """What kind of file the sample is: by its list, its headers, then by its name."""
        if self.export:
            return self.export.file.file_kind
        present = {*self.certain, *(("code", "value") if self.wide else ())}
        named = [kind for kind in FILE_KINDS if is_named(kind, file_name)]
        complete = complete_kinds(present, file_name)
        if not complete and not named and _is_of_exposures(present):
            return EXPOSURES
        return next(iter(complete or named), RESULTS)

    def mentioned(self) -> set[str]:
        """The headers that are read, or may be."""
        listed = [*self.certain.values(), *self.possible.values(), self.clock]
        listed += [[i.header, *i.companions.values()] for i in self.wide]
        return {header for headers in listed for header in headers}


def _is_of_exposures(present: set[str]) -> bool:
    """More columns that only exposures have than such that only results have."""
    of_exposures = present & ({*EXPOSURES.columns} - {*RESULTS.columns})
    return len(of_exposures) > len(present & ({*RESULTS.columns} - {*EXPOSURES.columns}))


def columns_of(table: SampleTable, file_name: str = "", like: str | None = None) -> SampleColumns:
    """The columns of a sample; `like` names the export that it is said to be of."""
    headers = list(dict.fromkeys(header for header in table.headers if header))
    cells = {header: shape_of(table.column(header)) for header in headers}
    export = found_shape(cells, file_name, like)
    meant = {header: meanings(header) for header in headers}
    clock = [h for h in headers if {*meant[h]} & {*_TIMES, _CLOCK} and is_clock(table.column(h))]
    certain: dict[str, list[str]] = {name: [] for name in CANONICAL}
    possible: dict[str, list[str]] = {name: [] for name in CANONICAL}
    for header in headers:
        for name, is_certain in _meant(meant[header], header in clock).items():
            (certain if is_certain else possible)[name].append(header)
    for name, listed in certain.items():
        exact = [header for header in listed if canonical_name(header) == name]
        certain[name] = exact or listed
    if export:
        _take(export, certain, possible)
    wide = [] if certain["value"] else _isotypes(table, headers)
    mapped = {*certain[_CLOCK], *possible[_CLOCK]}
    rest = [header for header in clock if header not in mapped]
    of_units = frozenset(h for h in headers if _holds_units(table.column(h)))
    return SampleColumns(_filled(certain), _filled(possible), wide, rest, cells, export, of_units)


def _holds_units(cells: list[str]) -> bool:
    """Whether most of the cells are units of measure."""
    filled = Counter(cell.strip() for cell in cells if cell.strip())
    return 2 * sum(n for text, n in filled.items() if is_unit(text)) > filled.total()


def _meant(meant: dict[str, bool], is_clock_alone: bool) -> dict[str, bool]:
    """A clock alone is no time: it may complete the date of collection, if of it is the header."""
    if not is_clock_alone:
        return {name: is_certain for name, is_certain in meant.items() if name != _CLOCK}
    stated = meant.get(_CLOCK, meant.get("collected_at"))
    return {} if stated is None else {_CLOCK: stated}


def _take(
    export: FoundShape, certain: dict[str, list[str]], possible: dict[str, list[str]]
) -> None:
    """What the list of an export proves is certain, and its headers mean nothing else."""
    taken = {header for listed in export.proven.values() for header in listed}
    for by_name in (certain, possible):
        for name, listed in by_name.items():
            by_name[name] = [header for header in listed if header not in taken]
    known = {bare(header) for listed in export.file.columns.values() for header in listed}
    known |= {bare(header) for header in export.file.marks}
    for name in certain:  # what the export keeps elsewhere, its list would say
        certain[name] = [header for header in certain[name] if bare(header) not in known]
        possible[name] = [header for header in possible[name] if bare(header) not in known]
    for name, proven in export.proven.items():
        certain[name], possible[name] = proven, []


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
