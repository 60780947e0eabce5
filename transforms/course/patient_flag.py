"""One row of flag.patient_flag: a state in the words of the published table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from transforms.course.event import Result
from transforms.course.exposure import Exposures
from transforms.course.panel import Panel
from transforms.course.parameter import Parameters
from transforms.course.route import Route, load_routes, routes_of
from transforms.course.rule import Rule
from transforms.course.state import AWAITING_REPEAT, INDETERMINATE, State
from transforms.course.surroundings import Surroundings

# States in which a published definition may still be met: what it needs beyond this is missing
OPEN = AWAITING_REPEAT | {"persistent", "definite_pattern", INDETERMINATE}


class Missing(NamedTuple):
    """What a published definition also needs, and the IgG subclasses that answer it, if any do."""

    name: str
    answered_by: frozenset[str]


@dataclass(frozen=True)
class RuleContext:
    """What a row needs beside the state: feeds, tables in use, routes, missing evidence, clock."""

    around: Surroundings
    reference_set: Mapping[str, str]
    routes: tuple[Route, ...]
    missing: Mapping[str, list[Missing]]
    as_of: date

    @classmethod
    def of(
        cls, knowledge: Mapping[str, pa.Table], facilities: pa.Table, as_of: date
    ) -> RuleContext:
        rows = facilities.select(["facility", "reference_set"]).to_pylist()
        missing: dict[str, list[Missing]] = {}
        for row in knowledge["missing"].to_pylist():
            answered_by = frozenset((row["answered_by"] or "").split("|")) - {""}
            missing.setdefault(row["rule_id"], []).append(Missing(row["missing"], answered_by))
        return cls(
            Surroundings.of(knowledge, facilities),
            {row["facility"]: row["reference_set"] for row in rows},
            load_routes(knowledge["route"]),
            missing,
            as_of,
        )


def flag_row(
    rule: Rule,
    state: State,
    exposures: Exposures,
    clinic: RuleContext,
    p: Parameters,
    asks_for_electrophoresis: bool = False,
) -> dict[str, Any]:
    """The columns of flag.patient_flag that follow from a state alone (person, notice and what is
    said in sentences aside)."""
    decided_by = state.decided_by
    panel = decided_by.panel if decided_by else None
    facility = panel.facility if panel else None
    due, overdue = rule.repeat_dates(state, p) or (None, None)
    return {
        "facility": facility,
        "rule_id": rule.rule_id,
        "status": state.status,
        "grade": rule.grade(state, p),
        "n_counted": len(state.counted),
        "span_days": state.span_days,
        "first_evidence_at": _collected_at(state.first_evidence),
        "last_evidence_at": _collected_at(state.last_evidence),
        "repeat_due_on": due,
        "repeat_overdue_on": overdue,
        "was_selective": state.decided_as == "was_selective",
        "capped_by": list(state.capped_by),
        "routes": _routes(state, exposures, clinic, asks_for_electrophoresis),
        "missing": _missing(clinic, rule, panel) if state.status in OPEN else [],
        "rule_version": p.version,
        "reference_set": clinic.reference_set.get(facility) if facility else None,
        "as_of": clinic.as_of,
    }


def _routes(
    state: State, exposures: Exposures, clinic: RuleContext, asks_for_electrophoresis: bool
) -> list[str]:
    """Of the panel that decided, what it was read as, and what is true beside it."""
    result = state.decided_by
    if result is None:
        return []
    events = {state.decided_as}
    if result.known_disease:
        events.add("known_disease")
    if asks_for_electrophoresis:
        events.add("electrophoresis")
    return routes_of(clinic.routes, result.panel, events, exposures)


def _missing(clinic: RuleContext, rule: Rule, panel: Panel | None) -> list[str]:
    """All that the rule's definition needs, but for what was measured beside the deciding panel."""
    measured = panel.igg_subclasses if panel else frozenset()
    needs = clinic.missing.get(rule.rule_id, [])
    return [n.name for n in needs if not n.answered_by or not n.answered_by <= measured]


def _collected_at(result: Result | None) -> datetime | None:
    return result.panel.collected_at if result else None
