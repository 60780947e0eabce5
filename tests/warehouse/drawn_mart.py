"""The marts built over drawn tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from igwatch.night.inputs import WITHHELD_URGENT
from tests.table import table
from tests.warehouse.drawn import DICTIONARY, fill
from transforms.course.fold_output import STEP
from transforms.knowledge import load_knowledge
from transforms.knowledge.schema import LOCAL_MEASURING
from transforms.parse.raw.schema import SCHEMAS
from warehouse.build_models import build_models
from warehouse.dictionary import as_built, published_tables

MODELS = Path(__file__).resolve().parents[2] / "transforms" / "models"
IGM = "selective_igm_deficiency"
TABLES = as_built(published_tables(DICTIONARY))
# what a verdict does to a flag is decided before the marts
VERDICTS = ("flag.sent_verdict", "flag.last_change", "flag.counted_result", "flag.review")
OF_DRAWING = re.compile("patient_(key|id)|measurement_id|superseded_by|source_sha256|.*run_id")
READ = re.compile(r"\b(FROM|JOIN) ((?:flag|mart)\.[a-z_]+)\b")
KNOWLEDGE = (
    *("action", "age_band", "analyte", "check_threshold", "funnel", "request", "rule"),
    *("measuring", "rule_parameter", "verdict", "waiting_horizon"),
)
FLAGS = """
patient_key | patient_id | facility | rule_id   | status | urgent | as_of
k1          | ann        | north    | {rule_id} | {status} | {urgent} | 2026-01-01
"""


def mart(**drawn: str) -> duckdb.DuckDBPyConnection:
    """The marts over drawn tables (`flag__patient_flag="..."`) at 2026-01-01."""
    return marts([drawn])


def marts(drawings: Iterable[Mapping[str, str]]) -> duckdb.DuckDBPyConnection:
    """The marts over many drawings' tables together."""
    con = duckdb.connect()
    for schema in ("run", "knowledge", "raw"):
        con.execute(f"CREATE SCHEMA {schema}")
    con.execute("CREATE TABLE run.clock AS SELECT DATE '2026-01-01' AS as_of, 'r3' AS run_id")
    con.execute("CREATE TABLE run.published_status (seq INTEGER, run_id VARCHAR)")
    con.execute(
        "CREATE TABLE run.known_source (facility VARCHAR, source_sha256 VARCHAR, known_on DATE)"
    )
    con.execute(
        "CREATE TABLE knowledge.facility (facility VARCHAR, clinic VARCHAR, small_count INTEGER, "
        "show_requester BOOLEAN, reference_set VARCHAR)"
    )
    con.execute(
        "INSERT INTO knowledge.facility VALUES "
        "('north', 'North Immunology', NULL, TRUE, 'pru+mayo')"
    )
    con.execute("CREATE SCHEMA exposure")
    con.execute("CREATE TABLE exposure.list (facility VARCHAR, is_accepted BOOLEAN)")
    con.execute(
        "CREATE TABLE exposure.feed (facility VARCHAR, last_mentioned_on DATE, n_patients BIGINT, "
        "n_rows BIGINT, share_known DOUBLE, share_read DOUBLE, faults VARCHAR[])"
    )
    for name, schema in SCHEMAS.items():
        con.register("incoming", schema.empty_table())
        con.execute(f"CREATE TABLE raw.{name} AS FROM incoming")
    knowledge = load_knowledge()
    for name in KNOWLEDGE:
        con.register("incoming", knowledge[name])
        con.execute(f"CREATE TABLE knowledge.{name} AS FROM incoming")
    for name, columns in TABLES.items():
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
        if not name.startswith("mart."):
            typed = ", ".join(f'"{column.name}" {column.type}' for column in columns)
            con.execute(f"CREATE TABLE {name} ({typed})")
    con.register("incoming", LOCAL_MEASURING.empty_table())
    con.execute("CREATE TABLE knowledge.local_measuring AS FROM incoming")
    con.register("incoming", STEP.empty_table())
    con.execute("CREATE TABLE flag.step AS FROM incoming")
    con.register("incoming", WITHHELD_URGENT.empty_table())
    con.execute("CREATE TABLE run.withheld_urgent AS FROM incoming")
    for drawn in drawings:
        for name, text in drawn.items():
            fill(con, name.replace("__", "."), text)
    # drawn flags are what the fold says: flag.patient_flag is made of it and the verdicts
    con.execute("CREATE TABLE flag.standing AS SELECT * EXCLUDE (seen_at) FROM flag.patient_flag")
    con.execute("DROP TABLE flag.patient_flag")
    build_models(con, MODELS, {"mart", *VERDICTS, "flag.patient_flag"})
    return con


class SharedMart:
    """Many drawings in one mart, built when the first of them is asked.

    Building a mart takes a third of a second, however few rows it holds. Each drawing is given
    patients, results, files and runs of its own, so that two may use the same names.
    """

    def __init__(self) -> None:
        self.drawings: list[dict[str, str]] = []

    def draw(self, **drawn: str) -> DrawnMart:
        """A drawing as mart() takes it, to be asked like a mart that holds nothing else."""
        assert "con" not in vars(self), "draw it before any is asked"
        prefix = f"{len(self.drawings)}-"
        self.drawings.append({name: _own(prefix, text) for name, text in drawn.items()})
        return DrawnMart(self, prefix)

    @cached_property
    def con(self) -> duckdb.DuckDBPyConnection:
        return marts(self.drawings)


@dataclass(frozen=True)
class DrawnMart:
    """One drawing of a shared mart: its patients' keys begin alike."""

    shared: SharedMart
    prefix: str

    def execute(self, query: str) -> duckdb.DuckDBPyConnection:
        return self.shared.con.execute(READ.sub(self._of_these, query))

    def _of_these(self, read: re.Match) -> str:
        word, name = read.groups()
        return f"{word} (SELECT * FROM {name} WHERE starts_with(patient_key, '{self.prefix}'))"


def _own(prefix: str, text: str) -> str:
    """The table with the names of a drawing."""
    rows = table(text)
    lines = [
        " | ".join(
            f"{prefix}{cell}" if cell and OF_DRAWING.fullmatch(name) else cell or ""
            for name, cell in row.items()
        )
        for row in rows
    ]
    return "\n".join([" | ".join(rows[0]), *lines]) if rows else ""
