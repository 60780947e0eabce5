"""Urgent patients of whom nobody took note: kept when their files are withheld, told each night.

A message counts patients by clinic. It names no patient, no value and no file.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb
import pyarrow as pa

from igwatch.base.sql import rows
from igwatch.night.inputs import WITHHELD_URGENT, open_build
from igwatch.site.alarm import raise_alarm
from igwatch.site.home import Home
from igwatch.site.settings import Settings

NO_CLINIC = "no clinic named"
RESTING_ON = """
SELECT
    f.patient_key, f.patient_id, f.assigning_authority, m.facility, f.rule_id, f.status,
    f.alarming, f.severity, f.capped_by, f.last_evidence_at
FROM flag.patient_flag AS f
INNER JOIN flag.evidence AS e ON f.patient_key = e.patient_key AND f.rule_id = e.rule_id
INNER JOIN core.measurement AS m ON e.measurement_id = m.measurement_id
WHERE f.urgent AND list_contains($1, m.facility || ' ' || m.source_sha256)
QUALIFY row_number() OVER (PARTITION BY f.patient_key ORDER BY f.rule_id, m.facility) = 1
"""
ADD_URGENT = """
INSERT INTO run.withheld_urgent
FROM urgent ANTI JOIN run.withheld_urgent AS w USING (patient_key)
"""
UNSEEN = """
SELECT f.clinic, count(DISTINCT u.patient_key)
FROM (SELECT DISTINCT clinic FROM mart.facility) AS f
LEFT JOIN (
    SELECT clinic, patient_key FROM mart.urgent WHERE is_unseen
    UNION ALL
    SELECT clinic, patient_key FROM mart.worklist WHERE ask = 'urgent_withheld'
) AS u ON f.clinic IS NOT DISTINCT FROM u.clinic
GROUP BY f.clinic ORDER BY f.clinic NULLS LAST
"""


def urgent_in(work: Path, settings: Settings, sources: Collection[tuple[str, str]]) -> pa.Table:
    """The patients of a build whose urgent flag rests on these source files (WITHHELD_URGENT)."""
    with open_build(work / "build.duckdb", settings) as con:
        found = rows(con, RESTING_ON, [[" ".join(source) for source in sources]])
    return found.cast(WITHHELD_URGENT)


def keep_urgent(work: Path, settings: Settings, urgent: pa.Table) -> None:
    """Give a build without these patients' files their names, so that the worklist shows them."""
    with open_build(work / "build.duckdb", settings) as con:
        con.register("urgent", urgent)
        con.execute(ADD_URGENT)
        con.unregister("urgent")


def unseen(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many urgent patients nobody has taken note of, by clinic, of a published night."""
    return {clinic or NO_CLINIC: n for clinic, n in con.execute(UNSEEN).fetchall()}


def alarm_unseen(home: Home) -> None:
    """Raise one alarm for each clinic with urgent patients whom nobody has taken note of."""
    with duckdb.connect(str(home.catalogue), read_only=True) as con:
        counted = unseen(con)
    for clinic, n in counted.items():
        if n:
            raise_alarm(
                f"{n} urgent patient{'' if n == 1 else 's'} of {clinic} not yet seen: open "
                "tonight's report; the alarm ends with a verdict or with the verdict seen"
            )
