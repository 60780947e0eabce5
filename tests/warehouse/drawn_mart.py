"""The marts built over drawn tables."""

from __future__ import annotations

from pathlib import Path

import duckdb

from igwatch.night.inputs import WITHHELD_URGENT
from tests.warehouse.drawn import DICTIONARY, fill
from transforms.course.fold_output import STEP
from transforms.knowledge import load_knowledge
from warehouse.build_models import build_models
from warehouse.dictionary import as_built, published_tables

MODELS = Path(__file__).resolve().parents[2] / "transforms" / "models"
IGM = "selective_igm_deficiency"
TABLES = as_built(published_tables(DICTIONARY))
# what a verdict does to a flag is decided before the marts
VERDICTS = ("flag.sent_verdict", "flag.last_change", "flag.counted_result", "flag.review")
FLAGS = """
patient_key | patient_id | facility | rule_id   | status | urgent | as_of
k1          | ann        | north    | {rule_id} | {status} | {urgent} | 2026-01-01
"""


def mart(**drawn: str) -> duckdb.DuckDBPyConnection:
    """The marts over drawn tables (`flag__patient_flag="..."`) at 2026-01-01."""
    con = duckdb.connect()
    for schema in ("run", "knowledge", "raw"):
        con.execute(f"CREATE SCHEMA {schema}")
    con.execute("CREATE TABLE run.clock AS SELECT DATE '2026-01-01' AS as_of, 'r3' AS run_id")
    con.execute("CREATE TABLE run.published_status (seq INTEGER, run_id VARCHAR)")
    con.execute(
        "CREATE TABLE run.known_source (facility VARCHAR, source_sha256 VARCHAR, known_on DATE)"
    )
    con.execute("CREATE TABLE knowledge.facility (facility VARCHAR, clinic VARCHAR)")
    con.execute("INSERT INTO knowledge.facility VALUES ('north', 'North Immunology')")
    con.execute(
        "CREATE TABLE raw.review (source_sha256 VARCHAR, position INTEGER, patient_id VARCHAR, "
        "assigning_authority VARCHAR, rule_id VARCHAR, verdict VARCHAR, reviewer VARCHAR, "
        "reviewed_at TIMESTAMP, note VARCHAR, diagnosis VARCHAR)"
    )
    con.execute("CREATE TABLE raw.source_file (facility VARCHAR, content VARCHAR)")
    con.execute(
        "CREATE TABLE raw.observation (facility VARCHAR, source_sha256 VARCHAR, position INTEGER, "
        "message_control_id VARCHAR)"
    )
    knowledge = load_knowledge()
    for name in ("action", "analyte", "funnel", "request", "rule", "rule_parameter", "verdict"):
        con.register("incoming", knowledge[name])
        con.execute(f"CREATE TABLE knowledge.{name} AS FROM incoming")
    for name, columns in TABLES.items():
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
        if not name.startswith("mart."):
            typed = ", ".join(f'"{column.name}" {column.type}' for column in columns)
            con.execute(f"CREATE TABLE {name} ({typed})")
    con.register("incoming", STEP.empty_table())
    con.execute("CREATE TABLE flag.step AS FROM incoming")
    con.register("incoming", WITHHELD_URGENT.empty_table())
    con.execute("CREATE TABLE run.withheld_urgent AS FROM incoming")
    for name, text in drawn.items():
        fill(con, name.replace("__", "."), text)
    # drawn flags are what the fold says: flag.patient_flag is made of it and the verdicts
    con.execute("CREATE TABLE flag.standing AS SELECT * EXCLUDE (seen_at) FROM flag.patient_flag")
    con.execute("DROP TABLE flag.patient_flag")
    build_models(con, MODELS, {"mart", *VERDICTS, "flag.patient_flag"})
    return con
