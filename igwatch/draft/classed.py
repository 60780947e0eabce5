"""The last lines of a draft: how many rows could be used, and what the others lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

import pyarrow as pa

from igwatch.draft.columns import SampleColumns
from igwatch.draft.date_order import date_order
from igwatch.draft.isotype_name import accepted_analytes, isotypes
from igwatch.draft.sample_table import SampleTable
from transforms.parse.delimited.timestamp import TimestampReader

NO_TIME, NO_BIRTH_DATE = "time of collection", "birth date"
_N_LOOKED_AT = 2000
_ZONE = ZoneInfo("UTC")


def classed(table: SampleTable, columns: SampleColumns) -> Iterator[str]:
    """Of each immunoglobulin how many results can be classed, and why the others cannot."""
    has_time = _are_times(table, columns, "collected_at")
    patient = _cells(table, columns.of("patient_id"))
    has_birth = _are_times(table, columns, "birth_date")
    born = {who for who, is_known in zip(patient, has_birth, strict=True) if is_known}
    yield from classed_lines(
        (analyte, NO_TIME if not has_time[row] else None if patient[row] in born else NO_BIRTH_DATE)
        for analyte, rows in _rows_of(table, columns).items()
        for row in rows
    )


def classed_lines(results: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    """The same of results given as (analyte, what it lacks or None)."""
    lacks: dict[str, Counter[str | None]] = {}
    for analyte, lack in results:
        lacks.setdefault(analyte, Counter())[lack] += 1
    for analyte, counts in sorted(lacks.items()):
        lacking = [(lack, n) for lack, n in counts.items() if lack]
        lost = [f"{n:,} {'has' if n == 1 else 'have'} no {lack}" for lack, n in lacking]
        said = "; ".join([f"{counts[None]:,} can be classed", *lost])
        yield f"Of {counts.total():,} {_named(analyte)}, {said}."
    if any(NO_BIRTH_DATE in counts for counts in lacks.values()):
        yield (
            "Nobody is assessed without a birth date: a file of patients (patient_id, birth_date, "
            "sex) of the same feed gives it."
        )


def ended(table: SampleTable, columns: SampleColumns, events: Sequence[str]) -> Iterator[str]:
    """How many exposures there are, and what says when each is over; `events` are their events."""
    ends: Counter[str] = Counter()
    stated = [table.column(header) for header in columns.certain.get("end_date", [])]
    supply = [table.column(header) for header in columns.certain.get("days_supply", [])]
    for row in range(len(table.rows)):
        if any(cells[row].strip() for cells in stated):
            ends["on a day that is stated"] += 1
        elif any(cells[row].strip() for cells in supply):
            ends["with their supply"] += 1
        elif events[row] == "administered":
            ends["on the day itself"] += 1
        else:
            ends["by the limit after their last mention: nothing says when"] += 1
    said = ", ".join(f"{n:,} {how}" for how, n in ends.items())
    yield f"{len(table.rows):,} rows; they end: {said}."
    if not columns.of("start_date"):
        yield "NO COLUMN SAYS WHEN: every row begins with its delivery."


def _rows_of(table: SampleTable, columns: SampleColumns) -> dict[str, list[int]]:
    """The rows with a result of each immunoglobulin, by code or name."""
    rows: dict[str, list[int]] = {}
    for isotype in columns.wide:
        filled = [i for i, cell in enumerate(table.column(isotype.header)) if cell.strip()]
        rows.setdefault(isotype.analyte, []).extend(filled)
    if columns.wide:
        return rows
    names, codes = (_cells(table, columns.of(name)) for name in ("test_name", "code"))
    meant = isotypes({*names, *codes})
    loinc = accepted_analytes()
    for i, (name, code) in enumerate(zip(names, codes, strict=True)):
        analyte = loinc.get(code.strip()) or meant.get(name.strip() or code.strip())
        if analyte:
            rows.setdefault(analyte, []).append(i)
    return rows


def _are_times(table: SampleTable, columns: SampleColumns, name: str) -> Sequence[bool]:
    cells = [cell.strip() for cell in _cells(table, columns.of(name))]
    order = date_order([*dict.fromkeys(cells)][:_N_LOOKED_AT])
    reader = TimestampReader(order.formats[0] if order.formats else None, _ZONE)
    read = reader.times(pa.array([cell or None for cell in cells], pa.string()))
    return read.values.is_valid().to_pylist()


def _cells(table: SampleTable, headers: Sequence[str]) -> list[str]:
    return table.column(headers[0]) if headers else [""] * len(table.rows)


def _named(analyte: str) -> str:
    return f"Ig{analyte[2:].upper()}" if analyte.startswith("ig") else analyte
