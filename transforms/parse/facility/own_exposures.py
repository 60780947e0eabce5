"""A facility's own map, `facility/<name>.exposures.csv`: what its local codes and names of
medications, diagnoses and procedures mean, line by line approved: a group of exposures, or a code
of a system that is read.

A line that names neither says that somebody looked and that it means nothing to any rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import pyarrow as pa

from igwatch.base.knowledge import knowledge_rows
from transforms.parse.facility.facility_file import FacilityError
from transforms.parse.facility.own_table import read_table

REQUIRED = ("code_system", "code", "exposure_group", "approved_by")
OPTIONAL = ("name", "target_code_system", "target_code", "approved_on")
LOCAL_EXPOSURE = pa.schema(
    [
        (name, pa.string())
        for name in (
            "facility",
            "code_system",
            "code",
            "name",
            "exposure_group",
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
    if not path.exists() and not path.is_symlink():
        return LOCAL_EXPOSURE.empty_table()
    systems = {}
    for row in knowledge_rows("exposure_system"):
        systems[_plain(row["as_sent"])] = systems[_plain(row["code_system"])] = row["code_system"]
    header, lines = read_table(path, ExposureMapError)
    _check_header(path.name, header)
    rows = [(number, _row(path.name, number, line, systems)) for number, line in lines]
    _check_whole(path.name, rows)
    stored = [{"facility": facility, **{k: v or None for k, v in row.items()}} for _, row in rows]
    return pa.Table.from_pylist(stored, LOCAL_EXPOSURE)


def _row(
    name: str, line: int, row: Mapping[str, str | None], systems: Mapping[str, str]
) -> dict[str, str]:
    place = f"{name}, line {line}"
    if None in row:
        raise ExposureMapError(f"{place}: more cells than headers", "put quotes around a comma")
    cell = {column: (row.get(column) or "").strip() for column in (*REQUIRED, *OPTIONAL)}
    if not cell["code"] and not cell["name"]:
        raise ExposureMapError(f"{place}:", "code or name must be filled")
    if not cell["approved_by"]:
        raise ExposureMapError(f"{place}: approved_by must be filled", "who approved it")
    if cell["approved_on"]:
        _check_day(place, cell["approved_on"])
    if cell["exposure_group"] and cell["target_code"]:
        raise ExposureMapError(f"{place}: a group and a code", "fill one of them")
    if cell["exposure_group"] and cell["exposure_group"] not in exposure_groups():
        raise ExposureMapError(
            f"{place}: {cell['exposure_group']} is no group of exposures",
            "write one of transforms/knowledge/exposure.csv, such as anti_cd20",
        )
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
    return {name: cell[name] for name in LOCAL_EXPOSURE.names if name in cell}


def _check_header(name: str, header: Sequence[str]) -> None:
    missing = [column for column in REQUIRED if column not in header]
    unknown = [column for column in header if column not in (*REQUIRED, *OPTIONAL)]
    if missing or unknown or len(set(header)) < len(header):
        raise ExposureMapError(
            f"{name}:", f"header must be {','.join(REQUIRED)}, and may have {','.join(OPTIONAL)}"
        )


@cache
def exposure_groups() -> frozenset[str]:
    """The groups that knowledge/exposure.csv has."""
    return frozenset(row["exposure_group"] for row in knowledge_rows("exposure"))


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
        target = _key(row, "exposure_group", "target_code_system", "target_code")
        targets = first.setdefault(what, {})
        if target in targets:
            raise ExposureMapError(
                f"{name}, line {line}: stands twice, first on line {targets[target]}",
                "keep one of them",
            )
        if any(any(other) != any(target) for other in targets):
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
