"""The exports of known systems, as header lists (knowledge/export_shape.csv) that a sample proves.

A header that is not there, or whose cells do not fit, is told and not mapped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from igwatch.base.knowledge import knowledge_rows
from igwatch.draft.cell_shape import CellShape
from igwatch.draft.header_meaning import bare
from transforms.parse.facility.canonical_file import EXPOSURES, PATIENTS, RESULTS, FileKind

_SEVERAL = ("end_date",)
_FEWEST, _SHARE = 5, 0.8  # an export nobody named is only known by most of its headers


@dataclass
class ExportFile:
    """One file of an export: headers by canonical column, the preferred one first.

    `marks` are headers it has besides, `keys` what is known of it, by key of the facility file.
    """

    shape: str
    name: str
    columns: dict[str, list[str]] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    skip: dict[str, str] = field(default_factory=dict)

    @property
    def file_kind(self) -> FileKind:
        """Which of igwatch's files it is."""
        if "kind" in self.keys or "start_date" in self.columns:
            return EXPOSURES
        is_of_results = {*self.columns} & {"value", "collected_at", "test_name"}
        return RESULTS if is_of_results else PATIENTS

    @property
    def title(self) -> str:
        return f"{self.shape} {self.name}"


@dataclass(frozen=True)
class FoundShape:
    """A file of an export in a sample: what is proved, by canonical column, and what is told."""

    file: ExportFile
    is_stated: bool
    proven: dict[str, list[str]]
    told: tuple[str, ...]
    n_filled: int
    n_marks: int

    @property
    def score(self) -> int:
        """How many headers are there with cells that fit; an empty column proves nothing."""
        return self.n_filled + self.n_marks

    @property
    def is_whole(self) -> bool:
        """Whether a person would know the export by these headers."""
        n_listed = len(self.file.columns) + len(self.file.marks)
        is_one = "patient_id" in self.proven and {*self.proven} & {"code", "name", "test_name"}
        n_there = len(self.proven) + self.n_marks
        return bool(is_one) and n_there >= max(_FEWEST, _SHARE * n_listed)


def shapes() -> list[str]:
    """The names that `--like` takes."""
    return sorted({file.shape for file in _files()})


def found_shape(
    cells: Mapping[str, CellShape], file_name: str, stated: str | None
) -> FoundShape | None:
    """The file of an export that the headers and cells are; `stated` is a person's word for which.

    None where nobody stated one and no list fits, or of a stated one no column is proved.
    """
    files = [file for file in _files() if stated in (None, file.shape)]
    found = [_found(file, cells, bool(stated)) for file in files]
    known = [one for one in found if one.is_whole or (stated and "patient_id" in one.proven)]
    if not known:
        return None
    best = max(one.score for one in known)
    equals = [one for one in known if one.score == best]
    named = [one for one in equals if file_name.lower().startswith(one.file.name)]
    alike = named or equals
    return alike[0] if stated or len({one.file.file_kind.name for one in alike}) == 1 else None


def _found(file: ExportFile, cells: Mapping[str, CellShape], is_stated: bool) -> FoundShape:
    headers = {bare(header): header for header in reversed([*cells])}
    proven: dict[str, list[str]] = {}
    told = []
    for name, listed in file.columns.items():
        there = [headers[bare(header)] for header in listed if bare(header) in headers]
        fitting = [header for header in there if cells[header].fits(name)]
        filled = [header for header in fitting if cells[header].n_filled] or fitting
        if filled:
            proven[name] = filled if name in _SEVERAL else filled[:1]
        told += [
            f"{header} is {name} in {file.title}, but here {cells[header].proof}: not mapped"
            for header in there
            if header not in fitting
        ]
        if not there:
            told.append(f"{' or '.join(listed)} of {file.title} ({name}) is not there")
    n_filled = sum(cells[listed[0]].n_filled > 0 for listed in proven.values())
    n_marks = sum(bare(header) in headers for header in file.marks)
    return FoundShape(file, is_stated, proven, tuple(told), n_filled, n_marks)


@cache
def _files() -> list[ExportFile]:
    files: dict[tuple[str, str], ExportFile] = {}
    for row in knowledge_rows("export_shape"):
        place = (row["shape"], row["file"])
        file = files.setdefault(place, ExportFile(*place))
        if row["key"] and row["header"]:
            file.skip[row["header"]] = row["stated"]
        elif row["key"]:
            file.keys[row["key"]] = row["stated"]
        elif row["canonical"]:
            file.columns.setdefault(row["canonical"], []).append(row["header"])
        else:
            file.marks.append(row["header"])
    return [*files.values()]


def shape_remarks(found: FoundShape | None, stated: str | None) -> Iterator[str]:
    """What the header lists said of a sample."""
    if stated and found is None:
        yield f"LIKE {stated}: no file of it has these headers; drafted without it."
    if found:
        n = sum(map(len, found.proven.values()))
        said = "as stated" if found.is_stated else "by its headers"
        yield f"{found.file.title}, {said}: {n} columns proved by their cells."
        if found.is_stated:
            yield from (f"{line}." for line in found.told)
