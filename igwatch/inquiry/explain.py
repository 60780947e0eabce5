"""Everything that explains one patient, flagged or not, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from igwatch.base.error import PipelineError
from igwatch.base.sql import rows
from igwatch.inquiry.rebuild import tables_at
from igwatch.inquiry.saved_query import answers
from igwatch.site.facility_knowledge import facility_rules
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from transforms.course import Assessment, assessments
from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility import load_facility
from warehouse.generation import live_generation


def explain_patient(
    home: Home,
    settings: Settings,
    patient_id: str,
    authority: str | None = None,
    as_of: date | None = None,
    rule: str | None = None,
) -> dict[str, Any]:
    """Where the patient stands under each rule, every result and what was made of it.

    as_of: a past clock; None is the live generation. Raises PipelineError.
    """
    with tables_at(home, settings, as_of) as con:
        key = patient_key(con, patient_id, authority)
        clock = as_of or _published_as_of(home)
        assessed = _assessments(con, home, key, clock)
        person = {"patient_key": key}
        transition = person | {"rule_id": rule, "as_of": clock}
        explanation: dict[str, Any] = {
            "patient": answers(con, "explain_person", person)[0],
            "as_of": clock,
            "rules": [_rule(a) for a in assessed if rule in (None, a.rule_id)],
            "results": answers(con, "explain_result", person),
            "unusable": answers(con, "explain_unusable", person),
            "superseded": answers(con, "explain_superseded", person),
            "merges_refused": answers(con, "explain_merge_refused", person),
            "exposures": answers(con, "explain_exposure", person),
            "said": answers(con, "explain_transition", transition),
        }
        if as_of is None:
            published = {r["rule_id"]: r for r in answers(con, "explain_published", person)}
            explanation["differs_from_published"] = _differences(assessed, published)
    rules = explanation["rules"]
    for result in explanation["results"]:
        result["used_as"] = list(_uses(result["measurement_id"], rules))
    explanation["flags"] = [r["flag"] for r in rules if r["flag"]["status"] != "no_evidence"]
    return explanation


def _published_as_of(home: Home) -> date:
    live = live_generation(home.root)
    if live is None:
        raise PipelineError("nothing is published yet", "run: igwatch run")
    return live.as_of


def patient_key(con: duckdb.DuckDBPyConnection, patient_id: str, authority: str | None) -> str:
    """The key of the person whom an identifier, also a retired one, means. Raises PipelineError."""
    given = {"patient_id": patient_id, "authority": authority}
    found = answers(con, "explain_identifier", given)
    keys = {row["patient_key"] for row in found}
    if not keys:
        raise PipelineError("no result of that patient", "check the identifier and --authority")
    if len(keys) > 1:
        authorities = ", ".join(sorted({str(row["assigning_authority"]) for row in found}))
        raise PipelineError(
            "several patients have it", f"choose one with --authority: {authorities}"
        )
    return keys.pop()


def _assessments(
    con: duckdb.DuckDBPyConnection, home: Home, key: str, clock: date
) -> list[Assessment]:
    panels = rows(con, "FROM core.panel WHERE patient_key = $1", [key])
    exposures = rows(con, "FROM core.exposure WHERE patient_key = $1", [key])
    names = sorted(set(panels["facility"].to_pylist()))
    knowledge = load_knowledge() | {"facility_rule": facility_rules(home, names)}
    return assessments(key, panels, exposures, _facilities(home, names), knowledge, clock)


def _facilities(home: Home, names: Iterable[str]) -> pa.Table:
    """facility, exposure_feed, reference_set: what the course asks of a facility."""
    columns = ("facility", "exposure_feed", "reference_set")
    loaded = [load_facility(home.facility, name) for name in names]
    settings = [(f.name, f.exposure_feed, "+".join(f.reference_set)) for f in loaded]
    return pa.Table.from_pylist(
        [dict(zip(columns, row, strict=True)) for row in settings],
        pa.schema([(name, pa.string()) for name in columns]),
    )


def _rule(assessment: Assessment) -> dict[str, Any]:
    return {
        "rule_id": assessment.rule_id,
        "flag": dict(assessment.flag),
        "steps": [dict(step) for step in assessment.steps],
        "outlook": [step._asdict() for step in assessment.outlook],
        "missing": [dict(need) for need in assessment.missing],
    }


def _uses(measurement_id: str, rules: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """What each rule made of a result: an event of its own, or the context of another's."""
    for rule in rules:
        for step in rule["steps"]:
            ids = {step[f"{a}_measurement_id"] for a in ("igg", "iga", "igm", "ige")
                   if f"{a}_measurement_id" in step}  # fmt: skip
            if measurement_id not in ids:
                continue
            is_index = step["measurement_id"] == measurement_id
            yield {
                "rule_id": rule["rule_id"],
                "role": "index" if is_index else "context",
                "event_on": step["event_on"],
                "event": step["event"],
                "is_counted": step["is_counted"] and is_index,
                "reason": step["reason"],
            }


def _differences(
    found: Iterable[Assessment], published: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Where code, rules or a facility's settings changed after the generation was published."""
    return [
        f"{s.rule_id}: published {was}, now {s.flag['status']}; "
        "rules or settings changed since, run: igwatch run"
        for s in found
        if (was := published.get(s.rule_id, {}).get("status", "no_evidence")) != s.flag["status"]
    ]
