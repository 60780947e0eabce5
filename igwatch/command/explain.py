"""`igwatch explain`: for one patient, why flagged or why not, with every result and its reason."""

from __future__ import annotations

from typing import Annotated, Any

import duckdb
import typer

from igwatch.command.screen import (
    AsOfOption,
    HomeOption,
    JsonOption,
    clock_of,
    dicts,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.past import opened
from igwatch.pipeline import PipelineError
from igwatch.settings import Settings

PATIENT = """
SELECT DISTINCT patient_key, assigning_authority FROM core.patient
WHERE patient_id = $1 AND coalesce(assigning_authority = $2, true)
UNION
SELECT DISTINCT patient_key, assigning_authority FROM core.patient_alias
WHERE patient_id = $1 AND coalesce(assigning_authority = $2, true)
"""
RESULTS = """
SELECT
    m.collected_at::DATE AS collected_on, m.analyte, m.value_source_value AS value,
    m.unit_source_value AS unit, coalesce(m.value_g_per_l, m.value_kiu_per_l) AS normalised,
    m.lower_limit_min, m.lower_limit_max, m.upper_limit_min, m.upper_limit_max, m.class,
    m.laboratory, m.laboratory_interpretation AS laboratory_says, m.measurement_id
FROM core.measurement AS m WHERE m.patient_key = $1 ORDER BY m.collected_at, m.analyte
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
FLAGS = """
SELECT rule_id, status, grade, status_reason, n_counted, span_days, repeat_due_on,
    repeat_overdue_on, urgent, routes, missing, rule_version, reference_set, as_of
FROM flag.patient_flag
WHERE patient_key = $1 AND coalesce(rule_id = $2, true) ORDER BY rule_id
"""
STEPS = """
SELECT rule_id, event_number AS step, collected_at::DATE AS collected_on, analyte,
    value_source_value AS value, class, event, is_counted, reason, status_after
FROM flag.evidence
WHERE patient_key = $1 AND role = 'index' AND coalesce(rule_id = $2, true)
ORDER BY rule_id, event_number
"""
EXPOSURES = """
SELECT kind, code, name, effect, start_date, end_date, active_until
FROM core.exposure WHERE patient_key = $1 ORDER BY start_date
"""
QUESTIONS = {
    "results": RESULTS,
    "unusable": UNUSABLE,
    "superseded": SUPERSEDED,
    "exposures": EXPOSURES,
}


def explain(
    patient_id: Annotated[str, typer.Argument(help="identifier as the laboratory sends it")],
    home: HomeOption = None,
    authority: Annotated[str | None, typer.Option(help="assigning authority")] = None,
    as_of: AsOfOption = None,
    rule: Annotated[str | None, typer.Option(help="hyper_igm or selective_igm_deficiency")] = None,
    as_json: JsonOption = False,
) -> None:
    """Why a patient is flagged or not: dated values, limits, what counted, what is missing.

    Example: igwatch explain 4711 --authority NORTHGATE --as-of 2026-03-01
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    with opened(place, settings, as_of and clock_of(as_of, settings)) as con:
        told = _told(con, _patient_key(con, patient_id, authority), rule)
    show_json(told) if as_json else _show(patient_id, told)


def _patient_key(con: duckdb.DuckDBPyConnection, patient_id: str, authority: str | None) -> str:
    found = con.execute(PATIENT, [patient_id, authority]).fetchall()
    keys = {key for key, _ in found}
    if not keys:
        raise PipelineError("no result of that patient; check the identifier and --authority")
    if len(keys) > 1:
        authorities = ", ".join(sorted({name for _, name in found}))
        raise PipelineError(f"several patients have it; choose one with --authority: {authorities}")
    return keys.pop()


def _told(con: duckdb.DuckDBPyConnection, key: str, rule: str | None) -> dict[str, Any]:
    told = {name: dicts(con.execute(query, [key])) for name, query in QUESTIONS.items()}
    told["flags"] = dicts(con.execute(FLAGS, [key, rule]))
    told["steps"] = dicts(con.execute(STEPS, [key, rule]))
    return told


def _show(patient_id: str, told: dict[str, Any]) -> None:
    for flag in told["flags"]:
        screen.print(
            f"[bold]{flag['rule_id']}: {flag['status']}[/]"
            + (f" ({flag['grade']})" if flag["grade"] else "")
            + (" [bold red]URGENT[/]" if flag["urgent"] else "")
        )
        screen.print(f"  {flag['status_reason']}", markup=False)
        if flag["repeat_due_on"]:
            screen.print(
                f"  repeat due {flag['repeat_due_on']}, overdue {flag['repeat_overdue_on']}"
            )
        if flag["routes"]:
            screen.print(f"  look also at: {', '.join(flag['routes'])}")
        if flag["missing"]:
            screen.print(f"  not in a laboratory feed: {', '.join(flag['missing'])}")
        screen.print(
            f"  rules {flag['rule_version']}, limits {flag['reference_set']}, "
            f"as of {flag['as_of']}; a pattern, not a diagnosis"
        )
    if not told["flags"]:
        screen.print("not flagged by either rule: no result of this patient is evidence for one")
    show_rows(
        "Steps",
        told["steps"],
        (
            "rule_id",
            "step",
            "collected_on",
            "analyte",
            "value",
            "class",
            "is_counted",
            "reason",
            "status_after",
        ),
    )
    show_rows(
        "Results",
        told["results"],
        (
            "collected_on",
            "analyte",
            "value",
            "unit",
            "normalised",
            "lower_limit_min",
            "lower_limit_max",
            "upper_limit_min",
            "upper_limit_max",
            "class",
            "laboratory",
            "laboratory_says",
        ),
    )
    show_rows("Not usable", told["unusable"], ("collected_on", "test", "value", "unit", "reason"))
    show_rows(
        "Superseded",
        told["superseded"],
        ("collected_on", "analyte", "value", "unit", "reason_code", "superseded_at"),
    )
    show_rows(
        "Exposures",
        told["exposures"],
        ("kind", "code", "name", "effect", "start_date", "end_date", "active_until"),
    )


def add_to(app: typer.Typer) -> None:
    app.command()(explain)
