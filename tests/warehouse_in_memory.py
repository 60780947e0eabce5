"""An in-memory warehouse: raw rows drawn as ASCII tables in, the core models run, tables out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import duckdb
import pyarrow as pa

from igwatch.base.paths import MODELS
from igwatch.night.authority import resolve_authorities
from igwatch.night.partition import PERSONAL_CHAPTERS
from tests.table import table
from transforms.knowledge import load_knowledge
from transforms.knowledge.schema import LOCAL_LINK, LOCAL_NATIONAL_NUMBER
from transforms.parse.raw.schema import SCHEMAS
from warehouse.build_models import build_models
from warehouse.model_graph import ModelGraph

SHA = "0" * 64
DEFAULTS = {
    "facility": "north",
    "source_sha256": SHA,
    "message_number": 1,
    "patient_id": "ann",
    "assigning_authority": "NORTH",
    "birth_date": "1989-01-05",
    "administrative_sex": "F",
    "collected_at": "2024-01-10 08:00:00",
    "coding_system": "LN",
    "units": "g/L",
    "observation_result_status": "F",
}
FACILITY = {
    "facility": "north",
    "zone": "UTC",
    "decimal_mark": ".",
    "thousands": "",
    "reference_set": "PRU_EXETER+MAYO",
    "specimen_default": "",
    "exposure_feed": "complete",
    "exposure_delivery": "changes",
    "clinic": "north",
    "small_count": None,
}
# every drawn file is new, and no earlier night left anything
NEW_SOURCES = "SELECT DISTINCT facility, source_sha256, true AS is_new FROM raw.source_file"
REMEMBERED = {
    "delivery_note": "facility VARCHAR, source_sha256 VARCHAR, note VARCHAR, is_tonight BOOLEAN",
    "release": "facility VARCHAR, source_sha256 VARCHAR, withheld_run_id VARCHAR, "
    "released_by VARCHAR, why VARCHAR, released_at TIMESTAMP, is_tonight BOOLEAN",
    "published_status": "seq INTEGER, run_id VARCHAR, as_of DATE, patient_key VARCHAR, "
    "patient_id VARCHAR, assigning_authority VARCHAR, rule_id VARCHAR, status VARCHAR, "
    "from_status VARCHAR, status_reason VARCHAR, rule_version VARCHAR",
}
LOCAL_EXPOSURE = "facility code_system code name exposure_group target_code_system target_code"
GRAPH = ModelGraph.of(MODELS)
CORE = GRAPH.in_schemas({*PERSONAL_CHAPTERS, "level"})
NAME = re.compile(r"\b[a-z]+\.[a-z_]+\b")
READ = re.compile(r"\b(FROM|JOIN) ([a-z]+\.[a-z_]+)\b")
OF_DRAWING = re.compile("(linked_)?facility|.*assigning_authority")
NAMED = {name: str(DEFAULTS[name]) for name in ("facility", "assigning_authority")}
Row = dict[str, str | None]
LOINC = {"igg": "2465-3", "iga": "2458-8", "igm": "2472-9", "ige": "19113-0"}


class Warehouse:
    """A connection whose models of core are built when a query first names them or what reads them.

    A test asks few of them, and building all takes half a second.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.built: set[str] = set()

    def execute(self, query: str, *given: object) -> duckdb.DuckDBPyConnection:
        self._build_for(query)
        return self.con.execute(query, *given)

    def sql(self, query: str, **given: object) -> duckdb.DuckDBPyRelation:
        self._build_for(query)
        return self.con.sql(query, **given)

    def __getattr__(self, name: str) -> object:
        return getattr(self.con, name)

    def _build_for(self, query: str) -> None:
        wanted = GRAPH.above(NAME.findall(query)) & CORE - self.built
        if wanted:
            self.built |= wanted
            build_models(self.con, MODELS, wanted)


def core(
    observations: str | list[Row],
    *,
    as_of: date = date(2026, 1, 1),
    facility: dict | None = None,
    local_codes: str | None = None,
    unit_defaults: str | None = None,
    local_words: str | None = None,
    local_exposures: str | None = None,
    links: str | list[Row] | None = None,
    national_numbers: str | None = None,
    **others: str | list[Row],
) -> Warehouse:
    """A warehouse of core made from the drawn observations (and merge=, patient=, exposure=).

    A cell not drawn takes its value of DEFAULTS; `analyte` stands for its LOINC code; each row's
    position is its place in the table; a message's local time is its moment in UTC, to the second.
    """
    raw = {"observation": observations, **others}
    drawn = {name: _raw(name, _rows(raw.get(name, []))) for name in SCHEMAS}
    local = (local_codes, unit_defaults, local_words, local_exposures, links, national_numbers)
    return core_of(drawn, as_of, facility, *local)


