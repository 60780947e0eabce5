"""A facility's own rules, `facility/<name>.rules.csv`: signed, dated, and only known parameters.

They override numbers of transforms/knowledge/rule_parameter.csv for that facility's patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from transforms.knowledge.schema import FACILITY_RULE
from transforms.parse.facility.facility_file import FacilityError
from transforms.parse.facility.own_table import read_table

COLUMNS = (
    "rule_id",
    "parameter",
    "value",
    "unit",
    "version",
    "source_id",
    "certainty",
    "authored_by",
    "checked_by",
    "reviewed_on",
    "next_review_on",
    "note",
)
SIGNATURE = ("version", "authored_by", "checked_by", "reviewed_on", "next_review_on")


class OverrideError(FacilityError):
    """A facility's rules that cannot be used; one line with file, line, fault and mend."""


def read_overrides(folder: Path, facility: str, rule_parameter: pa.Table) -> pa.Table:
    """The rows of `<folder>/<facility>.rules.csv` (FACILITY_RULE); none where there is no file.

    rule_parameter: the common rules; only a parameter that they have, in the same unit, may be
    overridden, and none that holds for the whole site, because a model reads it for every facility
    alike (column is_site_wide). Raises OverrideError.
    """
    path = folder / f"{facility}.rules.csv"
    if not path.exists() and not path.is_symlink():
        return FACILITY_RULE.empty_table()
    known = {(r["rule_id"], r["parameter"]): r for r in rule_parameter.to_pylist()}
    header, lines = read_table(path, OverrideError)
    if header != COLUMNS:
        raise OverrideError(f"{path.name}:", f"header must be {','.join(COLUMNS)}")
    rows = [_row(f"{path.name}, line {number}", line, facility, known) for number, line in lines]
    _check_whole(path.name, rows)
    return pa.Table.from_pylist(rows, FACILITY_RULE)


def _row(
    place: str,
    row: dict[str, str],
    facility: str,
    known: Mapping[tuple[str, str], Mapping[str, Any]],
) -> dict[str, object]:
    key = (row["rule_id"], row["parameter"])
    if key not in known:
        raise OverrideError(
            f"{place}: {row['rule_id']} has no parameter {row['parameter']}",
            "the names are those of transforms/knowledge/rule_parameter.csv",
        )
    if known[key]["is_site_wide"]:
        raise OverrideError(
            f"{place}: {row['parameter']} is one for the whole site", "remove the line"
        )
    unit = known[key]["unit"]
    if row["unit"] != unit:
        raise OverrideError(f"{place}:", f"unit of {row['parameter']} must be {unit}")
    unsigned = [name for name in SIGNATURE if not (row[name] or "").strip()]
    if unsigned:
        raise OverrideError(
            f"{place}: {', '.join(unsigned)} must be filled", "who signed, and when"
        )
    return {
        "facility": facility,
        "rule_id": row["rule_id"],
        "parameter": row["parameter"],
        "value": _number(place, row["value"]),
        "version": row["version"].strip(),
        "next_review_on": _dates(place, row),
    }


def _number(place: str, text: str) -> float:
    try:
        number = float(text)
    except (TypeError, ValueError):
        raise OverrideError(f"{place}:", "value must be a number with a decimal point") from None
    if not 0 <= number < float("inf"):
        raise OverrideError(f"{place}:", "value must not be negative or endless")
    return number


def _dates(place: str, row: dict[str, str]) -> date:
    try:
        date.fromisoformat(row["reviewed_on"].strip())
        return date.fromisoformat(row["next_review_on"].strip())
    except ValueError:
        raise OverrideError(
            f"{place}:", "reviewed_on and next_review_on must be dates, written YYYY-MM-DD"
        ) from None


def _check_whole(name: str, rows: list[dict[str, object]]) -> None:
    keys = [(row["rule_id"], row["parameter"]) for row in rows]
    if len(set(keys)) < len(keys):
        raise OverrideError(f"{name}: a parameter stands twice", "keep one line")
    if len({row["version"] for row in rows}) > 1:
        raise OverrideError(f"{name}: more than one version", "give all lines the same")
