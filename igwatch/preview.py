"""How one file would be read, worked out in a folder that is thrown away."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from igwatch import pipeline
from igwatch.held import rejects
from igwatch.home import Home, home_at
from igwatch.inputs import open_build
from igwatch.settings import Settings
from igwatch.sought import sought_of
from transforms.parse.facility import load_facility
from transforms.parse.land import land

SOURCE = """
SELECT f.format, f.content, f.encoding, f.n_messages, f.n_results, f.n_results_skipped,
    (SELECT min(collected_at)::DATE FROM raw.observation) AS first_collected_on,
    (SELECT max(collected_at)::DATE FROM raw.observation) AS last_collected_on
FROM raw.source_file AS f
"""
DISPOSITIONS = """
SELECT d.disposition, d.reason_code, count(*) AS n, any_value(r.sentence) AS reason
FROM core.disposition AS d LEFT JOIN knowledge.result_reason AS r USING (reason_code)
GROUP BY ALL ORDER BY n DESC, d.reason_code NULLS FIRST
"""
UNMAPPED = """
SELECT i.observation_identifier AS code, i.coding_system AS code_system,
    i.observation_text AS test_name, i.units, mode(i.references_range) AS references_range,
    d.reason_code, count(*) AS n
FROM core.disposition AS d
INNER JOIN raw.observation AS i USING (facility, source_sha256, position)
WHERE d.reason_code IN ('unmapped_code', 'unmapped_unit', 'code_and_name_disagree')
GROUP BY ALL ORDER BY n DESC, d.reason_code NULLS FIRST
"""


def preview_file(file: Path, facility: str, home: Home, settings: Settings) -> dict[str, Any]:
    """What would become of every row of `file`, as plain data; the home is only read.

    Raises FacilityError for a bad facility file.
    """
    with TemporaryDirectory(prefix="igwatch-preview-") as folder:
        aside = home_at(Path(folder)).prepare()
        if (home.facility / f"{facility}.yaml").exists():
            shutil.copy(home.facility / f"{facility}.yaml", aside.facility)
        dialect = load_facility(aside.facility, facility)
        land(file, aside.root, dialect, sought_of(dialect), settings.processes)
        today = datetime.now(settings.zone_info).date()
        work = pipeline.build(aside, settings, today)
        with open_build(work / "build.duckdb", settings) as con:
            return _seen(con) | {"rejects": rejects(aside)}


def _seen(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    (source,) = con.sql(SOURCE).to_arrow_table().to_pylist()
    return source | {
        "dispositions": con.sql(DISPOSITIONS).to_arrow_table().to_pylist(),
        "unmapped": con.sql(UNMAPPED).to_arrow_table().to_pylist(),
    }
