"""omop.duckdb: the live generation as OMOP CDM 5.4 names it, as views beside the catalogues.

Its schema `main` holds the tables of the model, `source` what they read: the published tables, the
numbers of persons, and the concepts (concept.py), the only rows that it keeps itself. It is about
patients, so its owner alone may read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import duckdb

from igwatch.base.knowledge import knowledge_rows
from igwatch.base.sql import quoted, value
from warehouse.catalogue import ROOT, CatalogueError, put_catalogue, root_of
from warehouse.omop.column import CdmColumn, cdm_tables
from warehouse.omop.concept import concept_terms, concepts, exposure_groups, term_rows
from warehouse.omop.person_number import PERSON_NUMBER, number_persons

OMOP_CATALOGUE = "omop.duckdb"
PRIVATE = 0o600
VIEWS = Path(__file__).with_name("view")
SOURCE_VIEWS = Path(__file__).with_name("source")
PHENOTYPES = Path(__file__).with_name("phenotype")
VOCABULARY = ("concept", "concept_ancestor", "concept_relationship")
# what the views read of the published tables: columns by name, so that a generation with one more
# column breaks none
SOURCE = {
    "core.patient": "patient_key birth_date sex",
    "core.measurement": "patient_key facility analyte series code test_name collected_at "
    "value_source_value unit_source_value value_comparator value_g_per_l value_kiu_per_l "
    "lower_limit_min upper_limit_max class",
    "core.exposure": "patient_key kind code code_system name exposure_id effect exposure_group "
    "lowers_igg lowers_iga lowers_igm raises_igm start_date end_date end_known_by mentioned_on",
    "mart.cohort": "patient_key rule_id status first_evidence_at last_evidence_at",
    "mart.facility": "run_id data_to as_of",
}
_DIGEST = """
SELECT any_value(comment) FROM duckdb_columns()
WHERE table_name = 'concept_term' AND column_name = 'term'
"""


def write_omop(home: Path) -> bool:
    """Write omop.duckdb for readers that see the home where the catalogues' readers do; whether it
    changed.

    Raises CatalogueError when nothing is published, or the site's concept.csv cannot be read.
    """
    if not (home / "live").exists():
        raise CatalogueError("nothing is published yet", "run: igwatch run")
    number_persons(home)
    statements = list(_statements(home))
    digest = sha256("\n".join(statements).encode()).hexdigest()
    if _digest(home / OMOP_CATALOGUE) == digest:
        return False
    statements.append(f"COMMENT ON COLUMN source.concept_term.term IS {quoted(digest)}")
    return put_catalogue(home / OMOP_CATALOGUE, home, PRIVATE, statements)


def _digest(path: Path) -> str | None:
    """Of the statements that made an omop.duckdb; None where there is none that can be read."""
    if not path.is_file():
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            return value(con, _DIGEST)
    except duckdb.Error:
        return None


def _statements(home: Path) -> Iterator[str]:
    root = root_of(home)
    yield "CREATE SCHEMA source"
    for published, read in SOURCE.items():
        schema, name = published.split(".")
        yield (
            f"CREATE VIEW source.{name} AS SELECT {', '.join(read.split())}, "
            "(file_row_number + 1)::INTEGER AS row_number FROM read_parquet("
            f"{_below(root, f'/live/{schema}/{name}.parquet')}, file_row_number = true)"
        )
    yield (
        "CREATE VIEW source.person_number AS SELECT patient_key, person_id "
        f"FROM read_parquet({_below(root, f'/{PERSON_NUMBER}')})"
    )
    yield from _knowledge(home)
    for name in ("person", "dated_exposure"):  # the second reads the first
        yield f"CREATE VIEW source.{name} AS {(SOURCE_VIEWS / f'{name}.sql').read_text('utf-8')}"
    for table, columns in cdm_tables().items():
        if table not in VOCABULARY:
            yield _view(table, columns)


def _below(root: Path, file: str) -> str:
    return f"coalesce(getvariable('{ROOT}'), {quoted(root)}) || {quoted(file)}"


def _knowledge(home: Path) -> Iterator[str]:
    terms = concept_terms(home)
    yield (
        "CREATE TABLE source.concept_term (means VARCHAR, term VARCHAR, concept_id INTEGER, "
        "name VARCHAR, domain_id VARCHAR, vocabulary_id VARCHAR, concept_code VARCHAR, "
        "version VARCHAR)"
    )
    yield _insert("source.concept_term", term_rows(terms))
    yield (
        "CREATE TABLE source.exposure_group (concept_id INTEGER, exposure_group VARCHAR, "
        "effect VARCHAR, lowers_igg BOOLEAN, lowers_iga BOOLEAN, lowers_igm BOOLEAN, "
        "raises_igm BOOLEAN)"
    )
    groups = exposure_groups()
    yield _insert("source.exposure_group", [tuple(vars(group).values()) for group in groups])
    yield (
        "CREATE TABLE source.cohort_rule (cohort_definition_id INTEGER, rule_id VARCHAR, "
        "statuses VARCHAR, name VARCHAR, description VARCHAR, syntax VARCHAR)"
    )
    yield _insert("source.cohort_rule", list(_cohort_rules()))
    for table in VOCABULARY:
        columns = ", ".join(f"{c.name} {c.duckdb_type}" for c in cdm_tables()[table])
        yield f"CREATE TABLE {table} ({columns})"
    rows = concepts(terms)
    yield _insert("concept", rows)
    yield _insert("concept_ancestor", [(row[0], row[0], 0, 0) for row in rows if row[0]])


def _cohort_rules() -> Iterator[tuple]:
    for row in knowledge_rows("omop_cohort"):
        phenotype = row["phenotype"]
        path = PHENOTYPES / f"{phenotype}.json"
        syntax = path.read_text(encoding="utf-8") if phenotype else None
        number = int(row["cohort_definition_id"])
        statuses = row["statuses"] or None
        yield number, row["rule_id"], statuses, row["name"], row["description"], syntax


def _insert(table: str, rows: list[tuple]) -> str:
    values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    return f"INSERT INTO {table} VALUES {values}"


def _literal(cell: object) -> str:
    if cell is None:
        return "NULL"
    return str(cell) if isinstance(cell, (int, bool)) else quoted(cell)


def _view(table: str, columns: tuple[CdmColumn, ...]) -> str:
    """A view with every column of the model: what our query does not give is empty."""
    query = (VIEWS / f"{table}.sql").read_text(encoding="utf-8")
    empty = ", ".join(f"NULL::{column.duckdb_type} AS {column.name}" for column in columns)
    selected = ", ".join(f"{column.cast(column.name)} AS {column.name}" for column in columns)
    return (
        f"CREATE VIEW {table} AS SELECT {selected} "
        f"FROM (SELECT {empty} WHERE FALSE UNION ALL BY NAME ({query}))"
    )
