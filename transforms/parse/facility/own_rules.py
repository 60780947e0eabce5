"""A facility's own rules, `facility/<name>.rules.csv`: signed, dated, and only known parameters.

They override numbers of transforms/knowledge/rule_parameter.csv for that facility's patients.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pyarrow as pa

from transforms.parse.facility.facility_file import FacilityError

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
# Read by the models that hold for every facility alike, not only by the course
WHOLE_SITE = frozenset(
    {
        "assess_from_age_days",
        "panel_window_days",
        "very_low_age_split_days",
        "very_low_igg_under_4y_g_per_l",
        "very_low_igg_from_4y_g_per_l",
        "very_low_iga_g_per_l",
        "very_low_igm_g_per_l",
        "adult_from_days",
        "adult_igm_lower_limit_g_per_l",
        "range_ratio_tolerance_log10",
        "adult_range_match_log10",
        "igrt_washout_days",
        "hidden_floor_min_share",
        "hidden_floor_min_results",
        "unit_slip_ratio_tolerance",
    }
)
NO_OVERRIDE = pa.schema(
    [
        ("facility", pa.string()),
        ("rule_id", pa.string()),
        ("parameter", pa.string()),
        ("value", pa.float64()),
        ("version", pa.string()),
        ("next_review_on", pa.date32()),
    ]
)


class OverrideError(FacilityError):
    """A facility's rules that cannot be used; one line with file, line, fault and mend."""


def read_overrides(folder: Path, facility: str, rule_parameter: pa.Table) -> pa.Table:
    """The rows of `<folder>/<facility>.rules.csv` (NO_OVERRIDE); none where there is no file.

    rule_parameter: the common rules; only a parameter that they have, in the same unit, may be
    overridden, and only one that the course reads. Raises OverrideError.
    """
    path = folder / f"{facility}.rules.csv"
    if not path.exists():
        return NO_OVERRIDE.empty_table()
    known = {(r["rule_id"], r["parameter"]): r["unit"] for r in rule_parameter.to_pylist()}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            if tuple(lines.fieldnames or ()) != COLUMNS:
                raise OverrideError(f"{path.name}:", f"header must be {','.join(COLUMNS)}")
            rows = [_row(f"{path.name}, line {lines.line_num}", r, facility, known) for r in lines]
    except UnicodeDecodeError:
        raise OverrideError(f"{path.name}: not UTF-8", "save the file as UTF-8") from None
    _check_whole(path.name, rows)
    return pa.Table.from_pylist(rows, NO_OVERRIDE)


def _row(
    place: str, row: dict[str, str], facility: str, known: dict[tuple[str, str], str]
) -> dict[str, object]:
    key = (row["rule_id"], row["parameter"])
    if key not in known:
        raise OverrideError(
            f"{place}: {row['rule_id']} has no parameter {row['parameter']}",
            "the names are those of transforms/knowledge/rule_parameter.csv",
        )
    if row["parameter"] in WHOLE_SITE:
        raise OverrideError(
            f"{place}: {row['parameter']} is one for the whole site", "remove the line"
        )
    if row["unit"] != known[key]:
        raise OverrideError(f"{place}:", f"unit of {row['parameter']} must be {known[key]}")
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
