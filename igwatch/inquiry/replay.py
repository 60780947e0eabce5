"""A past night as it was known and said then, and why it differs from now."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from igwatch.base.error import PipelineError
from igwatch.inquiry.rebuild import rebuild
from igwatch.night.run import plan_run
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from transforms.course.rule import RULES
from warehouse.ledger import Publication, publications, published_statuses

FLAGS = "SELECT * FROM past.flag.patient_flag ORDER BY rule_id, status, patient_id"
# The ledger's last word on each person by that night, whatever number the person had before
SAID = """
WITH told AS (
    SELECT s.rule_id, s.status, s.seq,
        coalesce(a.surviving_patient_id, s.patient_id) AS patient_id,
        coalesce(a.surviving_assigning_authority, s.assigning_authority) AS assigning_authority
    FROM said AS s LEFT JOIN past.core.patient_alias AS a
        ON s.assigning_authority = a.assigning_authority AND s.patient_id = a.patient_id
    WHERE s.seq <= $seq
    QUALIFY row_number() OVER (
        PARTITION BY coalesce(a.surviving_patient_id, s.patient_id),
            coalesce(a.surviving_assigning_authority, s.assigning_authority), s.rule_id
        ORDER BY s.seq DESC, a.patient_id NULLS FIRST
    ) = 1
),
said_then AS (
    SELECT patient_id, assigning_authority, rule_id, status FROM told
    WHERE status <> 'no_evidence'
),
again AS (SELECT patient_id, assigning_authority, rule_id, status FROM past.flag.patient_flag)
SELECT count(*) FROM (
    (FROM said_then EXCEPT ALL FROM again) UNION ALL (FROM again EXCEPT ALL FROM said_then)
)
"""
# Flags whose status differs; a patient merged since is looked up under the present key
CHANGED = """
WITH present AS (
    SELECT p.patient_key, coalesce(a.patient_key, p.patient_key) AS present_key
    FROM past.core.patient AS p LEFT JOIN live.core.patient_alias AS a
        ON p.assigning_authority = a.assigning_authority AND p.patient_id = a.patient_id
),
earlier AS (
    SELECT f.*, coalesce(k.present_key, f.patient_key) AS present_key
    FROM past.flag.patient_flag AS f LEFT JOIN present AS k USING (patient_key)
)
SELECT
    t.patient_key AS key_then, coalesce(n.patient_key, t.present_key) AS key_now,
    coalesce(n.patient_id, t.patient_id) AS patient_id,
    coalesce(n.assigning_authority, t.assigning_authority) AS assigning_authority,
    coalesce(n.facility, t.facility) AS facility,
    coalesce(n.rule_id, t.rule_id) AS rule_id,
    coalesce(t.status, 'no_evidence') AS status_then,
    coalesce(n.status, 'no_evidence') AS status_now,
    t.status_reason AS reason_then, n.status_reason AS reason_now,
    t.rule_version AS version_then, n.rule_version AS version_now
FROM earlier AS t FULL JOIN live.flag.patient_flag AS n
    ON t.present_key = n.patient_key AND t.rule_id = n.rule_id
WHERE coalesce(t.status, '') <> coalesce(n.status, '')
ORDER BY rule_id, patient_id
"""
# What differs in the results of one person: gone, come, or changed where it stands
RESULTS = """
WITH earlier AS (FROM past.core.measurement WHERE patient_key IN ($key_then, $key_now)),
now AS (FROM live.core.measurement WHERE patient_key = $key_now),
cited AS (
    SELECT measurement_id FROM live.flag.evidence
    WHERE patient_key = $key_now AND rule_id = $rule_id
)
SELECT
    t.measurement_id IS NOT NULL AS was, n.measurement_id IS NOT NULL AS still,
    coalesce(n.analyte, t.analyte) AS analyte,
    coalesce(n.collected_at, t.collected_at)::DATE AS collected_on,
    concat_ws(' ', t.value_source_value, t.unit_source_value) AS value_then,
    concat_ws(' ', n.value_source_value, n.unit_source_value) AS value_now,
    s.superseded_by, n.measurement_id AS id_now,
    n.measurement_id IS NULL OR NOT EXISTS (FROM cited)
        OR n.measurement_id IN (FROM cited) AS is_cited
