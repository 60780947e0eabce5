"""An in-memory warehouse for the quality models: tables drawn in, tables read out."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from expectations.check import CHECK_RESULT
from igwatch.night.ledger_inputs import PUBLISHED_CHECK, RELEASE
from igwatch.night.proof import CANARY
from igwatch.site.pseudonym import PSEUDONYM
from tests.table import table
from transforms.knowledge import load_knowledge
from transforms.knowledge.schema import FACILITY_RULE, LOCAL_LINK, LOCAL_NATIONAL_NUMBER
from transforms.parse.raw.schema import SCHEMAS
from warehouse.build_models import build_models
from warehouse.ledger import STATUS

ROOT = Path(__file__).resolve().parents[4]
MODELS = ROOT / "transforms" / "models"
INTERNAL = {
    "result.disposition": "measurement_id VARCHAR, facility VARCHAR, source_sha256 VARCHAR, "
    "position INTEGER, disposition VARCHAR, reason_code VARCHAR, collected_at TIMESTAMP, "
    "message_at TIMESTAMP, is_resent BOOLEAN, is_low_igm BOOLEAN",
    "identity.filler_birth_date": "facility VARCHAR, assigning_authority VARCHAR, patient_id VARCHAR",
    "result.opposed_by_laboratory": "result_number BIGINT, facility VARCHAR, source_sha256 VARCHAR, "
    "laboratory_interpretation VARCHAR, class VARCHAR",
    "panel.member": "index_result_number BIGINT, index_analyte VARCHAR, igg_row BIGINT, iga_row BIGINT",
    "lookup.source": "source_number BIGINT, facility VARCHAR, source_sha256 VARCHAR",
    "result.value_in_doubt": "facility VARCHAR, source_sha256 VARCHAR, analyte VARCHAR, "
    "units VARCHAR, collected_at TIMESTAMP, value_normalised DOUBLE",
    "run.source": "facility VARCHAR, source_sha256 VARCHAR, is_new BOOLEAN",
    "run.withheld": "facility VARCHAR, source_sha256 VARCHAR",
    "run.fault": "facility VARCHAR, about VARCHAR, text VARCHAR",
    "run.clock": "as_of DATE, run_id VARCHAR",
    "tally.conservation": "facility VARCHAR, unit VARCHAR, outcome VARCHAR, n BIGINT, "
    "balance BIGINT",
    "level.median_shift": "facility VARCHAR, analyte VARCHAR, month DATE, "
    "is_new_batch BOOLEAN, has_new_results BOOLEAN, n_results BIGINT, n_results_before BIGINT, "
    "median DOUBLE, median_before DOUBLE, ratio DOUBLE, spread DOUBLE, spread_before DOUBLE, "
    "spread_ratio DOUBLE, suspicion VARCHAR",
}

# what facilities say: tables of a build beside the shipped knowledge
STATED = {
    "facility": "facility VARCHAR, clinic VARCHAR, exposure_feed VARCHAR, exposure_delivery VARCHAR",
    "local_word": "facility VARCHAR, topic VARCHAR, as_sent VARCHAR, meaning VARCHAR",
    "local_measuring": "facility VARCHAR, measuring_id VARCHAR, within_days INTEGER, approved_by VARCHAR",
    "exposure_from": "facility VARCHAR, exposure_facility VARCHAR",
    "local_exposure": "facility VARCHAR, code_system VARCHAR, code VARCHAR, name VARCHAR, "
    "exposure_group VARCHAR, target_code_system VARCHAR, target_code VARCHAR",
}


class Fresh:
    """A build in memory. Every table the quality models may read exists and is empty at first."""

    def __init__(self) -> None:
        self.con = duckdb.connect()
        for schema in ("raw", *{p.parent.name for p in MODELS.glob("*/*.sql")}, "run", "knowledge"):
            self.con.execute(f"CREATE SCHEMA {schema}")
        for name, columns in _columns().items():
            self.con.execute(f"CREATE TABLE {name} ({columns})")
        for name, schema in SCHEMAS.items():
            self._store(f"raw.{name}", schema.empty_table())
        for name, rows in load_knowledge().items():
            self._store(f"knowledge.{name}", rows)
        self._store("knowledge.facility_rule", FACILITY_RULE.empty_table())
        self._store("knowledge.local_link", LOCAL_LINK.empty_table())
        self._store("knowledge.local_national_number", LOCAL_NATIONAL_NUMBER.empty_table())
        for name, columns in STATED.items():
            self.con.execute(f"CREATE OR REPLACE TABLE knowledge.{name} ({columns})")
        self._store("run.pseudonym", PSEUDONYM.empty_table())
        self._store("run.published_status", STATUS.empty_table())
        self._store("run.release", RELEASE.empty_table())
        self._store("run.published_check", PUBLISHED_CHECK.empty_table())
        self._store("run.canary", CANARY.empty_table())
        self._store("quality.check_result", CHECK_RESULT.empty_table())

    def _store(self, name: str, rows: pa.Table) -> None:
        self.con.register("incoming", rows)
        self.con.execute(f"CREATE OR REPLACE TABLE {name} AS FROM incoming")
        self.con.unregister("incoming")

    def lay(self, name: str, drawn: str) -> None:
        """Add the rows of a drawn table; columns that are not drawn are NULL."""
        self.add(name, table(drawn))

    def add(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Add rows; every cell is cast to the type of its column."""
        cells = [{key: None if v is None else str(v) for key, v in row.items()} for row in rows]
        schema = pa.schema([(key, pa.string()) for key in rows[0]])
        self.con.register("incoming", pa.Table.from_pylist(cells, schema))
        self.con.execute(f"INSERT INTO {name} BY NAME FROM incoming")
        self.con.unregister("incoming")

    def build(self, *models: str) -> None:
        """These models, and the tally of result.disposition that many of them read."""
        build_models(self.con, MODELS, {"tally.result", *models})

    def read(self, query: str) -> list[dict[str, Any]]:
        return self.con.sql(query).to_arrow_table().to_pylist()

    def says(self, name: str, drawn: str) -> None:
        """The table holds exactly the drawn rows, as text, in any order, in the drawn columns."""
        expected = table(drawn)
        cells = ", ".join(f"{column}::VARCHAR AS {column}" for column in expected[0])
        found = self.read(f"SELECT {cells} FROM {name}")
        assert _sorted(found) == _sorted(expected)


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [cell or "" for cell in row.values()])


def _columns() -> dict[str, str]:
    """Column lists of the internal tables and of those of core, flag and mart in the dictionary."""
    columns: dict[str, str] = dict(INTERNAL)
    with (ROOT / "warehouse" / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["schema"] in ("core", "flag", "mart"):
                name = f"{row['schema']}.{row['table']}"
                typed = f'"{row["column"]}" {row["type"]}'
                columns[name] = f"{columns[name]}, {typed}" if name in columns else typed
    return columns


@pytest.fixture
def fresh() -> Iterator[Fresh]:
    warehouse = Fresh()
    yield warehouse
    warehouse.con.close()