def core_of(
    raw: Mapping[str, pa.Table],
    as_of: date = date(2026, 1, 1),
    facility: dict | None = None,
    local_codes: str | None = None,
    unit_defaults: str | None = None,
    local_words: str | None = None,
    local_exposures: str | None = None,
    links: str | list[Row] | None = None,
    national_numbers: str | None = None,
) -> Warehouse:
    """A warehouse of core made from raw tables, as a parser gives them; those left out are empty."""
    con = duckdb.connect(config={"threads": 1})
    for schema in ("raw", "run", "knowledge"):
        con.execute(f"CREATE SCHEMA {schema}")
    for name, schema in SCHEMAS.items():
        _store(con, f"raw.{name}", raw.get(name, schema.empty_table()))
    _store(con, "raw.source_file", _source_files(con))
    _store(
        con,
        "run.clock",
        pa.table({"as_of": pa.array([as_of]), "run_id": ["test"], "rule_version": ["test"]}),
    )
    _store(con, "run.source", con.sql(NEW_SOURCES).to_arrow_table())
    for name, columns in REMEMBERED.items():
        con.execute(f"CREATE TABLE run.{name} ({columns})")
    knowledge = load_knowledge()
    for name, rows in knowledge.items():
        _store(con, f"knowledge.{name}", rows)
    _store(con, "knowledge.facility", pa.Table.from_pylist(_facilities(con, facility or {})))
    _store(con, "knowledge.local_code", _texts(local_codes, "facility code loinc analyte"))
    _store(con, "knowledge.local_word", _texts(local_words, "facility topic as_sent meaning"))
    _store(con, "knowledge.local_exposure", _texts(local_exposures, LOCAL_EXPOSURE))
    _store(con, "knowledge.local_link", _drawn(links, LOCAL_LINK))
    _store(con, "knowledge.local_national_number", _drawn(national_numbers, LOCAL_NATIONAL_NUMBER))
    _store(con, "knowledge.exposure_from", _texts(None, "facility exposure_facility"))
    _store(con, "knowledge.unit_default", _texts(unit_defaults, "facility code unit approved_by"))
    resolve_authorities(con)
    return Warehouse(con)


class SharedWarehouse:
    """Many drawings in one warehouse, built when the first of them is asked.

    Building a warehouse takes a second, however few rows it holds. Each drawing is given
    facilities and authorities of its own, so that two may use the same numbers.
    """

    def __init__(self) -> None:
        self.drawn: dict[str, list[Row]] = {name: [] for name in (*SCHEMAS, "link")}
        self.n_drawings = 0

    def draw(self, observations: str, **others: str) -> Drawing:
        """A drawing as core() takes it, to be asked like a warehouse that holds nothing else."""
        self.n_drawings += 1
        drawing = Drawing(self, f"{self.n_drawings}-")
        for name, text in {"observation": observations, **others}.items():
            self.drawn[name] += [
                drawing.own(row, place) for place, row in enumerate(table(text), start=1)
            ]
        return drawing

    @cached_property
    def con(self) -> Warehouse:
        raw = {name: _raw(name, drawn) for name, drawn in self.drawn.items() if name in SCHEMAS}
        return core_of(raw, links=self.drawn["link"])


@dataclass(frozen=True)
class Drawing:
    """One drawing of a shared warehouse: its facilities' and authorities' names begin alike."""

    shared: SharedWarehouse
    prefix: str

    def own(self, row: Row, place: int) -> Row:
        """A row at this place of its drawing, under the names of the drawing."""
        return {
            name: f"{self.prefix}{cell}" if cell and OF_DRAWING.fullmatch(name) else cell
            for name, cell in {"position": str(place), **NAMED, **row}.items()
        }

    def execute(self, query: str) -> duckdb.DuckDBPyConnection:
        return self.shared.con.execute(READ.sub(self._of_these, query))

    def _of_these(self, read: re.Match) -> str:
        word, name = read.groups()
        is_joined = name in ("core.patient_alias", "core.patient_link")
        column = "assigning_authority" if is_joined else "facility"
        return f"{word} (SELECT * FROM {name} WHERE starts_with({column}, '{self.prefix}'))"


