"""Everything that explains one patient, flagged or not, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from igwatch.base.error import PipelineError
from igwatch.base.knowledge import COMMON_RULES, knowledge_rows
from igwatch.base.sql import rows
from igwatch.inquiry.explain_exposures import tell_exposures
from igwatch.inquiry.rebuild import tables_at
from igwatch.inquiry.saved_query import answers
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import settings_in_force
from igwatch.site.signature_line import signature_lines
from reports.patient import later_result_is_held
from reports.safe_text import age
from reports.wording import wording
from transforms.course import Assessment, assessments
from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility import Facility
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
        person = {"patient_key": key}
        # first: tables of another release are told in one line
        asked = answers(con, "explain_asked", person)
        assessed = _assessments(con, home, key, clock)
        transition = person | {"rule_id": rule, "as_of": clock}
        explanation: dict[str, Any] = {
            "patient": answers(con, "explain_person", person)[0],
            "as_of": clock,
            "notice": _notice(assessed, asked),
            "rules": [_rule(a, asked) for a in assessed if rule in (None, a.rule_id)],
            "results": answers(con, "explain_result", person),
            "unusable": answers(con, "explain_unusable", person),
            "superseded": answers(con, "explain_superseded", person),
            "merges_refused": answers(con, "explain_merge_refused", person),
            "links": answers(con, "explain_link", person),
            "exposures": answers(con, "explain_exposure", person),
            "exposures_set_aside": answers(con, "explain_set_aside", person),
            "screening": answers(con, "explain_screened", person),
            "exposure_feeds": answers(con, "explain_exposure_feed", person),
            "said": answers(con, "explain_transition", transition),
        }
        if as_of is None:
            published = {r["rule_id"]: r for r in answers(con, "explain_published", person)}
            explanation["differs_from_published"] = _differences(assessed, published)
    explanation["signatures"] = _signatures(home, settings, explanation["results"])
    evidence = (a.flag["last_evidence_at"] for a in assessed)
    is_held = later_result_is_held(evidence, explanation["unusable"])
    explanation["later_result_held"] = wording("shown", "held_later") if is_held else None
    explanation["not_recognised"] = _not_recognised(explanation["exposures"])
    tell_exposures(explanation, clock)
    rules = explanation["rules"]
    for told in rules:
        told["flag"]["urgent"] = explanation["notice"]["urgent"]
    _date(explanation, clock)
    for result in explanation["results"]:
        result["used_as"] = list(_uses(result["measurement_id"], rules))
    explanation["flags"] = [r["flag"] for r in rules if r["flag"]["status"] != "no_evidence"]
    return explanation


def _signatures(home: Home, settings: Settings, results: Iterable[Mapping[str, Any]]) -> list[str]:
    """Who signed the rules that this patient is judged by: the common ones, and the facilities'."""
    asked = {COMMON_RULES, *(result["facility"] for result in results)}
    return [line for name, line in signature_lines(home, settings).items() if name in asked]


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
    in_force = settings_in_force(home, names)
    knowledge = load_knowledge() | {"facility_rule": in_force.rules}
    faults = {row["facility"]: row["screening_faults"] for row in answers(con, "explain_screening")}
    facilities = _facilities(in_force.facilities, faults)
    return assessments(key, panels, exposures, facilities, knowledge, clock)


def _facilities(loaded: Iterable[Facility], faults: Mapping[str, list[str]]) -> pa.Table:
    """What the course asks of a facility: its promise of exposures, how it fails, its limits."""
    columns = ("facility", "exposure_feed", "reference_set", "screening_faults")
    settings = [
        (f.name, f.exposure_feed, "+".join(f.reference_set), faults.get(f.name)) for f in loaded
    ]
    types = (pa.string(), pa.string(), pa.string(), pa.list_(pa.string()))
    return pa.Table.from_pylist(
        [dict(zip(columns, row, strict=True)) for row in settings],
        pa.schema(list(zip(columns, types, strict=True))),
    )


def _notice(assessed: Sequence[Assessment], asked: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What stands of the patient whatever the rule: urgency and severity, since when, and what
    ended each (verdict, recovery, repeat, birthday); for urgent ones what to order today."""
    first = assessed[0]
    columns = ("alarming", "severity", "severity_since", "urgent", "urgent_since")
    notice = {name: first.flag[name] for name in columns}
    ended = {"urgent": first.urgency_ended, "severity": first.severity_ended}
    for name, end in ended.items():
        notice |= {f"{name}_ended_on": end and end.on, f"{name}_ended_by": end and end.by}
    answer = _ending_verdict(asked)
    if notice["urgent"] and answer:
        notice |= {
            "urgent": False,
            "urgent_ended_on": answer["reviewed_at"].date(),
            "urgent_ended_by": "verdict",
        }
    notice["seen_at"] = next((row["seen_at"] for row in asked if row["seen_at"]), None)
    notice["order_today"] = _orders() if notice["urgent"] else []
    return notice


def _ending_verdict(asked: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The closing verdict that stands, where the patient is no longer urgent for it."""
    return next((row for row in asked if row["is_answered"] and row["urgent"] is False), None)


def _orders() -> list[dict[str, str]]:
    """Each with its source, or "ours, no source"."""
    return [
        {
            "order": row["order"],
            "source": wording("shown", "ours")
            if row["source_id"] == "DECISION"
            else row["source_id"],
        }
        for row in knowledge_rows("order_today")
    ]


def _not_recognised(exposures: Iterable[Mapping[str, Any]]) -> list[str]:
    """Which drugs no row of knowledge speaks of: of these nobody knows whether they explain it."""
    return sorted({e["name"] or e["code"] for e in exposures if e["is_not_recognised"]})


def _date(explanation: Mapping[str, Any], clock: date) -> None:
    """Each step and result with the age at the sample and the days since."""
    born = explanation["patient"]["birth_date"]
    for dated, name in (
        *((step, "event_on") for rule in explanation["rules"] for step in rule["steps"]),
        *((result, "collected_on") for result in explanation["results"]),
    ):
        dated["age_at_sample"] = age(born, dated[name])
        dated["days_ago"] = (clock - dated[name]).days


def _rule(assessment: Assessment, asked: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "rule_id": assessment.rule_id,
        "flag": dict(assessment.flag),
        "capped": [
            {"cap": cap, "why": wording("capped", cap), "lifted_by": wording("lift", cap)}
            for cap in assessment.flag["capped_by"]
        ],
        "asked": [row for row in asked if row["rule_id"] == assessment.rule_id],
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
