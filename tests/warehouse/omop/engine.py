"""Circe expressions by two engines that are not ours, over omop.duckdb.

duckcdm is a port of circe-be and SqlRender, ohdsi-circepy OHDSI's own port of circe-be. Each makes its
SQL of the expression by itself; both are in OHDSI's dialect, which duckcdm's SqlRender translates to
DuckDB's. circepy's other way, by ibis, does not run here: ibis 12 asks DuckDB for what 2.0 has not
(docs/omop.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from warehouse.omop.catalogue import PHENOTYPES

CDM, RESULTS = "cdm.main", "memory.main"
COHORT = f"{RESULTS}.cohort"
MADE = f"""
CREATE OR REPLACE TABLE {COHORT} (
    cohort_definition_id INTEGER, subject_id INTEGER, cohort_start_date DATE, cohort_end_date DATE
)
"""
Entry = tuple[int, date]


def by_duckcdm(expression: str) -> str:
    from duckcdm.circe import build_cohort_query

    return build_cohort_query(
        expression,
        cdm_schema=CDM,
        vocabulary_schema=CDM,
        target_table=COHORT,
        result_schema=RESULTS,
        cohort_id=1,
        generate_stats=False,
    )


def by_circepy(expression: str) -> str:
    from circe.api import build_cohort_query, cohort_expression_from_json
    from circe.cohortdefinition import BuildExpressionQueryOptions

    options = BuildExpressionQueryOptions()
    options.cdm_schema = options.vocabulary_schema = CDM
    options.target_table, options.result_schema = COHORT, RESULTS
    options.cohort_id, options.generate_stats = 1, False
    return build_cohort_query(cohort_expression_from_json(expression), options)


ENGINES: dict[str, Callable[[str], str]] = {"duckcdm": by_duckcdm, "circepy": by_circepy}


@cache
def statements(engine: str, phenotype: str) -> tuple[str, ...]:
    """The engine's SQL of a phenotype, in DuckDB's dialect."""
    from duckcdm.sqlrender import render, split_sql, translate

    expression = (PHENOTYPES / f"{phenotype}.json").read_text(encoding="utf-8")
    return tuple(split_sql(translate(render(ENGINES[engine](expression)), "duckdb")))


def cohort(omop: Path, made: Iterable[str]) -> set[Entry]:
    """(person, first day) of who is in the cohort that these statements make."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{omop}' AS cdm (READ_ONLY)")
        con.execute(MADE)
        for statement in made:
            con.execute(statement)
        return set(con.execute(f"SELECT subject_id, cohort_start_date FROM {COHORT}").fetchall())
