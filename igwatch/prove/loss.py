"""Where a canary was lost on its way through the scratch home, step by step, and where to look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from igwatch.base.sql import rows
from igwatch.night.proof import FOUND, LOST, Outcome
from igwatch.prove.canary import Person
from igwatch.prove.dialect import CanaryGroup
from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility import Facility

FOLDER = Path(__file__).with_name("query")
NOT_READ, UNMAPPED, NOT_CLASSED, NOT_COUNTED = "not_read", "unmapped", "not_classed", "not_counted"
CAPPED, OTHER_STATE = "capped", "other_state"
NO_EVIDENCE, EXCLUDED = "no_evidence", "excluded_secondary"
UNSCREENED = "no_exposure_feed"
ENDED_WELL = ("measured", "superseded")
Row = dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """All that became of the canaries: results, states and refusals of their scratch home."""

    results: list[Row]
    states: list[Row]
    refused: Mapping[str, Row]
    exposed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection) -> Ended:
        def ask(name: str) -> list[Row]:
            return rows(con, (FOLDER / f"{name}.sql").read_text(encoding="utf-8")).to_pylist()

        refused = {row["facility"]: row for row in ask("canary_reject")}
        exposed = frozenset(row["patient_id"] for row in ask("canary_exposure"))
        return cls(ask("canary_result"), ask("canary_state"), refused, exposed)


def outcomes(group: CanaryGroup, facility: Facility, ended: Ended) -> Iterable[Outcome]:
    """The outcome of each canary of a feed."""
    for person in group.people:
        yield _outcome(person, group, facility, ended)


def _outcome(person: Person, group: CanaryGroup, facility: Facility, ended: Ended) -> Outcome:
    way = person.label.removeprefix(person.canary.name).strip()
    lost = _lost(person, group, facility, ended)
    if lost is None:
        return Outcome(group.facility, person.canary.name, way, FOUND)
    return Outcome(group.facility, person.canary.name, way, LOST, *lost)


def _lost(
    person: Person, group: CanaryGroup, facility: Facility, ended: Ended
) -> tuple[str, str | None, str] | None:
    """The first step at which it was lost, the field to look at and why; None where it was not."""
    results = _of(person, ended.results)
    if len(results) < person.canary.n_sent:
        refused = ended.refused.get(person.facility, {})
        why = refused.get("sentence") or "nothing in the message says that it is of interest"
        return NOT_READ, refused.get("field"), why
    for row in results:
        if row["disposition"] not in ENDED_WELL:
            step, field = _look_at(row["reason_code"], group, facility)
            return step, field, row["sentence"] or row["reason_code"]
    measured = [row for row in results if row["disposition"] == "measured"]
    if len(measured) != person.canary.n_last:
        return (
            NOT_COUNTED,
            _look_at("corrected", group, facility)[1],
            ("a correction did not take the place of what it corrects"),
        )
    if any(row["class"] is None for row in measured):
        others = {"hl7v2": "PID-7", "fhir": "Patient.birthDate"}
        field = others.get(group.format) or _header(facility, "birth_date")
        return NOT_CLASSED, field, "a value could not be held against any limit"
    return _lost_state(person, group, ended)


def _lost_state(
    person: Person, group: CanaryGroup, ended: Ended
) -> tuple[str, str | None, str] | None:
    stands = {row["rule_id"]: row for row in _of(person, ended.states)}
    for rule, expected in person.canary.states[group.is_screened].items():
        row = stands.get(rule)
        status = row["status"] if row else NO_EVIDENCE
        if status == expected:
            continue
        why = f"it ended as {status.replace('_', ' ')} and not as {expected.replace('_', ' ')}"
        if expected == EXCLUDED:
            is_read = not ended.exposed.isdisjoint(_numbers(person))
            return (UNMAPPED if is_read else NOT_READ), "exposures", why
        capped = {*(row["capped_by"] or ())} - {UNSCREENED} if row else set()
        if capped and expected != NO_EVIDENCE:
            return CAPPED, ", ".join(sorted(capped)), why
        n_counted = (row["n_counted"] or 0) if row else 0
        n_samples = len({sample.number for sample in person.canary.samples})
        is_less = expected != NO_EVIDENCE and n_counted < n_samples
        return (NOT_COUNTED if is_less else OTHER_STATE), None, why
    return None


def _of(person: Person, ended: list[Row]) -> list[Row]:
    numbers = _numbers(person)
    return [r for r in ended if r["patient_id"] in numbers and r["facility"] == person.facility]


def _numbers(person: Person) -> set[str]:
    """The numbers by which a person may be known, whatever the feed's own look like."""
    return {person.number(), person.number("patient", "0")}


def _look_at(reason: str, group: CanaryGroup, facility: Facility) -> tuple[str, str]:
    """The step of a reason, and the field of HL7 or the header of the file."""
    row = next(r for r in load_knowledge()["canary_loss"].to_pylist() if r["reason_code"] == reason)
    if group.format == "hl7v2":
        return row["lost_at"], row["hl7_field"]
    if group.format == "fhir":
        return row["lost_at"], row["fhir_element"]
    return row["lost_at"], _header(facility, row["canonical"])


def _header(facility: Facility, canonical: str) -> str:
    return next(iter(facility.columns.headers().get(canonical, ())), canonical)
