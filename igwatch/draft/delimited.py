"""The draft of a delimited feed's facility file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from igwatch.draft.cell_shape import whole_days
from igwatch.draft.classed import classed, ended
from igwatch.draft.column_setting import column_settings, columns_seen, is_asked
from igwatch.draft.columns import SampleColumns, columns_of
from igwatch.draft.date_order import date_order
from igwatch.draft.decimal_mark import decimal_mark
from igwatch.draft.export_shape import shape_remarks
from igwatch.draft.exposure_event import proposed_events
from igwatch.draft.exposure_setting import exposure_settings, unknown_systems
from igwatch.draft.facility_draft import Draft, Setting
from igwatch.draft.header_meaning import without_unit
from igwatch.draft.local_code import SampleCode, code_settings, commonest_codes, nothing_known
from igwatch.draft.own_word import word_settings
from igwatch.draft.sample_table import SampleTable, table_of
from transforms.parse.facility.canonical_file import (
    EXPOSURES,
    NATIONAL_NUMBER,
    OF_REQUESTER,
    RESULTS,
    FileKind,
)
from transforms.parse.facility.facility_file import UNANSWERED

_SIGN = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_FEWEST = 2
_CODE_PAGES = ("cp850", "cp437", "iso8859-2", "mac-roman")
_UNDEFINED_IN_CP1252 = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])
_DATES = ("collected_at", "resulted_at", "birth_date", "start_date", "end_date", "merged_at")


def draft_delimited(
    head: bytes,
    path: Path,
    name: str,
    zone: Setting,
    encoding: str | None = None,
    like: str | None = None,
) -> Draft:
    """The draft for the feed that this file is a sample of; `head` are its first bytes, unpacked.

    Raises DraftError when there is no header.
    """
    table = table_of(head, path, encoding)
    columns = columns_of(table, path.name, like)
    file_kind = columns.file_kind(path.name)
    settings = [zone, *_encoding(head, table, encoding)]
    settings += [*_form(table, columns), *column_settings(table, columns, file_kind)]
    settings += _words(table, columns, file_kind)
    loud, outcome = [], []
    if file_kind is RESULTS:
        codes = [] if columns.wide else _codes(table, columns)
        settings += code_settings(codes, _unit_of_values(columns))
        loud = [*nothing_known(codes)]
        outcome = [*classed(table, columns)]
    elif file_kind is EXPOSURES:
        settings += exposure_settings(table, columns, path.name)
        loud = [*_no_text(columns), *unknown_systems(table, columns)]
        outcome = [
            *ended(table, columns, proposed_events(table, columns, settings)),
            *_commonest(table, columns),
        ]
    kind = "wide file" if columns.wide else f"file of {file_kind.name}"
    seen = f"a delimited {kind}: {len(table.headers)} columns, {len(table.rows)} rows read"
    remarks = [*shape_remarks(columns.export, like), *_remarks(table, columns, file_kind)]
    shown = tuple(columns_seen(columns, file_kind, settings))
    return Draft(name, seen, tuple(settings), tuple(remarks), shown, tuple(loud), tuple(outcome))


def _no_text(columns: SampleColumns) -> Iterator[str]:
    if not columns.of("code") and not columns.of("name"):
        yield "NO COLUMN HOLDS A CODE OR A NAME: nothing would be recognised."


def _commonest(table: SampleTable, columns: SampleColumns) -> Iterator[str]:
    """What stands in most rows; a name that stands in one alone may be anybody's remark."""
    codes, names = columns.of("code") or columns.of("name"), columns.of("name")
    cells = [_cells(table, listed) for listed in (codes, names, [])]
    if listed := commonest_codes(SampleCode.counted(zip(*cells, strict=True)), _FEWEST):
        yield f"The commonest codes: {listed}."


def _form(table: SampleTable, columns: SampleColumns) -> Iterator[Setting]:
    """Delimiter, decimal mark, dates."""
    sign = _SIGN.get(table.delimiter, table.delimiter)
    yield Setting(("delimiter",), sign, "the header row is cut by it")
    mark = decimal_mark(_values(table, columns))
    if mark == ",":
        yield Setting(("decimal_mark",), ",", "at least one number can be read no other way")
    elif mark is None:
        note = "every number with a point or comma can be read in two ways: 1,234 or 1.234"
        yield Setting(("decimal_mark",), UNANSWERED, note, (".", ","))
    yield from _dates(table, columns)


def _words(table: SampleTable, columns: SampleColumns, file_kind: FileKind) -> Iterator[Setting]:
    """What stands for a sex, a status or a unit only by the facility's own word."""
    cells = {
        name: [cell for header in columns.certain.get(name, []) for cell in table.column(header)]
        for name in ("sex", "status", "units")
        if name in file_kind.columns and file_kind is not EXPOSURES
    }
    units = cells.get("units", [])
    for isotype in columns.wide:
        if header := isotype.companions.get("units_column"):
            units = [*units, *table.column(header)]
    yield from word_settings(cells.get("sex", []), cells.get("status", []), units)


