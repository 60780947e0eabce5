"""Stores what the SQL models read in the private build file: run.*, knowledge.*, raw.*."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from igwatch.base.sql import quoted, store
from igwatch.night.authority import resolve_authorities
from igwatch.night.ledger_inputs import ledger_inputs
from igwatch.night.proof import canary_table
from igwatch.night.run import Run, code_version
from igwatch.site.facility_knowledge import small_count
from igwatch.site.home import Home
from igwatch.site.link_file import links_in_force
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import settings_in_force
from transforms.course.parameter import set_version
from transforms.knowledge import knowledge_version, load_knowledge
from transforms.knowledge.schema import LOCAL_NATIONAL_NUMBER
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.compaction import raw_files
from transforms.parse.raw.schema import SCHEMAS
from warehouse.ledger import known_sources, published_statuses

# A row: a patient whose urgent flag rests on files that are withheld
WITHHELD_URGENT = pa.schema(
    [
        ("patient_key", pa.string()),
        ("patient_id", pa.string()),
        ("assigning_authority", pa.string()),
        ("facility", pa.string()),
        ("rule_id", pa.string()),
        ("status", pa.string()),
        ("alarming", pa.bool_()),
        ("severity", pa.string()),
        ("capped_by", pa.list_(pa.string())),
        ("last_evidence_at", pa.timestamp("us")),
    ]
)
FAULT = pa.schema([(name, pa.string()) for name in ("facility", "about", "text")])
HIDE_BELOW = "UPDATE knowledge.check_threshold SET value = $1 WHERE threshold = 'small_count'"
DATA_TO = """
CREATE OR REPLACE TABLE run.clock AS
SELECT c.*, (
    SELECT max(sent_at) FROM (
        SELECT message_at AS sent_at FROM raw.observation UNION ALL
        SELECT collected_at FROM raw.observation UNION ALL
        SELECT message_at FROM raw.patient UNION ALL
        SELECT message_at FROM raw.merge UNION ALL
        SELECT message_at FROM raw.exposure
    ) WHERE sent_at::DATE <= c.as_of
) AS data_to
FROM run.clock AS c
"""


def duckdb_limits(settings: Settings) -> dict[str, Any]:
    """Memory and threads of each DuckDB of a run, which would size itself by the host otherwise.

    What does not fit spills into the temporary folder, which is below the home (scratch.py)."""
    return {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "temp_directory": str(Path(tempfile.gettempdir()) / "spill"),
    }


def open_build(path: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """The build file, opened within the site's memory and threads; it spills beside itself.

    DuckDB's own progress bar is off: it would go into logs and into what a script reads.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    con = duckdb.connect(
        str(path),
        config={
            **duckdb_limits(settings),
            "temp_directory": str(path.parent / "spill"),
            "preserve_insertion_order": False,
            "checkpoint_threshold": "16GB",
        },
    )
    con.execute("SET enable_progress_bar = false")
    return con


def store_inputs(
    con: duckdb.DuckDBPyConnection, home: Home, run: Run, withheld: Collection[tuple[str, str]]
) -> None:
    """Create the tables and views that the models of this run may read."""
    for schema in ("run", "knowledge", "raw"):
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for name, table in (_run_tables(home, run, withheld) | ledger_inputs(home, run)).items():
        store(con, f"run.{name}", table)
    for name, table in {**load_knowledge(), **_facility_tables(run.facilities)}.items():
        store(con, f"knowledge.{name}", table)
    con.execute(HIDE_BELOW, [small_count(run.facilities)])
    in_force = settings_in_force(home, [f.name for f in run.facilities])
    con.register("own", in_force.limits)
    con.execute("INSERT INTO knowledge.reference_interval FROM own")
    con.unregister("own")
    store(con, "knowledge.facility_rule", in_force.rules)
    store(con, "knowledge.local_exposure", in_force.exposures)
    store(con, "knowledge.local_measuring", in_force.measuring)
    store(con, "knowledge.local_link", links_in_force(home).rows)
    for name in SCHEMAS:
        _view_raw(con, home, name)
    resolve_authorities(con)
    con.execute(DATA_TO)


def _view_raw(con: duckdb.DuckDBPyConnection, home: Home, name: str) -> None:
    files = raw_files(home.root, name)
    if files is None:
        con.execute(f"DROP VIEW IF EXISTS raw.{name}")
        store(con, f"raw.{name}", SCHEMAS[name].empty_table())
        return
    con.execute(f"DROP TABLE IF EXISTS raw.{name}")
    landed = f"read_parquet({quoted(files)}, union_by_name => true)"
    con.execute(
        f"CREATE OR REPLACE VIEW raw.{name} AS SELECT o.*{_missing(con, landed, name)} "
        # sources are unique; of a semi-join DuckDB would guess that it keeps a fifth of the rows
        f"FROM {landed} AS o INNER JOIN run.source AS s "
        "ON o.facility = s.facility AND o.source_sha256 = s.source_sha256"
    )


