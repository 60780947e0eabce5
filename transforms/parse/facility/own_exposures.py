"""A facility's own map, `facility/<name>.exposures.csv`: what its local codes and names of
medications, diagnoses and procedures mean in a system that is read, line by line approved.

Without a target a line says that somebody looked and that it means nothing to any rule.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa

from igwatch.base.knowledge import knowledge_rows
from transforms.parse.facility.facility_file import FacilityError

COLUMNS = (
    "code_system",
    "code",
    "name",
    "target_code_system",
    "target_code",
    "approved_by",
    "approved_on",
)
LOCAL_EXPOSURE = pa.schema(
    [
        (name, pa.string())
        for name in (
            "facility",
            "code_system",
            "code",
            "name",
            "target_code_system",
            "target_code",
        )
    ]
)
_IN_A_CODE = re.compile(r"[.\s-]+")


class ExposureMapError(FacilityError):
    """A facility's map that cannot be used; one line with file, line, fault and mend."""


def read_exposure_map(folder: Path, facility: str) -> pa.Table:
    """The rows of `<folder>/<facility>.exposures.csv` (LOCAL_EXPOSURE); none without a file.

    An empty cell is NULL; the target's system is written as knowledge/exposure_system.csv names it.
    Raises ExposureMapError.
    """
    path = folder / f"{facility}.exposures.csv"
    if not path.exists():
        return LOCAL_EXPOSURE.empty_table()
    systems = {}
    for row in knowledge_rows("exposure_system"):
        systems[_plain(row["as_sent"])] = systems[_plain(row["code_system"])] = row["code_system"]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            if tuple(lines.fieldnames or ()) != COLUMNS:
                raise ExposureMapError(f"{path.name}:", f"header must be {','.join(COLUMNS)}")
            rows = [(lines.line_num, _row(path.name, lines.line_num, r, systems)) for r in lines]
    except UnicodeDecodeError:
        raise ExposureMapError(f"{path.name}: not UTF-8", "save the file as UTF-8") from None
    _check_whole(path.name, rows)
    stored = [{"facility": facility, **{k: v or None for k, v in row.items()}} for _, row in rows]
    return pa.Table.from_pylist(stored, LOCAL_EXPOSURE)


def _row(
    name: str, line: int, row: Mapping[str, str | None], systems: Mapping[str, str]
) -> dict[str, str]:
    place = f"{name}, line {line}"
    if None in row:
        raise ExposureMapError(f"{place}: more cells than headers", "put quotes around a comma")
    cell = {column: (row[column] or "").strip() for column in COLUMNS}
    if not cell["code"] and not cell["name"]:
        raise ExposureMapError(f"{place}:", "code or name must be filled")
    unsigned = [column for column in ("approved_by", "approved_on") if not cell[column]]
    if unsigned:
        raise ExposureMapError(
            f"{place}: {', '.join(unsigned)} must be filled", "who approved, and when"
        )
    _check_day(place, cell["approved_on"])
    system = cell["target_code_system"]
    if bool(system) != bool(cell["target_code"]):
        raise ExposureMapError(
            f"{place}: half a target",
            "fill target_code_system and target_code, or neither where it means nothing to a rule",
        )
    if system and _plain(system) not in systems:
        known = ", ".join(sorted(set(systems.values())))
        raise ExposureMapError(f"{place}: {system} is no system that is read", f"write {known}")
    cell["target_code_system"] = systems[_plain(system)] if system else ""
    return {column: cell[column] for column in COLUMNS if column in LOCAL_EXPOSURE.names}


def _check_day(place: str, text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ExposureMapError(
            f"{place}:", "approved_on must be a date, written YYYY-MM-DD"
        ) from None


def _check_whole(name: str, rows: Iterable[tuple[int, Mapping[str, str]]]) -> None:
    """Refuse a line that says again, or takes back, what another says of the same code."""
    first: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {}
    for line, row in rows:
        what = _key(row, "code_system", "code", "name")
        target = _key(row, "target_code_system", "target_code")
        targets = first.setdefault(what, {})
        if target in targets:
            raise ExposureMapError(
                f"{name}, line {line}: stands twice, first on line {targets[target]}",
                "keep one of them",
            )
        if any(bool(code) != bool(target[1]) for _, code in targets):
            raise ExposureMapError(
                f"{name}, line {line}: a meaning and none, as line {min(targets.values())} says",
                "keep one of them",
            )
        targets[target] = line


def _key(row: Mapping[str, str], *columns: str) -> tuple[str, ...]:
    return tuple(_plain(row[column]) for column in columns)


def _plain(text: str) -> str:
    """A code, name or system for comparing: in capitals, without points, blanks and hyphens."""
    return _IN_A_CODE.sub("", text.upper())
