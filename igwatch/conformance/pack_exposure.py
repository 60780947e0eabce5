"""A drawn exposure as a code of the knowledge tables, on days that make it bear as long as drawn.

A case names an effect, a group, what it lowers and how long it looks back; a feed sends codes. So
the first row of exposure.csv is taken that does the same, of its own group where there is one. Its
end is moved so that it bears on results until the drawn day: the row's look-back is its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from igwatch.base.knowledge import knowledge_rows, rule_ids
from transforms.knowledge.drawn_case import DrawnExposure

KINDS = ("medication", "diagnosis", "finding")
LEAST_SIGNS = 3
CODE_SYSTEMS = ("ATC", "ICD10", "igwatch")
CAUSES = ("definite", "possible")
INDEXES = ("igg", "igm")
"""What a rule follows: whether a cause lowers another isotype decides nothing."""
SUSPECTED = "suspected"


@dataclass(frozen=True)
class CodedExposure:
    """Days from day 0; `first_day` None is not known, `last_day` None is open."""

    exposure_id: str
    kind: str
    code_system: str
    code: str
    name: str
    is_suspected: bool
    first_day: int | None
    last_day: int | None


def coded(exposure: DrawnExposure, as_of: int) -> CodedExposure | None:
    """The exposure by a code; None where no code does what is drawn. `as_of`: day of the clock."""
    for row in _rows_like(exposure):
        first_day, last_day = exposure.first_day, _last_day(exposure, row, as_of)
        if first_day is None or last_day is None or last_day >= first_day:
            return CodedExposure(
                row["exposure_id"],
                row["kind"],
                row["code_system"],
                row["code_prefix"],
                row["exposure_group"].replace("_", " "),
                exposure.effect == SUSPECTED,
                first_day,
                last_day,
            )
    return None


def _last_day(exposure: DrawnExposure, row: dict[str, str], as_of: int) -> int | None:
    """The day of the clock where it still lasts and would else end as the knowledge tables say; no
    feed states what is yet to come."""
    if exposure.active_until is not None:
        last_day = exposure.active_until - int(row["lookback_days"] or 0)
        is_to_come = exposure.first_day is not None and exposure.first_day > as_of
        return last_day if is_to_come else min(last_day, as_of)
    ends_by_itself = row["kind"] == "medication" or bool(row["open_days"])
    return max(as_of, exposure.first_day or as_of) if ends_by_itself else None


def _rows_like(exposure: DrawnExposure) -> Iterator[dict[str, str]]:
    """Rows that do what is drawn, those of its group first. A group that a rule or a label asks
    for by name has no other in its place."""
    same = [row for row in _sayable() if _does(row, exposure)]
    yield from (row for row in same if row["exposure_group"] == exposure.group)
    if exposure.group not in _asked_by_name():
        yield from (row for row in same if row["exposure_group"] not in _asked_by_name())


def _does(row: dict[str, str], exposure: DrawnExposure) -> bool:
    effect = row["effect"]
    if exposure.group in _labels():
        return row["exposure_group"] == exposure.group
    if effect == "monoclonal":
        return exposure.effect == effect
    if effect in CAUSES:
        is_wanted = exposure.effect == effect or (
            exposure.effect == SUSPECTED and row["kind"] == "diagnosis"
        )
        lowers = {analyte for analyte in INDEXES if row[f"lowers_{analyte}"] == "true"}
        is_wanted = is_wanted and lowers == exposure.lowers & set(INDEXES)
    else:
        is_wanted = exposure.effect == effect
    return is_wanted and (row["raises_igm"] == "true") == exposure.raises_igm


@cache
def _sayable() -> tuple[dict[str, str], ...]:
    """Rows with a code that can be sent (not a chapter, such as O), of a kind that ends by a stated
    day: a procedure's bearing is counted otherwise."""
    rows = [
        row
        for row in knowledge_rows("exposure")
        if len(row["code_prefix"]) >= LEAST_SIGNS
        and row["kind"] in KINDS
        and row["code_system"] in CODE_SYSTEMS
    ]
    return tuple(sorted(rows, key=_by_how_it_ends))


def _by_how_it_ends(row: dict[str, str]) -> tuple[int, bool]:
    """Drugs first; of diagnoses first those that heal, for others take the rest as lasting."""
    return KINDS.index(row["kind"]), row["kind"] == "diagnosis" and not row["open_days"]


@cache
def _labels() -> frozenset[str]:
    """Groups that name the pattern of a rule itself."""
    return frozenset(rule_ids())


@cache
def _asked_by_name() -> frozenset[str]:
    """Groups that stand for themselves alone: labels, and what a parameter or a check names."""
    suffix = "_explains_from_g_per_l"
    named = {
        row["parameter"].removesuffix(suffix)
        for row in knowledge_rows("rule_parameter")
        if row["parameter"].endswith(suffix)
    }
    return _labels() | named | {"electrophoresis", "exclusion_screen", "plasma_cell"}