FROM earlier AS t FULL JOIN now AS n ON t.measurement_id = n.measurement_id
LEFT JOIN live.core.superseded AS s ON t.measurement_id = s.measurement_id
WHERE n.measurement_id IS NULL OR t.measurement_id IS NULL
    OR n.value_source_value <> t.value_source_value OR n.class IS DISTINCT FROM t.class
ORDER BY collected_on, analyte
"""
EXPOSURES = """
SELECT name, code, kind, start_date, end_date FROM live.core.exposure
WHERE patient_key = $key_now AND effect IS NOT NULL
    AND contains(coalesce(applies_to, ''), $rule_id)
EXCEPT
SELECT name, code, kind, start_date, end_date FROM past.core.exposure
WHERE patient_key IN ($key_then, $key_now)
ORDER BY ALL
"""
ISOTYPE = {"igg": "IgG", "iga": "IgA", "igm": "IgM", "ige": "IgE"}


def replay_night(
    home: Home, settings: Settings, as_of: date, known_by: datetime | None = None
) -> dict[str, Any]:
    """The flags of a past date and what differs from the live generation, with the reasons.

    Built from what the night of that date was built from, where one was published; known_by (UTC)
    instead takes the files landed by then. Raises PipelineError when nothing is published.
    """
    if not home.live.exists():
        raise PipelineError("nothing is published yet", "run: igwatch run")
    night = night_of(home, as_of, known_by)
    sources = night.sources if night else None
    work = rebuild(home, settings, as_of, known_by, sources=sources)
    try:
        return comparison(home, work, as_of, night)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def night_of(home: Home, as_of: date, known_by: datetime | None) -> Publication | None:
    """The last publication with this clock; with known_by, only one made of the same files."""
    nights = [p for p in publications(home.root) if p.as_of == as_of]
    if known_by is not None:
        known = plan_run(home, as_of, known_by).sources
        nights = [p for p in nights if p.sources == known]
    return nights[-1] if nights else None


def comparison(home: Home, work: Path, as_of: date, night: Publication | None) -> dict[str, Any]:
    with duckdb.connect() as con:
        for name, path in (("past", work / "build.duckdb"), ("live", home.catalogue)):
            quoted = str(path).replace("'", "''")
            con.execute(f"ATTACH '{quoted}' AS {name} (READ_ONLY)")
        changes = [_change(con, row, as_of) for row in _rows(con, CHANGED)]
        return {
            "as_of": as_of,
            "published_run_id": night.run_id if night else None,
            "differs_from_published": _differs_from_said(con, home, night) if night else None,
            "flags": _rows(con, FLAGS),
            "differs_from_now": changes,
        }


def _differs_from_said(con: duckdb.DuckDBPyConnection, home: Home, night: Publication) -> int:
    """How many flags today's rules and settings give otherwise than that night said."""
    path = home.generations / night.run_id / "flag" / "patient_flag.parquet"
    if not path.exists():
        con.register("said", published_statuses(home.root))
        return con.execute(SAID, {"seq": night.seq}).fetchall()[0][0]
    con.register("said", con.read_parquet(str(path)))
    columns = "COLUMNS(LAMBDA name: name NOT IN ('run_id', 'data_to'))"  # added on publishing
    query = (
        f"WITH said_then AS (SELECT {columns} FROM said), again AS (FROM past.flag.patient_flag) "
        "SELECT count(*) FROM ((FROM said_then EXCEPT ALL FROM again) UNION ALL "
        "(FROM again EXCEPT ALL FROM said_then))"
    )
    return con.execute(query).fetchall()[0][0]


