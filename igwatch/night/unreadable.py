"""Facilities whose settings cannot be used, and of which no good ones were ever kept: none of their
rows can be read tonight. Their clinics stay known, and so do their urgent patients, as published.
"""

from __future__ import annotations

import duckdb

from igwatch.base.sql import attached
from igwatch.night.run import Run
from igwatch.site.home import Home

NAMES = "CREATE OR REPLACE TEMP TABLE unreadable AS SELECT unnest($1) AS facility"
FACILITY = """
INSERT INTO knowledge.facility BY NAME
SELECT
    u.facility,
    coalesce(m.clinic, u.facility) AS clinic,
    'UTC' AS zone,
    '.' AS decimal_mark,
    '' AS thousands,
    'none' AS exposure_feed,
    'changes' AS exposure_delivery,
    FALSE AS show_requester
FROM unreadable AS u
LEFT JOIN live.mart.facility AS m ON u.facility = m.facility
"""
URGENT = """
INSERT INTO run.withheld_urgent
SELECT
    f.patient_key, f.patient_id, f.assigning_authority, f.facility, f.rule_id, f.status,
    f.alarming, f.severity, f.capped_by, f.last_evidence_at
FROM live.flag.patient_flag AS f
SEMI JOIN unreadable AS u ON f.facility = u.facility
WHERE f.urgent
QUALIFY row_number() OVER (PARTITION BY f.patient_key ORDER BY f.rule_id) = 1
UNION
SELECT
    w.patient_key, w.patient_id, w.assigning_authority, w.facility, w.rule_id, w.status,
    w.alarming, w.severity, w.capped_by, w.waits_since
FROM live.mart.worklist AS w
SEMI JOIN unreadable AS u ON w.facility = u.facility
WHERE w.ask = 'urgent_withheld'
"""


def keep_published(con: duckdb.DuckDBPyConnection, home: Home, run: Run) -> None:
    """Keep in a build what was last published of those that cannot be read: see above."""
    names = sorted({facility for facility, _ in run.unreadable})
    if not names or not home.live.exists():
        return
    con.execute(NAMES, [names])
    with attached(con, {"live": home.catalogue}):
        con.execute(FACILITY)
        con.execute(URGENT)
