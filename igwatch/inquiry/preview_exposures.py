"""How the exposures of one file would be read: enough of them, ended how, and what does nothing."""

from __future__ import annotations

from typing import Any

import duckdb

from igwatch.inquiry.saved_query import answers
from igwatch.inquiry.unmapped import line_of_system, line_of_word
from reports.wording import wording

MAP_ITS_CODES = "map its codes in NAME.exposures.csv, where the rules ask for them"


def exposure_outcome(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Counts, systems and reasons of the one file that was built; nothing of a person."""
    (reading,) = answers(con, "preview_exposure_read")
    return {
        "exposure_reading": reading if reading["n_rows"] else None,
        "exposure_systems": [_system(row) for row in answers(con, "preview_exposure_system")],
        "exposure_ends": answers(con, "preview_exposure_end"),
        "exposures_idle": [_idle(row) for row in answers(con, "preview_exposure_idle")],
    }


def _system(row: dict[str, Any]) -> dict[str, Any]:
    has_code, suggestion = row.pop("has_code"), None
    if has_code and row["n_read"] < row["n"]:
        suggestion = MAP_ITS_CODES if row["code_system"] else line_of_system(row["kind"])
    return row | {"suggestion": suggestion}


def _idle(row: dict[str, Any]) -> dict[str, Any]:
    """With why, and for a word of standing the entry that maps it."""
    is_shape, word, suggestion = row.pop("is_shape"), row["word"], None
    if is_shape:
        suggestion = f"is this column the {row['field']}?"
    elif word:
        suggestion = line_of_word(row["field"], word)
    return row | {"why": wording("nothing", row["reason_code"]), "suggestion": suggestion}