def _encoding(head: bytes, table: SampleTable, stated: str | None) -> Iterator[Setting]:
    """Nothing where the bytes prove it: UTF-8, UTF-16, plain ASCII."""
    read = [header for header in table.headers if not header.isascii()]
    shown = f"; check that these headers read well: {', '.join(read)}" if read else ""
    if stated:
        yield Setting(("encoding",), stated, f"as stated{shown}")
    elif table.charset == "cp1252" and any(sign in head for sign in _UNDEFINED_IN_CP1252):
        note = "neither UTF-8 nor windows-1252; draft again with --encoding once you know it"
        yield Setting(("encoding",), UNANSWERED, note, _CODE_PAGES)
    elif table.charset == "cp1252":
        yield Setting(("encoding",), "cp1252", f"not UTF-8{shown}")


def _dates(table: SampleTable, columns: SampleColumns) -> Iterator[Setting]:
    """The date_format, or the question which of several it is; nothing where all is ISO 8601."""
    headers = [header for name in _DATES for header in columns.of(name)]
    order = date_order([cell for header in {*headers} for cell in whole_days(table.column(header))])
    lost = f"; {order.n_unreadable} more in no usual way" if order.n_unreadable else ""
    if order.is_iso:
        return
    if len(order.formats) == 1:
        n_read = order.n_dates - order.n_unreadable
        note = f"{n_read} different dates can be read so and in no other usual order{lost}"
        yield Setting(("date_format",), order.formats[0], note)
    elif order.formats:
        note = f"each of the {order.n_dates} different dates can be read in several orders"
        yield Setting(("date_format",), UNANSWERED, note + lost, order.formats)
    elif order.n_dates:
        note = f"no one usual order reads all dates{lost}{_apart(table, headers)}"
        yield Setting(("date_format",), UNANSWERED, f"{note}; write it in strptime's letters")


def _apart(table: SampleTable, headers: Sequence[str]) -> str:
    """How each column's dates are written, where one order does not read them all."""
    orders = {header: date_order(whole_days(table.column(header))) for header in headers}
    formats = [f"{h} {' or '.join(order.formats)}" for h, order in orders.items() if order.formats]
    return f" ({', '.join(formats)})" if formats else ""


def _values(table: SampleTable, columns: SampleColumns) -> list[str]:
    headers = [i.header for i in columns.wide] or columns.of("value")
    return [cell for header in headers for cell in table.column(header)]


def _codes(table: SampleTable, columns: SampleColumns) -> list[SampleCode]:
    """Each code that a sample's rows hold, with what stands beside it."""
    names, units = columns.of("test_name"), columns.of("units")
    codes = columns.of("code") or names
    names = [header for header in names if header not in codes] or names
    cells = [_cells(table, listed) for listed in (codes, names, units)]
    return SampleCode.counted(zip(*cells, strict=True))


def _cells(table: SampleTable, headers: Sequence[str]) -> list[str]:
    return table.column(headers[0]) if headers else [""] * len(table.rows)


def _unit_of_values(columns: SampleColumns) -> str | None:
    return next((unit for h in columns.of("value") if (unit := without_unit(h)[1])), None)


def _remarks(table: SampleTable, columns: SampleColumns, file_kind: FileKind) -> Iterator[str]:
    if "assigning_authority" in file_kind.columns and not columns.certain.get(
        "assigning_authority"
    ):
        yield (
            "No column says who issued the patient numbers: they count as this facility's own. If "
            "other feeds send the same numbers, add identifier: {authority: NAME}."
        )
    asked = _requesters(columns, file_kind)
    if asked:
        stated = ", ".join(f"{name}: {header}" for name, header in asked.items())
        yield (
            "Who asked for a result, or where, is read and shown to the clinic with "
            f"show_requester: true and columns: {{{stated}}}."
        )
    if national := _national_number(columns, file_kind):
        yield (
            f"{national} may be a national number: national_identifier: {{scheme: SCHEME}} and "
            f"columns: {{{NATIONAL_NUMBER}: {national}}} link it with the same of other feeds."
        )
    for name in file_kind.columns:
        if name in (*OF_REQUESTER, NATIONAL_NUMBER):
            continue
        is_settled = is_asked(name, columns, file_kind) or name in columns.certain
        listed = [] if is_settled else columns.possible.get(name)
        if listed:
            yield f"{' or '.join(listed)} may be {name}: if so, add it under columns."
    twice = [h for h, n in Counter(filter(None, table.headers)).items() if n > 1]
    if twice:
        yield f"Twice among the headers: {', '.join(twice)}. Which is which must be asked."
    if columns.clock:
        yield f"{', '.join(columns.clock)}: clock times alone; the day is read, without its time."
    not_read = {*asked.values(), national} - {*columns.of("patient_id")}
    mentioned = columns.mentioned() - not_read
    unread = [h for h in table.headers if h and h not in mentioned]
    if unread:
        yield f"Not read: {', '.join(unread)}."
    if table.n_other_rows:
        yield f"{table.n_other_rows} rows have another number of cells: totals, remarks or damage."


def _national_number(columns: SampleColumns, file_kind: FileKind) -> str | None:
    """The header of a national number that stands beside the number by which patients are known."""
    if NATIONAL_NUMBER not in file_kind.columns:
        return None
    known_by = columns.certain.get("patient_id", [])
    beside = [h for h in columns.of(NATIONAL_NUMBER) if known_by != [h]]
    return beside[0] if beside else None


def _requesters(columns: SampleColumns, file_kind: FileKind) -> dict[str, str]:
    """The headers that say who asked for a result: read only where the site decides so."""
    wanted = [name for name in OF_REQUESTER if name in file_kind.columns and columns.of(name)]
    return {name: columns.of(name)[0] for name in wanted}