def one_patient_each(columns: str, cases: Iterable[Iterable[str]]) -> str:
    """A table in which every case is the one result of a patient of its own: p0, p1, ...

    Building a warehouse takes half a second; cases that do not touch each other share one.
    """
    lines = [" | ".join([f"p{number}", *case]) for number, case in enumerate(cases)]
    return "\n".join([f"patient_id | {columns}", *lines])


def patients(drawn: Mapping[str, str]) -> list[Row]:
    """The rows of many tables, each drawn for the patient it is named by, with orders of its own.

    As one_patient_each, where a case is more than one result.
    """
    return [
        row | {"patient_id": name} | _own_order(name, row)
        for name, text in drawn.items()
        for row in table(text)
    ]


def _own_order(patient: str, row: Row) -> Row:
    number = row.get("filler_order_number")
    return {"filler_order_number": f"{number} of {patient}"} if number else {}


def rows(con: Warehouse | Drawing, query: str) -> list[tuple]:
    """All rows of a query."""
    return con.execute(query).fetchall()


def by_patient(con: Warehouse, query: str) -> dict[str, list[tuple]]:
    """The rows of a query by the patient of its first column; nothing where a patient has none."""
    found: dict[str, list[tuple]] = defaultdict(list)
    for patient, *row in rows(con, query):
        found[patient].append(tuple(row))
    return found


def _rows(drawn: str | list[Row]) -> list[Row]:
    return table(drawn) if isinstance(drawn, str) else drawn


def _raw(name: str, drawn: Iterable[Row]) -> pa.Table:
    schema = SCHEMAS[name]
    return pa.table(
        {
            field.name: pa.array(
                [_cell(field, row, place) for place, row in enumerate(drawn, start=1)], field.type
            )
            for field in schema
        },
        schema=schema,
    )


def _cell(field: pa.Field, row: Row, place: int) -> object:
    value = row.get(field.name, DEFAULTS.get(field.name))
    if field.name == "position":
        return int(row.get("position") or place)
    if field.name == "observation_identifier" and "analyte" in row:
        value = LOINC[row["analyte"]]
    if field.name == "message_at" and "message_at" not in row:
        value = row.get("collected_at", DEFAULTS["collected_at"])
    if field.name == "message_at_utc" and "message_at_utc" not in row:
        return _cell(field.with_name("message_at"), row, place)
    if field.name == "message_at_span_seconds":
        value = value or "1"
    if value is not None and field.name.startswith("further_"):
        return value.replace(";", "\n")  # lines, drawn in one
    if value is None or field.type == pa.string():
        return value
    if pa.types.is_integer(field.type):
        return int(value)
    parsed = datetime.fromisoformat(value)
    return parsed.date() if pa.types.is_date(field.type) else parsed


def _source_files(con: duckdb.DuckDBPyConnection) -> pa.Table:
    pairs = con.execute(
        "SELECT DISTINCT facility, source_sha256 FROM raw.observation "
        "UNION SELECT facility, source_sha256 FROM raw.exposure"
    ).fetchall()
    return pa.Table.from_pylist(
        [{"facility": f, "source_sha256": s, "source_name": "drawn.csv"} for f, s in pairs],
        SCHEMAS["source_file"],
    )


def _facilities(con: duckdb.DuckDBPyConnection, changed: dict) -> list[dict]:
    names = [f for (f,) in con.execute("SELECT DISTINCT facility FROM raw.source_file").fetchall()]
    return [{**FACILITY, **changed, "facility": name} for name in names or ["north"]]


def _drawn(drawn: str | list[Row] | None, schema: pa.Schema) -> pa.Table:
    """The drawn rows of a table that the site states; a row's line is its place unless drawn."""
    rows = [
        {"line_number": str(n), **row}
        for n, row in enumerate(_rows(drawn) if drawn else [], start=2)
    ]
    cells = {field.name: [_cell(field, row, 0) for row in rows] for field in schema}
    return pa.table(cells, schema=schema)


def _texts(drawn: str | None, columns: str) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in columns.split()])
    return pa.Table.from_pylist(table(drawn) if drawn else [], schema)


def _store(con: duckdb.DuckDBPyConnection, name: str, incoming: pa.Table) -> None:
    con.register("incoming", incoming)
    con.execute(f"CREATE OR REPLACE TABLE {name} AS FROM incoming")
    con.unregister("incoming")