def _missing(con: duckdb.DuckDBPyConnection, landed: str, name: str) -> str:
    """The columns that no file has, because all landed before there were such: NULL."""
    known = set(con.sql(f"FROM {landed} LIMIT 0").columns)
    declared = con.from_arrow(SCHEMAS[name].empty_table())
    columns = zip(declared.columns, declared.types, strict=True)
    return "".join(
        f", NULL::{type_} AS {column}" for column, type_ in columns if column not in known
    )


def _run_tables(home: Home, run: Run, withheld: Collection[tuple[str, str]]) -> dict[str, pa.Table]:
    kept = [source for source in run.sources if source not in set(withheld)]
    knowledge = load_knowledge()["rule_parameter"]
    version = set_version(knowledge["version"].to_pylist())
    return {
        "clock": pa.table(
            {
                "as_of": pa.array([run.as_of], pa.date32()),
                "run_id": [run.run_id],
                "rule_version": [version],
                "knowledge_version": [knowledge_version()],
                "code_version": [code_version()],
            }
        ),
        "source": pa.table(
            {
                "facility": pa.array([f for f, _ in kept], pa.string()),
                "source_sha256": pa.array([s for _, s in kept], pa.string()),
                "is_new": pa.array([source in run.new for source in kept], pa.bool_()),
            }
        ),
        "withheld": pa.table(
            {
                "facility": pa.array([f for f, _ in sorted(withheld)], pa.string()),
                "source_sha256": pa.array([s for _, s in sorted(withheld)], pa.string()),
            }
        ),
        "canary": canary_table(home, run.sources),
        "fault": pa.Table.from_pylist([asdict(fault) for fault in run.faults], FAULT),
        "withheld_urgent": WITHHELD_URGENT.empty_table(),
        "published_status": published_statuses(home.root),
        "known_source": known_sources(home.root),
    }


def _facility_tables(facilities: Collection[Facility]) -> dict[str, pa.Table]:
    text = pa.string()
    return {
        "facility": pa.Table.from_pylist(
            [
                {
                    "facility": f.name,
                    "zone": f.zone,
                    "decimal_mark": f.decimal_mark,
                    "thousands": f.thousands_sign,
                    "reference_set": "+".join(f.reference_set),
                    "specimen_default": f.specimen_default,
                    "exposure_feed": f.exposure_feed,
                    "exposure_delivery": f.exposure_delivery,
                    "clinic": f.clinic_name,
                    "small_count": f.small_count,
                    "show_requester": f.show_requester,
                }
                for f in facilities
            ],
            pa.schema(
                [
                    (name, text)
                    for name in (
                        "facility",
                        "zone",
                        "decimal_mark",
                        "thousands",
                        "reference_set",
                        "specimen_default",
                        "exposure_feed",
                        "exposure_delivery",
                        "clinic",
                    )
                ]
                + [("small_count", pa.int32()), ("show_requester", pa.bool_())]
            ),
        ),
        "local_code": pa.Table.from_pylist(
            [
                {"facility": f.name, "code": code, "loinc": local.loinc, "analyte": local.analyte}
                for f in facilities
                for code, local in f.code_map.items()
            ],
            pa.schema([(name, text) for name in ("facility", "code", "loinc", "analyte")]),
        ),
        "local_word": pa.Table.from_pylist(
            [
                {"facility": f.name, "topic": topic, "as_sent": word.upper(), "meaning": meaning}
                for f in facilities
                for topic, words in f.local_words().items()
                for word, meaning in words.items()
            ],
            pa.schema([(name, text) for name in ("facility", "topic", "as_sent", "meaning")]),
        ),
        "exposure_from": pa.Table.from_pylist(
            [
                {"facility": f.name, "exposure_facility": name}
                for f in facilities
                for name in f.exposure_from
            ],
            pa.schema([(name, text) for name in ("facility", "exposure_facility")]),
        ),
        "local_national_number": pa.Table.from_pylist(
            [
                {
                    "facility": f.name,
                    "scheme": f.national_identifier.scheme,
                    "identifier_type": (f.national_identifier.type or "").upper() or None,
                    "authority": (f.national_identifier.authority or "").upper() or None,
                }
                for f in facilities
                if f.national_identifier
            ],
            LOCAL_NATIONAL_NUMBER,
        ),
        "unit_default": pa.Table.from_pylist(
            [
                {"facility": f.name, "code": code, "unit": d.unit, "approved_by": d.approved_by}
                for f in facilities
                for code, d in f.unit_default.items()
            ],
            pa.schema([(name, text) for name in ("facility", "code", "unit", "approved_by")]),
        ),
    }