def _change(con: duckdb.DuckDBPyConnection, row: dict[str, Any], as_of: date) -> dict[str, Any]:
    reasons = list(_reasons(con, row, as_of))
    if not reasons:
        why = row["reason_now"] or "no result is evidence any more"
        reasons = [{"kind": "time", "on": None, "said": f"time passed: {why}"}]
    names = ("patient_id", "assigning_authority", "facility", "rule_id", "reason_then",
             "reason_now")  # fmt: skip
    return {name: row[name] for name in names} | {
        "then": row["status_then"],
        "now": row["status_now"],
        "reasons": reasons,
    }


def _reasons(
    con: duckdb.DuckDBPyConnection, row: Mapping[str, Any], as_of: date
) -> Iterable[dict[str, Any]]:
    """Which correction, result, exposure, merge or rule stands between then and now."""
    given = {name: row[name] for name in ("key_then", "key_now", "rule_id")}
    if row["key_then"] not in (None, row["key_now"]):
        yield {"kind": "merge", "on": None, "said": "merged with another identifier since"}
    index_analyte = next(r.index_analyte for r in RULES if r.rule_id == row["rule_id"])
    yield from _result_reasons(_rows(con, RESULTS, given), index_analyte, as_of)
    for exposure in _rows(con, EXPOSURES, given):
        name = exposure["name"] or exposure["code"]
        said = f"{exposure['kind']} {name} from {exposure['start_date'] or 'an unknown day'}"
        yield {"kind": "exposure", "on": exposure["start_date"], "said": f"{said} became known"}
    if None not in (row["version_then"], row["version_now"]) and (
        row["version_then"] != row["version_now"]
    ):
        said = f"rules {row['version_then']} then, {row['version_now']} now"
        yield {"kind": "rules", "on": None, "said": said}


def _result_reasons(
    rows: list[dict[str, Any]], index_analyte: str, as_of: date
) -> Iterable[dict[str, Any]]:
    """What came, went or reads otherwise; of one day only the isotype that the rule follows."""
    now = {row["id_now"]: row for row in rows if row["id_now"]}
    replacing = {row["superseded_by"] for row in rows if row["was"] and not row["still"]}
    changes = [row for row in rows if row["id_now"] not in replacing and _is_news(row, now)]
    days = {row["collected_on"] for row in changes if row["analyte"] == index_analyte}
    for row in changes:
        if row["analyte"] == index_analyte or row["collected_on"] not in days:
            yield _result_reason(row, now, as_of)


def _is_news(row: Mapping[str, Any], now: Mapping[str, Mapping[str, Any]]) -> bool:
    """A result sent again without a change is none."""
    if not row["was"]:
        return row["is_cited"]
    instead = now.get(row["superseded_by"])
    return row["still"] or instead is None or instead["value_now"] != row["value_then"]


def _result_reason(
    row: Mapping[str, Any], now: Mapping[str, Mapping[str, Any]], as_of: date
) -> dict[str, Any]:
    on = row["collected_on"]
    test = f"{ISOTYPE.get(row['analyte'], row['analyte'])} of {on}"
    if row["was"] and not row["still"]:
        instead = now.get(row["superseded_by"])
        to = f"corrected to {instead['value_now']}" if instead else "withdrawn"
        return {"kind": "correction", "on": on, "said": f"{test}: {row['value_then']} {to}"}
    if row["was"]:
        said = f"{test}: {row['value_then']} is judged otherwise or now reads {row['value_now']}"
        return {"kind": "correction", "on": on, "said": said}
    kind, what = ("late", "arrived later") if on <= as_of else ("new", "was measured since")
    return {"kind": kind, "on": on, "said": f"{test}: {row['value_now']} {what}"}


def _rows(
    con: duckdb.DuckDBPyConnection, query: str, given: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    return con.sql(query, params=given).to_arrow_table().to_pylist()
