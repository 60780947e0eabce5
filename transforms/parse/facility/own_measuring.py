"""Which rows of knowledge/measuring.csv a facility has turned on, `facility/<name>.measuring.csv`:
after which exposures an immunoglobulin is to be measured, line by line approved.

No row asks anything until a facility that sends exposures signs it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from igwatch.base.knowledge import knowledge_rows
from transforms.knowledge.schema import LOCAL_MEASURING
from transforms.parse.facility.facility_file import FacilityError
from transforms.parse.facility.own_table import read_table

REQUIRED = ("measuring_id", "approved_by", "approved_on")
OPTIONAL = ("within_days",)


class MeasuringError(FacilityError):
    """A facility's list that cannot be used; one line with file, line, fault and mend."""


def read_measuring(folder: Path, facility: str) -> pa.Table:
    """The rows of `<folder>/<facility>.measuring.csv` (LOCAL_MEASURING); none without a file.

    within_days is in days: the facility's own, NULL where that of the knowledge holds.
    Raises MeasuringError.
    """
    path = folder / f"{facility}.measuring.csv"
    if not path.exists() and not path.is_symlink():
        return LOCAL_MEASURING.empty_table()
    header, lines = read_table(path, MeasuringError)
    _check_header(path.name, header)
    known = [row["measuring_id"] for row in knowledge_rows("measuring")]
    rows = [_row(f"{path.name}, line {number}", line, known) for number, line in lines]
    _check_once(path.name, [row["measuring_id"] for row in rows], [n for n, _ in lines])
    return pa.Table.from_pylist([{"facility": facility, **row} for row in rows], LOCAL_MEASURING)


def _row(place: str, row: Mapping[str, str | None], known: Sequence[str]) -> dict:
    if None in row:
        raise MeasuringError(f"{place}: more cells than headers", "put quotes around a comma")
    cell = {column: (row.get(column) or "").strip() for column in (*REQUIRED, *OPTIONAL)}
    if cell["measuring_id"] not in known:
        raise MeasuringError(
            f"{place}: {cell['measuring_id'] or 'nothing'} is no measuring_id",
            f"write one of {', '.join(known)}",
        )
    if not cell["approved_by"]:
        raise MeasuringError(f"{place}: approved_by must be filled", "who approved it")
    _check_day(place, cell["approved_on"])
    return {
        "measuring_id": cell["measuring_id"],
        "within_days": _days(place, cell["within_days"]),
        "approved_by": cell["approved_by"],
    }


def _check_day(place: str, text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise MeasuringError(
            f"{place}:", "approved_on must be a date, written YYYY-MM-DD"
        ) from None


def _days(place: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
        raise MeasuringError(f"{place}: within_days is no number of days", "write one such as 183")
    return int(text)


def _check_header(name: str, header: Sequence[str]) -> None:
    missing = [column for column in REQUIRED if column not in header]
    unknown = [column for column in header if column not in (*REQUIRED, *OPTIONAL)]
    if missing or unknown or len(set(header)) < len(header):
        raise MeasuringError(
            f"{name}:", f"header must be {','.join(REQUIRED)}, and may have {','.join(OPTIONAL)}"
        )


def _check_once(name: str, ids: Sequence[str], lines: Sequence[int]) -> None:
    for place, (measuring_id, line) in enumerate(zip(ids, lines, strict=True)):
        if measuring_id in ids[:place]:
            first = lines[ids.index(measuring_id)]
            raise MeasuringError(
                f"{name}, line {line}: stands twice, first on line {first}", "keep one of them"
            )
