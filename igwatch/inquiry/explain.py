"""Everything that explains one patient, flagged or not, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from igwatch.base.error import PipelineError
from igwatch.inquiry.rebuild import tables_at
from igwatch.site.facility_knowledge import facility_rules
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from transforms.course import Assessment, assessments
from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility import load_facility
from warehouse.generation import live_generation

PATIENT = """
SELECT DISTINCT patient_key, assigning_authority FROM core.patient
WHERE patient_id = $1 AND coalesce(assigning_authority = $2, true)
UNION
SELECT DISTINCT patient_key, assigning_authority FROM core.patient_alias
WHERE patient_id = $1 AND coalesce(assigning_authority = $2, true)
"""
PERSON = """
SELECT patient_id, assigning_authority, facility, sex, birth_date
FROM core.patient WHERE patient_key = $1
"""
RESULTS = """
SELECT
    m.collected_at::DATE AS collected_on, m.analyte, m.value_source_value AS value,
    m.unit_source_value AS unit, coalesce(m.value_g_per_l, m.value_kiu_per_l) AS normalised,
    if(m.analyte = 'ige', 'kIU/L', 'g/L') AS normalised_unit,
    m.lower_limit_min, m.lower_limit_max, m.upper_limit_min, m.upper_limit_max, m.class,
    m.laboratory, m.laboratory_interpretation AS laboratory_says, m.reference_set,
    m.facility, m.source_name, m.message_number, m.line_number, m.measurement_id
FROM core.measurement AS m WHERE m.patient_key = $1
ORDER BY m.collected_at, m.analyte, m.measurement_id
"""
UNUSABLE = """
SELECT collected_at::DATE AS collected_on, coalesce(analyte, test_name) AS test,
    value_source_value AS value, unit_source_value AS unit, reason
FROM core.unusable WHERE patient_key = $1 ORDER BY collected_at
"""
SUPERSEDED = """
SELECT collected_at::DATE AS collected_on, analyte, value_source_value AS value,
    unit_source_value AS unit, reason_code, superseded_at, superseded_by
FROM core.superseded WHERE patient_key = $1 ORDER BY collected_at, superseded_at
"""
MERGES_REFUSED = """
SELECT patient_id AS retired_id, assigning_authority AS retired_authority,
    surviving_patient_id AS surviving_id, surviving_assigning_authority AS surviving_authority,
    merged_at, reason, facility, message_number, line_number
FROM core.merge_refused WHERE $1 IN (patient_key, surviving_patient_key)
ORDER BY merged_at, retired_id, surviving_id
"""
EXPOSURES = """
SELECT kind, code, name, effect, exposure_group, start_date, end_date, active_until
FROM core.exposure WHERE patient_key = $1 ORDER BY start_date
"""
SAID = """
SELECT rule_id, as_of, from_status, to_status, status_reason, rule_version
FROM flag.transition
WHERE patient_key = $1 AND coalesce(rule_id = $2, true) AND as_of <= $3 ORDER BY as_of, rule_id
"""
PUBLISHED = "SELECT rule_id, status, rule_version FROM flag.patient_flag WHERE patient_key = $1"


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
        clock = as_of or live_generation(home.root).as_of
        found = _standings(con, home, key, clock)
        told = {
            "patient": _dicts(con, PERSON, [key])[0],
            "as_of": clock,
            "rules": [_rule(s) for s in found if rule in (None, s.rule_id)],
            "results": _dicts(con, RESULTS, [key]),
            "unusable": _dicts(con, UNUSABLE, [key]),
            "superseded": _dicts(con, SUPERSEDED, [key]),
            "merges_refused": _dicts(con, MERGES_REFUSED, [key]),
            "exposures": _dicts(con, EXPOSURES, [key]),
            "said": _dicts(con, SAID, [key, rule, clock]),
        }
        if as_of is None:
            published = {r["rule_id"]: r for r in _dicts(con, PUBLISHED, [key])}
            told["differs_from_published"] = _differences(found, published)
    for result in told["results"]:
        result["used_as"] = list(_uses(result["measurement_id"], told["rules"]))
    told["flags"] = [r["flag"] for r in told["rules"] if r["flag"]["status"] != "no_evidence"]
    return told


def patient_key(con: duckdb.DuckDBPyConnection, patient_id: str, authority: str | None) -> str:
    """The key of the person whom an identifier, also a retired one, means. Raises PipelineError."""
    found = con.execute(PATIENT, [patient_id, authority]).fetchall()
    keys = {key for key, _ in found}
    if not keys:
        raise PipelineError("no result of that patient", "check the identifier and --authority")
    if len(keys) > 1:
        authorities = ", ".join(sorted({str(name) for _, name in found}))
        raise PipelineError(
            "several patients have it", f"choose one with --authority: {authorities}"
        )
    return keys.pop()


def _standings(
    con: duckdb.DuckDBPyConnection, home: Home, key: str, clock: date
) -> list[Assessment]:
    panels = _table(con, "FROM core.panel WHERE patient_key = $1", [key])
    exposures = _table(con, "FROM core.exposure WHERE patient_key = $1", [key])
    names = sorted(set(panels["facility"].to_pylist()))
    knowledge = load_knowledge() | {"facility_rule": facility_rules(home, names)}
    return assessments(key, panels, exposures, _facilities(home, names), knowledge, clock)


def _facilities(home: Home, names: Iterable[str]) -> pa.Table:
    """facility, exposure_feed, reference_set: what the course asks of a facility."""
    columns = ("facility", "exposure_feed", "reference_set")
    loaded = [load_facility(home.facility, name) for name in names]
    rows = [(f.name, f.exposure_feed, "+".join(f.reference_set)) for f in loaded]
    return pa.Table.from_pylist(
        [dict(zip(columns, row, strict=True)) for row in rows],
        pa.schema([(name, pa.string()) for name in columns]),
    )


def _rule(standing: Assessment) -> dict[str, Any]:
    return {
        "rule_id": standing.rule_id,
        "flag": dict(standing.flag),
        "steps": [dict(step) for step in standing.steps],
        "outlook": [told._asdict() for told in standing.outlook],
        "missing": [dict(need) for need in standing.missing],
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


def _table(con: duckdb.DuckDBPyConnection, query: str, given: list[Any]) -> pa.Table:
    return con.sql(query, params=given).to_arrow_table()


def _dicts(con: duckdb.DuckDBPyConnection, query: str, given: list[Any]) -> list[dict[str, Any]]:
    return _table(con, query, given).to_pylist()
