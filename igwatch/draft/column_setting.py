"""The settings and questions below `columns`: which header holds what, each with its proof."""

from __future__ import annotations

from collections.abc import Iterator

from igwatch.draft.columns import IsotypeColumn, SampleColumns
from igwatch.draft.facility_draft import ColumnSeen, Setting
from igwatch.draft.sample_table import SampleTable
from transforms.parse.delimited.heading import canonical_name
from transforms.parse.facility.canonical_file import (
    EXPOSURES,
    NATIONAL_NUMBER,
    OF_REQUESTER,
    RESULTS,
    FileKind,
)
from transforms.parse.facility.column_map import LEFT_OUT
from transforms.parse.facility.facility_file import UNANSWERED, Key

_DECIDING = {  # columns that decide what a row comes to, though none of them is required
    RESULTS.name: (
        *("collected_time", "resulted_at", "units", "status", "sex", "birth_date", "test_name"),
    ),
    EXPOSURES.name: (
        *("code", "name", "code_system", "start_date", "end_date", "status", "certainty"),
        "days_supply",
    ),
}
_SEVERAL = ("end_date",)
_BY_A_KEY = (*OF_REQUESTER, NATIONAL_NUMBER)  # read only where a key of the facility says so
_OF_THE_FILE = ("kind",)  # the facility states it for the file where no column does


def column_settings(
    table: SampleTable, columns: SampleColumns, file_kind: FileKind
) -> Iterator[Setting]:
    """The columns that have a header, and those that are asked for."""
    in_wide = ("code", "value", "test_name") if columns.wide else ()
    for name in file_kind.columns:
        if name not in (*in_wide, *_BY_A_KEY):
            yield from _column(name, table, columns, file_kind)
    for i, isotype in enumerate(columns.wide):
        has_units = bool(columns.certain.get("units"))
        yield from _isotype_column(("columns", "results", i), isotype, has_units)


def is_wanted(name: str, columns: SampleColumns, file_kind: FileKind) -> bool:
    """True where a required column has no certain header and no alternative stands in for it."""
    if name in _OF_THE_FILE:
        return False
    return any(
        name == names[0] and not {*names} & {*columns.certain} for names in file_kind.required
    )


def is_asked(name: str, columns: SampleColumns, file_kind: FileKind) -> bool:
    """Whether the header of a column that has none for certain is asked for."""
    is_code = name == "code" and file_kind is RESULTS
    return is_code or is_wanted(name, columns, file_kind) or bool(_open(name, columns, file_kind))


def columns_seen(
    columns: SampleColumns, file_kind: FileKind, settings: list[Setting]
) -> Iterator[ColumnSeen]:
    """Every column of the sample: its header, its cells, what it is taken for."""
    for header, cells in columns.cells.items():
        known = [
            name for name, listed in columns.certain.items()
            if header in listed and name in file_kind.columns and name not in _BY_A_KEY
        ]  # fmt: skip
        open_to = [s.path for s in settings if s.is_open and header in s.choices]
        of_isotype = [
            i.analyte for i in columns.wide if header in (i.header, *i.companions.values())
        ]
        guess = ", ".join([*known, *of_isotype]) or ", ".join(f"{path}?" for path in open_to[:2])
        yield ColumnSeen(header, cells.proof, guess or "not read")


def _column(
    name: str, table: SampleTable, columns: SampleColumns, file_kind: FileKind
) -> Iterator[Setting]:
    """The header of a canonical column unless it is the canonical name itself, or a question."""
    key, certain = ("columns", name), columns.certain.get(name, [])
    if len(certain) == 1:
        yield from _certain(key, certain[0], columns, file_kind)
    elif certain and name in _SEVERAL and file_kind is EXPOSURES:
        proof = "; ".join(f"{header}: {columns.cells[header].proof}" for header in certain)
        yield Setting(key, tuple(certain), f"the earliest day counts; {proof}")
    elif certain:
        proof = "; ".join(f"{header}: {columns.cells[header].proof}" for header in certain)
        yield Setting(key, UNANSWERED, f"several headers may be meant ({proof})", tuple(certain))
    elif name == "code" and columns.possible.get(name) and file_kind is RESULTS:
        note = "which header holds the codes of the tests"
        choices = (*columns.possible[name], *columns.of("test_name"))
        yield Setting(key, UNANSWERED, note, tuple(dict.fromkeys(choices)))
    elif name == "code" and file_kind is RESULTS and len(columns.certain.get("test_name", [])) == 1:
        note = "no column of codes: the name, exactly as written, is the code"
        yield Setting(key, columns.certain["test_name"][0], note)
    elif is_wanted(name, columns, file_kind):
        note = f"which header holds {name.replace('_', ' ')}"
        yield Setting(key, UNANSWERED, note, tuple(columns.possible.get(name) or table.headers))
    elif headers := _open(name, columns, file_kind):
        proof = "; ".join(f"{header}: {columns.cells[header].proof}" for header in headers)
        note = f"which header holds {name.replace('_', ' ')}, if any ({proof})"
        yield Setting(key, UNANSWERED, note, (*headers, LEFT_OUT))


def _certain(
    key: Key, header: str, columns: SampleColumns, file_kind: FileKind
) -> Iterator[Setting]:
    """A column that is certain by its header; asked where its cells are something else."""
    name, cells = str(key[-1]), columns.cells[header]
    if not cells.fits(name) and name in _DECIDING.get(file_kind.name, ()):
        note = f"its header says {name}, but {cells.proof}"
        yield Setting(key, UNANSWERED, note, (header, LEFT_OUT))
    elif canonical_name(header) != name:
        yield Setting(key, header, cells.proof)


def _open(name: str, columns: SampleColumns, file_kind: FileKind) -> list[str]:
    """The headers that may hold a deciding column, by their name, else by their cells."""
    if name not in _DECIDING.get(file_kind.name, ()) or columns.certain.get(name):
        return []
    if columns.wide and name in ("units", "test_name"):
        return []
    named = [h for h in columns.possible.get(name, []) if columns.cells[h].fits(name)]
    return named or [*_by_cells(name, columns)]


def _by_cells(name: str, columns: SampleColumns) -> Iterator[str]:
    """Headers that mean nothing, over cells that hardly mean anything else."""
    if name not in ("units", "birth_date") or "collected_at" not in columns.certain:
        return
    if columns.export and name not in columns.export.file.columns:
        return
    collected = columns.cells[columns.certain["collected_at"][0]].year
    taken = columns.mentioned()
    for header, cells in columns.cells.items():
        if header in taken or not cells.n_filled:
            continue
        is_earlier = bool(cells.year and collected and cells.year < collected - 1)
        if (name == "birth_date" and is_earlier) or (
            name == "units" and header in columns.of_units
        ):
            yield header


def _isotype_column(key: Key, isotype: IsotypeColumn, has_units: bool) -> Iterator[Setting]:
    analyte = isotype.analyte
    yield Setting((*key, "value"), isotype.header)
    note = (
        f"its header says {analyte}: if it is the total in serum write {analyte}, "
        "else take the item out"
    )
    yield Setting((*key, "code"), UNANSWERED, note, (analyte,))
    if isotype.unit:
        yield Setting((*key, "units"), isotype.unit, "stands in or below its header")
    elif "units_column" not in isotype.companions and not has_units:
        yield Setting((*key, "units"), UNANSWERED, "the unit stands nowhere in the file")
    for name, header in isotype.companions.items():
        yield Setting((*key, name), header)
