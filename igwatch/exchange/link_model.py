"""How likely two records are of one person, by Fellegi and Sunter, as splink computes it.

Compared is what raw holds of a person: birth date, sex, and the other numbers that came with the
results; no name is kept anywhere. The probabilities of each comparison stand in
knowledge/link_level.csv: a home has too few true pairs to learn them from.
"""

from __future__ import annotations

import logging
from typing import Any

import duckdb
import pyarrow as pa

from igwatch.base.error import PipelineError
from igwatch.base.knowledge import knowledge_rows
from igwatch.base.sql import rows

SLIP = (
    "damerau_levenshtein(strftime(birth_date_l, '%Y%m%d'), strftime(birth_date_r, '%Y%m%d')) <= 1"
)
UNKNOWN = {
    "birth_date": "birth_date_l IS NULL OR birth_date_r IS NULL",
    "sex": "sex_l IS NULL OR sex_r IS NULL",
    "other_number": "len(other_numbers_l) = 0 OR len(other_numbers_r) = 0",
}
CONDITION = {
    ("birth_date", "same"): "birth_date_l = birth_date_r",
    ("birth_date", "slip"): SLIP,
    ("birth_date", "other"): "ELSE",
    ("sex", "same"): "sex_l = sex_r",
    ("sex", "other"): "ELSE",
    ("other_number", "shared"): "list_has_any(other_numbers_l, other_numbers_r)",
    ("other_number", "none"): "ELSE",
}
COMPARED = (
    "l.birth_date = r.birth_date",
    {"blocking_rule": "l.other_numbers = r.other_numbers", "arrays_to_explode": ["other_numbers"]},
)
"""Which pairs are looked at: those of one birth date, and those that share another number."""


def scored_pairs(
    con: duckdb.DuckDBPyConnection, table: str, share_with_another: float, least: float = 0.0
) -> pa.Table:
    """Pairs of the table's records (one_id, other_id), with match_weight (bits) and
    match_probability, those of at least `least`; the likeliest first.

    table: unique_id, birth_date, sex (NULL: not known), other_numbers (a list of texts).
    share_with_another: of how many records another one is of the same person, before anything is
    compared. Raises PipelineError without splink.
    """
    splink = _splink()
    (n,) = con.execute(f"SELECT greatest(count(*), 2) FROM {table}").fetchall()[0]
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(name) for name in UNKNOWN],
        blocking_rules_to_generate_predictions=list(COMPARED),
        probability_two_random_records_match=share_with_another / n,
        retain_matching_columns=False,
    )
    records = splink.DuckDBAPI(con).register(table)
    linker = splink.Linker(records, settings, log_level=None, validate_settings=False)
    found = linker.inference.predict(threshold_match_probability=least)
    return rows(
        con,
        "SELECT unique_id_l AS one_id, unique_id_r AS other_id, match_weight, match_probability "
        f"FROM {found.physical_name} ORDER BY match_weight DESC, one_id, other_id",
    )


def _comparison(name: str) -> dict[str, Any]:
    known = [row for row in knowledge_rows("link_level") if row["comparison"] == name]
    levels: list[dict[str, Any]] = [
        {
            "sql_condition": UNKNOWN[name],
            "label_for_charts": "not known",
            "is_null_level": True,
        }
    ]
    levels += [
        {
            "sql_condition": CONDITION[name, row["level"]],
            "label_for_charts": row["level"],
            "m_probability": float(row["m_probability"]),
            "u_probability": float(row["u_probability"]),
        }
        for row in known
    ]
    return {"output_column_name": name, "comparison_levels": levels}


def _splink() -> Any:
    try:
        import splink
    except ImportError:
        raise PipelineError(
            "splink is not installed, by which records are compared:",
            "pip install 'igwatch[links]'; a night needs none of it",
        ) from None
    logging.getLogger("splink").setLevel(logging.ERROR)
    return splink
